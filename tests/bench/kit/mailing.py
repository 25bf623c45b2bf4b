"""Rows of the outbox to every address at once, as they stand when a broadcast was handed over to it."""

from typing import Any

from sqlalchemy import ColumnElement, String, cast, create_engine, func, insert, literal, null, select

from bot.domain.messages import Message
from db.claims import table_of
from db.models import Address, OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority

MESSAGE = Message(template="bench", text="各位乡亲：明天上午九点在党群服务中心开会，请准时参加。")

_ROW, _BODY, _ADDRESS = table_of(OutboxRow), table_of(OutboxBody), table_of(Address)


def mail(url: str, number: int = 0, *, most: int | None = None) -> None:
    """Write one message to each address, or to the first few; another one for each ``number``."""
    engine = create_engine(url)
    with engine.begin() as connection:
        body = insert(_BODY).values(content=MESSAGE.model_dump(mode="json")).returning(_BODY.c.id)
        values = _values(number, connection.execute(body).scalar_one())
        rows = select(*values.values()).order_by(_ADDRESS.c.id).limit(most)
        connection.execute(insert(_ROW).from_select(list(values), rows))
    engine.dispose()


def _values(number: int, body_id: int) -> dict[str, ColumnElement[Any]]:
    said = {
        "kind": OutboxKind.BROADCAST,
        "priority": int(Priority.BROADCAST),
        "reply_to": "",
        "body_id": body_id,
        "offers": False,
        "state": OutboxState.PENDING,
        "attempts": 0,
        "lease_owner": "",
        "reason": "",
        "remote_id": "",
    }
    return {
        "cause": literal(f"bench:{number}:", String) + cast(_ADDRESS.c.id, String),
        "channel": _ADDRESS.c.channel,
        "account": _ADDRESS.c.account,
        "chat": _ADDRESS.c.external_id,
        "expires_at": null(),
        **{name: literal(value, _ROW.c[name].type) for name, value in said.items()},
        **dict.fromkeys(("due_at", "next_at", "created_at"), func.now()),
    }
