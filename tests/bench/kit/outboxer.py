"""Hongyan's outbox as a process to be measured: each of three things when told, one after the other.

It writes down whom a broadcast is for, sends what others put into the outbox, and gets the broadcast on to its end.
``seconds`` is for how long it sends at most.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from bot.app import App, compose
from bot.clock import SystemClock
from bot.domain.duties import DUTIES
from bot.jobs.schedule import Schedule
from bot.logs import set_up_logs
from bot.settings import load_settings
from db.models import Broadcast
from tests.bench.kit.channels import NullChannel
from tests.bench.kit.stage import say


async def gather(app: App, broadcast_id: int) -> None:
    """Get a broadcast on until everybody it is for is written down."""
    schedule = Schedule(app.database, DUTIES, clock=app.clock)
    while app.database.run(lambda db: db.get_one(Broadcast, broadcast_id).gathered_to, write=False) is not None:
        await schedule.sweep()
    await app.close()


async def drain(app: App, channel: NullChannel, count: int, seconds: float) -> None:
    """Do what is due for a while, or until so many messages were sent."""
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
    channels = [NullChannel() for _ in range(3)]
    apps = [compose(load_settings(), SystemClock(), one) for one in channels]
    works = [gather(apps[0], order["broadcast"])]
    works += [
        drain(app, one, order["count"], order["seconds"]) for app, one in zip(apps[1:], channels[1:], strict=True)
    ]
    for channel, work in zip(channels, works, strict=True):
        say('"ready"')
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        began = time.monotonic()
        await work
        say(json.dumps({"seconds": time.monotonic() - began, "sent": channel.count}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
