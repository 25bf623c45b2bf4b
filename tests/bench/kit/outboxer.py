"""Hongyan's outbox as a process to be measured: writes a broadcast when told, sends it when told again.

Run with an order as JSON: ``count`` messages to as many chats, sent for at most ``seconds``. Without ``seconds`` it
writes and ends, with ``each`` more messages to each of a ``few`` chats.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, insert, literal, select
from sqlalchemy.orm import Session

from bot.app import App, compose
from bot.clock import SystemClock
from bot.domain.messages import Message
from bot.logs import set_up_logs
from bot.settings import load_settings
from db.claims import table_of
from db.models import OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority
from tests.bench.kit.channels import NullChannel
from tests.bench.kit.load import FIRST_CHAT
from tests.bench.kit.stage import say

_ROW = table_of(OutboxRow)
_AT_ONCE = 1000
_SHORTEST_PAUSE = 0.002
"""Between two batches, and as long as a batch took: SQLite's other writers would else find the lock taken each time."""


def body(db: Session) -> int:
    """Write what everybody is told, once."""
    message = Message(template="bench", text="各位乡亲：明天上午九点在党群服务中心开会，请准时参加。")
    row = OutboxBody(content=message.model_dump(mode="json"))
    db.add(row)
    db.flush()
    return row.id or 0


def post(db: Session, body_id: int, first: int, count: int, now: datetime, *, few: int = 0) -> None:
    """Write some of the rows, one to a chat, as a broadcast to an audience would: by selecting to whom."""
    number = select(literal(first).label("one")).cte("numbers", recursive=True)
    number = number.union_all(select(number.c.one + 1).where(number.c.one < first + count - 1))
    one = number.c.one
    values: dict[str, Any] = {
        "cause": literal("bench:") + cast(one, String),
        "chat": cast(FIRST_CHAT + (one % few if few else one), String),
        "kind": OutboxKind.BROADCAST,
        "priority": int(Priority.BROADCAST),
        "channel": NullChannel.name,
        "account": NullChannel.account,
        "body_id": body_id,
        "state": OutboxState.PENDING,
        "due_at": now,
        "next_at": now,
        "created_at": now,
        "attempts": 0,
        **dict.fromkeys(("reply_to", "lease_owner", "reason", "remote_id"), ""),
    }
    columns = [
        value if isinstance(value, ColumnElement) else literal(value, _ROW.c[name].type)
        for name, value in values.items()
    ]
    db.execute(insert(_ROW).from_select(list(values), select(*columns), include_defaults=False))


async def enqueue(app: App, count: int, few: int = 0, each: int = 0) -> None:
    body_id = await app.database.do(body)
    now = app.clock.now()
    for first in range(0, count, _AT_ONCE):
        size = min(_AT_ONCE, count - first)
        began = time.monotonic()
        await app.database.do(lambda db, first=first, size=size: post(db, body_id, first, size, now))
        await asyncio.sleep(max(_SHORTEST_PAUSE, time.monotonic() - began))
    if few:
        await app.database.do(lambda db: post(db, body_id, count, few * each, now, few=few))


async def drain(app: App, channel: NullChannel, count: int, seconds: float) -> None:
    working = asyncio.create_task(app.worker.run())
    give_up_at = time.monotonic() + seconds
    while channel.count < count and time.monotonic() < give_up_at:  # noqa: ASYNC110  # the channel rings no bell
        await asyncio.sleep(0.01)
    await app.worker.stop()
    await working
    await app.close()


async def main(order: Mapping[str, Any]) -> None:
    """Do one after the other, each when told, and say how long it took."""
    set_up_logs("WARNING")
    channel = NullChannel()
    app = compose(load_settings(), SystemClock(), channel)
    if "seconds" not in order:
        await enqueue(app, order["count"], order["few"], order["each"])
        await app.close()
        return
    loop = asyncio.get_running_loop()
    for work in (enqueue(app, order["count"]), drain(app, channel, order["count"], order["seconds"])):
        say('"ready"')
        await loop.run_in_executor(None, sys.stdin.readline)
        began = time.monotonic()
        await work
        say(json.dumps({"seconds": time.monotonic() - began, "sent": channel.count}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
