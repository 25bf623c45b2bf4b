"""Turns whose reply was promised before they were done: written down, and taken by whoever is there.

WeChat may ask another process for a promised reply while this one is about to send it. So whoever is first writes down
how it goes, by a message or as an answer, and the other leaves it alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import ColumnElement, Row, and_, delete, select, update
from sqlalchemy.orm import Session

from bot.channels.base import Answering
from bot.channels.wechat.inbound import NAME
from bot.clock import Clock
from bot.conversation.turn import Inbound
from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from bot.logs import log
from db.claims import changed, put_if_missing, table_of
from db.models import FileKind, WechatPromise
from db.sql import Database

BY_MESSAGE, AS_ANSWER = "message", "answer"
"""How a promised reply goes to its receiver."""

_OVERDUE = timedelta(seconds=30)
_ASKED_FOR = timedelta(minutes=2)
"""How long WeChat may still ask for the reply of a turn; it gives up after a quarter of a minute."""

_AT_ONCE = 20
_PROMISE = table_of(WechatPromise)
_KEY = ("account", "openid", "message_id")


class _File(BaseModel):
    kind: FileKind
    remote_id: str
    media_type: str


class _Said(BaseModel):
    """What an inbound said, as it is written down."""

    model_config = ConfigDict(frozen=True)

    sent_at: datetime
    text: str = ""
    button: str = ""
    files: tuple[_File, ...] = ()
    pin: Pin | None = None


class Promises:
    """The notebook in the database."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Write down in ``database``."""
        self._database = database
        self._clock = clock

    async def keep(self, inbound: Inbound) -> None:
        """Write a turn down, once."""
        said = _Said.model_validate(inbound, from_attributes=True).model_dump(mode="json")
        values = {**_key(inbound), "inbound": said, "goes": "", "made_at": self._clock.now()}
        await self._database.do(lambda db: put_if_missing(db, WechatPromise, values, key=_KEY))

    async def may_send(self, inbound: Inbound) -> bool:
        """Tell whether the reply of a promised turn goes by a message, and by nobody else's."""
        return await self._database.do(lambda db: _is_first(db, inbound, BY_MESSAGE))

    async def may_tell(self, inbound: Inbound) -> bool:
        """Tell whether a reply that was kept before goes as an answer: not where it goes by a message already."""
        goes = await self._database.do(lambda db: _goes(db, inbound), write=False)
        if goes is None or goes:
            return goes != BY_MESSAGE
        return await self._database.do(lambda db: _is_first(db, inbound, AS_ANSWER) or _goes(db, inbound) != BY_MESSAGE)

    async def drop(self, inbound: Inbound) -> None:
        """Forget a turn whose reply was told to whoever asked."""
        mine = delete(_PROMISE).where(_is(inbound), _PROMISE.c.goes != BY_MESSAGE)
        await self._database.do(lambda db: db.execute(mine))

    async def overdue(self) -> Sequence[Inbound]:
        """Return turns whose process must have died."""
        return await self._database.do(lambda db: _overdue(db, self._clock.now() - _OVERDUE))

    async def sweep(self, receiver: Answering) -> int:
        """Take what is overdue now and return how much that was; a turn that was taken before is only forgotten."""
        waiting = await self.overdue()
        for inbound in waiting:
            answer = await receiver.answer(inbound)
            if await self.may_send(inbound) and answer.parcel and answer.is_new:
                receiver.send(answer.parcel)
        if waiting:
            log.warning("promises_taken_up", turns=len(waiting))
        over = delete(_PROMISE).where(_PROMISE.c.goes != "", _PROMISE.c.made_at < self._clock.now() - _ASKED_FOR)
        await self._database.do(lambda db: db.execute(over))
        return len(waiting)


def _key(inbound: Inbound) -> dict[str, str]:
    return {"account": inbound.account, "openid": inbound.sender, "message_id": inbound.message_id}


def _is(inbound: Inbound) -> ColumnElement[bool]:
    return and_(*(_PROMISE.c[name] == value for name, value in _key(inbound).items()))


def _is_first(db: Session, inbound: Inbound, way: str) -> bool:
    """Say how a promised reply goes, unless somebody has said so before."""
    return changed(db, update(_PROMISE).where(_is(inbound), _PROMISE.c.goes == "").values(goes=way)) > 0


def _goes(db: Session, inbound: Inbound) -> str | None:
    return db.execute(select(_PROMISE.c.goes).where(_is(inbound))).scalar_one_or_none()


def _overdue(db: Session, before: datetime) -> list[Inbound]:
    """Return what is overdue; what another version wrote down and nobody can read here is forgotten."""
    late = select(_PROMISE).where(_PROMISE.c.made_at < before, _PROMISE.c.goes == "")
    found: list[Inbound] = []
    for row in db.execute(late.order_by(_PROMISE.c.made_at).limit(_AT_ONCE)).all():
        try:
            found.append(_restored(row, _Said.model_validate(row.inbound)))
        except ValidationError as error:
            log.error("promise_unreadable", made_at=row.made_at.isoformat(), faults=error.error_count())
            mine = and_(*(_PROMISE.c[name] == getattr(row, name) for name in _KEY))
            db.execute(delete(_PROMISE).where(mine))
    return found


def _restored(row: Row[Any], said: _Said) -> Inbound:
    return Inbound(
        channel=NAME,
        account=row.account,
        sender=row.openid,
        message_id=row.message_id,
        chat=row.openid,
        sent_at=said.sent_at,
        text=said.text,
        button=said.button,
        files=tuple(IncomingFile(one.kind, one.remote_id, media_type=one.media_type) for one in said.files),
        pin=said.pin,
    )
