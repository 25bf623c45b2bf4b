"""Hongyan's outbox as a process to be measured: writes a mailing to every address when told, sends it when told again.

Run with an order as JSON: ``seconds`` is for how long it sends at most. Without it the mailing is written, with
``each`` more to the first ``few`` addresses, and that is all.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlmodel import col

from bot.app import App, compose
from bot.clock import SystemClock
from bot.domain.messages import Message
from bot.domain.outgoing.mailing import Mailing, keep_body
from bot.jobs.mailing import write_for_all
from bot.logs import set_up_logs
from bot.settings import load_settings
from db.models import Address, OutboxKind
from tests.bench.kit.channels import NullChannel
from tests.bench.kit.stage import say

MESSAGE = Message(template="bench", text="各位乡亲：明天上午九点在党群服务中心开会，请准时参加。")


async def enqueue(app: App, number: int, audience: ColumnElement[bool]) -> None:
    """Write a mailing for an audience, as whoever sends one does."""
    body_id = await app.database.do(lambda db: keep_body(db, MESSAGE))
    due = app.clock.now()
    mailing = Mailing(f"bench:{number}", OutboxKind.BROADCAST, body_id, offers=False, due_at=due)
    await write_for_all(app.database, mailing, audience, clock=app.clock)


async def drain(app: App, channel: NullChannel, count: int, seconds: float) -> None:
    """Send what is written, for a while."""
    working = asyncio.create_task(app.worker.run())
    give_up_at = time.monotonic() + seconds
    while channel.count < count and time.monotonic() < give_up_at:  # noqa: ASYNC110  # the channel rings no bell
        await asyncio.sleep(0.01)
    await app.worker.stop()
    await working
    await app.close()


async def write_only(app: App, few: int, each: int) -> None:
    """Write one mailing for all, and more for a few."""
    await enqueue(app, 0, true())
    for number in range(1, each + 1):
        await enqueue(app, number, col(Address.id) <= few)
    await app.close()


async def main(order: Mapping[str, Any]) -> None:
    """Do one after the other, each when told, and say how long it took."""
    set_up_logs("WARNING")
    channel = NullChannel()
    app = compose(load_settings(), SystemClock(), channel)
    if "seconds" not in order:
        await write_only(app, order["few"], order["each"])
        return
    loop = asyncio.get_running_loop()
    for work in (enqueue(app, 0, true()), drain(app, channel, order["count"], order["seconds"])):
        say('"ready"')
        await loop.run_in_executor(None, sys.stdin.readline)
        began = time.monotonic()
        await work
        say(json.dumps({"seconds": time.monotonic() - began, "sent": channel.count}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
