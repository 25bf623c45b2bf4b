"""Measure what one update costs between the socket and the receiver, beside what others make of the same update.

    .venv/bin/python tests/bench/bench_webhook.py [--quick]

Each stack is a server process of its own that checks the secret, reads the update and does nothing with it; this
process posts to one after the other over keep-alive connections. The figure is the processor time of the server in its
best round: whatever else runs here only ever adds.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.accounts import cpu_seconds
from tests.bench.kit.stage import PEER_PYTHON, child, free_port, perform, say
from tests.bench.kit.tables import show, times

SECRET = "webhook-secret-of-the-benchmark"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
TOKEN = "123456:AAFakeTokenOfThe-Bot_0123456789abcdef"
LINES = 48
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


# ruff: noqa: PLC0415 - each server process loads its own stack and no other
def hongyan(port: int) -> None:
    """Serve with this project's listener and webhook."""
    from typing import cast

    from bot.channels.telegram.channel import Telegram
    from bot.channels.telegram.webhook import Webhook
    from bot.clock import SystemClock
    from bot.domain.files import FileStore
    from bot.listening import Server
    from bot.server import Site
    from db.sql import Database

    no_database = cast("Database", None)
    channel = Telegram(TOKEN, api_url="http://127.0.0.1:9", files=FileStore(Path("files")), database=no_database)
    site = Site()
    site.webhook = Webhook(channel, secret=SECRET, receiver=nobody(), clock=SystemClock())
    Server(site, host="127.0.0.1", port=port, before_exit=lambda: None).listen()


def fastapi_h11(port: int) -> None:
    """Serve as this project did before: a FastAPI route behind a middleware, h11, two passes of pydantic."""
    from datetime import UTC, datetime
    from typing import Annotated

    import uvicorn
    from fastapi import FastAPI, Header, Request, Response
    from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

    from bot.channels.base import ReachChange
    from bot.channels.telegram.inbound import read_update
    from bot.channels.telegram.mentions import BotIdentity
    from bot.keys import same
    from bot.web.hosts import KnownHosts

    class Numbered(BaseModel):
        model_config = ConfigDict(strict=True)
        update_id: int

    decoded: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
    site, receiver = FastAPI(), nobody()
    site.add_middleware(KnownHosts, hosts={"127.0.0.1"})

    @site.post("/telegram")
    async def take(request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = "") -> Response:
        if not same(SECRET, x_telegram_bot_api_secret_token):
            return Response(status_code=403)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
        raw = decoded.validate_json(bytes(body))
        _ = Numbered.model_validate(raw).update_id
        read = read_update(raw, bot=BotIdentity(123456, "HongyanBot"), now=datetime.now(UTC))
        if read and not isinstance(read, ReachChange):
            await receiver.receive(read)
        return Response()

    uvicorn.run(
        site,
        port=port,
        http="h11",
        loop="uvloop",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


def starlette_ptb(port: int) -> None:
    """Serve with Starlette, and read with python-telegram-bot."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from telegram import Bot, Update

    bot = Bot(TOKEN)

    async def take(request: Request) -> Response:
        if request.headers.get(HEADER) != SECRET:
            return Response(status_code=403)
        assert Update.de_json(await request.json(), bot).update_id
        return Response()

    site = Starlette(routes=[Route("/telegram", take, methods=["POST"])])
    uvicorn.run(
        site,
        port=port,
        http="httptools",
        loop="uvloop",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


def aiogram_webhook(port: int) -> None:
    """Serve with aiogram's own webhook, which answers once its one handler has returned."""
    from aiogram import Bot, Dispatcher
    from aiogram.types import Message
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler
    from aiohttp import web

    dispatcher = Dispatcher()

    @dispatcher.message()
    async def take(message: Message) -> None:
        assert message.message_id

    site = web.Application()
    handler = SimpleRequestHandler(dispatcher, Bot(TOKEN), handle_in_background=False, secret_token=SECRET)
    handler.register(site, path="/telegram")
    web.run_app(site, host="127.0.0.1", port=port, loop=uvloop.new_event_loop(), access_log=None, print=None)


AIOGRAM = "aiogram's webhook on aiohttp"
STACKS: dict[str, Callable[[int], None]] = {
    "Hongyan": hongyan,
    "FastAPI, h11, pydantic twice": fastapi_h11,
    "Starlette, Update.de_json": starlette_ptb,
    AIOGRAM: aiogram_webhook,
}
"""Ours first."""


def nobody() -> Any:
    """Return a receiver that does nothing."""

    class Nobody:
        async def receive(self, _inbound: object) -> None:
            pass

        async def note(self, _change: object) -> None:
            pass

    return Nobody()


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds of the server's processor time an update, and updates a second."""

    cpu: float
    rate: float


class Line(asyncio.Protocol):
    """One keep-alive connection that posts the next update as soon as the last one is answered."""

    def __init__(self, posts: Sequence[bytes], first: int, *, until: float) -> None:
        """Post round and round from the ``first`` one ``until`` then."""
        self._posts = posts
        self._next = first
        self._until = until
        self._heard = b""
        self.answered = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Post the first."""
        self._transport: Any = transport
        self._post()

    def data_received(self, data: bytes) -> None:
        """Post the next once an answer is whole."""
        self._heard += data
        head, blank, rest = self._heard.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not blank or length is None or len(rest) < int(length.group(1)):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(head.decode()))
            return
        self._heard = b""
        self.answered += 1
        if time.perf_counter() < self._until:
            self._post()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that this one is done."""
        del exc
        if not self.done.done():
            self.done.set_result(None)

    def _post(self) -> None:
        self._transport.write(self._posts[self._next % len(self._posts)])
        self._next += 1


async def nap() -> None:
    """Look at the lines every millisecond only: a server that wakes its peer with every answer pays for that."""
    while True:
        time.sleep(0.001)  # noqa: ASYNC251 - sleeping deaf to the sockets is the point
        await asyncio.sleep(0)


async def load(port: int, posts: Sequence[bytes], seconds: float) -> int:
    """Post for some seconds over all lines and return how many updates were answered."""
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    lines = [Line(posts, first * 17, until=until) for first in range(LINES)]
    for line in lines:
        await loop.create_connection(lambda line=line: line, "127.0.0.1", port)
    napping = asyncio.create_task(nap())
    await asyncio.gather(*(line.done for line in lines))
    napping.cancel()
    return sum(line.answered for line in lines)


def posts() -> list[bytes]:
    """Return whole requests as Telegram sends them: four private texts to each word in a group."""
    from tests.kit.telegram_updates import LI, command, mention_of, said, said_in_group

    person = {**LI, "last_name": "晓明", "username": "li_xiaoming"}
    asked, called = "二次报销怎么办，要带什么材料", "@HongyanBot 村口的路灯坏了"
    made: list[bytes] = []
    for number in range(500):
        kinds = (
            lambda: said(asked, person),
            lambda: said("5", person),
            lambda: said("/start r7", person, entities=[command(6)]),
            lambda: said("我想问一下医保的事，去年住院的能不能报", person),
            lambda: said_in_group(called, person, entities=[mention_of(called)]),
        )
        body = json.dumps(kinds[number % len(kinds)](), ensure_ascii=False).encode()
        head = (
            f"POST /telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            f"{HEADER}: {SECRET}\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
            "Accept-Encoding: gzip, deflate\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def measure(stacks: Sequence[str], folder: Path, *, seconds: float, rounds: int) -> dict[str, Figures]:
    """Load each stack in turn, several rounds, and keep each one's best."""
    requests = posts()
    figures: dict[str, list[Figures]] = {name: [] for name in stacks}
    with ExitStack() as running:
        servers = [(name, free_port()) for name in stacks]
        pids: dict[str, int] = {}
        for name, port in servers:
            python = PEER_PYTHON if name == AIOGRAM else None
            server = running.enter_context(child(__file__, "serve", name, str(port), folder=folder, python=python))
            server.wait_for_port(port)
            pids[name] = server.pid
        for number in range(rounds + 1):
            for name, port in servers:
                before = cpu_seconds(pids[name])
                answered = uvloop.run(load(port, requests, seconds))
                spent = cpu_seconds(pids[name]) - before
                if number:  # the first one warms up
                    figures[name].append(Figures(spent / answered * 1e6, answered / seconds))
    return {
        name: Figures(min(one.cpu for one in each), max(one.rate for one in each)) for name, each in figures.items()
    }


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Print the table."""
    stacks = [name for name in STACKS if name != AIOGRAM or PEER_PYTHON.exists()]
    if AIOGRAM not in stacks:
        say("aiogram is left out: the peers are not installed")
    best = measure(stacks, folder, seconds=0.6 if options.quick else 0.8, rounds=2 if options.quick else 7)
    ours = next(iter(best.values()))
    rows = [[name, one.cpu, times(one.cpu, ours.cpu), one.rate] for name, one in best.items()]
    show(f"Updates without work, {LINES} connections", ("", "CPU µs/update", "of ours", "updates/s"), rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        STACKS[sys.argv[2]](int(sys.argv[3]))
    else:
        perform(bench, __doc__)
