"""One process of the sending benchmark: the sink that answers, or one sender that measures itself.

    python tests/bench/peers/sending.py sink <milliseconds>
    python tests/bench/peers/sending.py hongyan|ptb|aiogram <url> <seconds> <at once>[@<messages a second>]...

A sender prints one line of JSON for each of its runs. Every sender runs on uvloop and sends the same message. One whose
library is not there ends with status 3.
"""

import asyncio
import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import cast

import uvloop

TOKEN = "123456:" + "A" * 35
CHAT = "4242"
TEXT = (
    "您好，城乡居民养老保险每年缴费一次，可以在手机上缴，也可以带身份证到镇便民服务中心三号窗口办理，工作日上午八点半到十二点、下午两点半到五点半都有人。"
    * 2
)
PATIENCE = 60.0
MOST_AT_ONCE = 250
_SAID = {
    "ok": True,
    "result": {
        "message_id": 501,
        "from": {"id": 123456, "is_bot": True, "first_name": "鸿雁", "username": "hongyan_bot"},
        "chat": {"id": 4242, "first_name": "李", "username": "li4242", "type": "private"},
        "date": 1760000000,
        "text": TEXT,
        "link_preview_options": {"is_disabled": True},
    },
}
Send = Callable[[], Awaitable[object]]
Sender = Callable[[str, int], AbstractAsyncContextManager[Send]]


class Sink(asyncio.Protocol):
    """Answers every request with the same message after a while, reading no more of it than its length."""

    def __init__(self, answer: bytes, delay: float) -> None:
        """Answer with ``answer`` after ``delay`` seconds."""
        self._answer = answer
        self._delay = delay
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._call_later = asyncio.get_running_loop().call_later

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        waiting = self._waiting + data if self._waiting else data
        while (end := waiting.find(b"\r\n\r\n")) >= 0:
            at = waiting.lower().index(b"content-length:", 0, end) + 15
            size = end + 4 + int(waiting[at : waiting.index(b"\r", at)])
            if len(waiting) < size:
                break
            waiting = waiting[size:]
            self._call_later(self._delay, self._transport.write, self._answer)
        self._waiting = waiting


async def sink(milliseconds: float) -> None:
    """Serve until killed, having said on which port."""
    body = json.dumps(_SAID).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Sink(head.encode() + body, milliseconds / 1000), "127.0.0.1", 0, backlog=1024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


# ruff: noqa: PLC0415 - each process loads its own sender and no other
@asynccontextmanager
async def hongyan(url: str, _at_once: int):  # noqa: ANN201  # Sender says it
    """Send as Hongyan does: a parcel through its channel."""
    from bot.channels.telegram.channel import Telegram
    from bot.domain.files import FileStore
    from bot.domain.messages import Message
    from bot.domain.outgoing.outbox import Parcel, Target
    from db.models import OutboxKind
    from db.sql import Database

    with tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{place}/unused.sqlite3")
        channel = Telegram(TOKEN, api_url=url, files=FileStore(Path(place)), database=database)
        await channel.api.open()
        message = Message(template="bench/text", text=TEXT)
        parcel = Parcel(41, OutboxKind.REPLY, Target("telegram", "123456", CHAT), message, attempts=1)
        yield lambda: channel.send(parcel)
        await channel.stop()
        database.close()


@asynccontextmanager
async def ptb(url: str, at_once: int):  # noqa: ANN201  # Sender says it
    """Send with python-telegram-bot's own transport and a pool of as many connections."""
    from telegram import Bot, LinkPreviewOptions
    from telegram.request import HTTPXRequest

    request = HTTPXRequest(
        at_once, read_timeout=PATIENCE, write_timeout=PATIENCE, connect_timeout=PATIENCE, pool_timeout=PATIENCE
    )
    bot = Bot(TOKEN, base_url=f"{url}/bot", request=request)
    await request.initialize()
    yield lambda: bot.send_message(CHAT, TEXT, link_preview_options=LinkPreviewOptions(is_disabled=True))
    await request.shutdown()


@asynccontextmanager
async def aiogram(url: str, at_once: int):  # noqa: ANN201  # Sender says it
    """Send with aiogram and as many connections."""
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import LinkPreviewOptions

    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=at_once)
    bot = Bot(TOKEN, session=session)
    yield lambda: bot.send_message(CHAT, TEXT, link_preview_options=LinkPreviewOptions(is_disabled=True))
    await session.close()


def spent() -> float:
    """Return the CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(sender: Sender, url: str, seconds: float, at_once: int, pace: float) -> dict[str, float]:
    """Send as fast as goes (or ``pace`` messages a second) with every connection open before the clock starts."""
    async with sender(url, at_once) as send:
        await asyncio.gather(*(send() for _ in range(at_once)))
        gc.collect()
        began, cpu = time.perf_counter(), spent()
        until = began + seconds
        sent = await (_paced(send, began, until, pace) if pace else _flat_out(send, at_once, until))
        return {"sent": sent, "seconds": time.perf_counter() - began, "cpu": spent() - cpu}


async def _flat_out(send: Send, at_once: int, until: float) -> int:
    async def one_after_the_other() -> int:
        sent = 0
        while time.perf_counter() < until:
            await send()
            sent += 1
        return sent

    return sum(await asyncio.gather(*(one_after_the_other() for _ in range(at_once))))


async def _paced(send: Send, began: float, until: float, pace: float) -> int:
    tasks: set[asyncio.Future[object]] = set()
    sent = 0
    while (now := time.perf_counter()) < until:
        due = min(int((now - began) * pace) - sent, MOST_AT_ONCE - len(tasks))
        for _ in range(due):
            task = asyncio.ensure_future(send())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        sent += max(0, due)
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)
    return sent


def main(role: str, *given: str) -> None:
    """Be one of the processes."""
    if role == "sink":
        uvloop.run(sink(float(given[0])))
        return
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    sender: Sender = {"hongyan": hongyan, "ptb": ptb, "aiogram": aiogram}[role]
    url, seconds, *runs = given
    for run in runs:
        at_once, _, pace = run.partition("@")
        try:
            done = uvloop.run(measure(sender, url, float(seconds), int(at_once), float(pace or 0)))
        except ModuleNotFoundError:
            sys.exit(3)
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
