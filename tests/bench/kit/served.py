"""Hongyan itself as a process to be measured: the real listener, webhook, reception, engine and delivery.

Run with an order as JSON. Without a ``port`` it makes a database ready and ends. Only two things are not as in
``hongyan serve``: one more flow, which writes one row and is started by a phrase (so that nothing is searched for), and
a channel that takes every message at once.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import handlers
from bot.clock import SystemClock
from bot.conversation.flow import Form, flow
from bot.conversation.turn import Inbound, Reply, Turn
from bot.domain import audit, notices
from bot.logs import set_up_logs
from bot.settings import load_settings
from content.words import trigger_phrases
from db import schema
from tests.bench.kit.channels import NullChannel
from tests.bench.kit.load import CHATS, TELL, TEXT, update
from tests.bench.kit.shelves import shelve


@flow("bench.note")
def note(turn: Turn, _form: Form) -> Reply:
    """Write one line and say so."""
    audit.note(turn.db, "bench.note", turn.text, actor_id=turn.conversation.person_id, now=turn.now)
    return Reply("engine/welcome")


@flow("bench.tell")
def tell(turn: Turn, _form: Form) -> Reply:
    """Push a notice to the same person, for the worker to send."""
    cause = f"bench:{turn.inbound.message_id}"
    notices.tell(turn.db, "cases/received_photo", to=turn.address, cause=cause, now=turn.now)
    return Reply("engine/welcome")


handlers.FLOWS = (*handlers.FLOWS, note, tell)
trigger_phrases().update({TEXT: note.name, TELL: tell.name})

from bot.app import App, compose  # noqa: E402  # it takes the flows as they are when it is imported
from bot.listening import Server  # noqa: E402  # as above
from bot.server import web  # noqa: E402  # as above


def prepare(app: App, entries: int) -> None:
    """Bring the database up to date, with entries, and with one turn so that there is one row of everything."""
    schema.migrate(app.database)
    first = json.loads(update(CHATS, TEXT))["message"]
    who = str(first["from"]["id"])
    inbound = Inbound(
        channel=NullChannel.name,
        account=NullChannel.account,
        sender=who,
        chat=who,
        message_id=str(first["message_id"]),
        text=TEXT,
        sent_at=app.clock.now(),
    )
    asyncio.run(_take(app, inbound, entries))


async def _take(app: App, inbound: Inbound, entries: int) -> None:
    await app.engine.handle(inbound)
    await app.database.do(lambda db: shelve(db, entries, now=app.clock.now()))
    await app.close()


def main(order: Mapping[str, Any]) -> None:
    """Make ready, or serve until told to stop and then write down what the channel took and when."""
    set_up_logs("WARNING")
    channel = NullChannel(keeps=bool(order.get("keep")))
    app = compose(load_settings(), SystemClock(), channel)
    if "port" not in order:
        prepare(app, order["entries"])
        return
    site = web(app, with_worker=order["with_worker"])
    Server(site, host="127.0.0.1", port=order["port"], before_exit=app.webchat.close).listen()
    if order["keep"]:
        lines = [f"{chat} {at:.6f}\n" for chat, at in channel.taken]
        Path(order["keep"]).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
