"""Commands that run until they are told to stop: serve, worker, poll."""

import asyncio
import signal
import socket
import sys
from types import FrameType
from typing import Annotated

import typer

from bot.app import App
from bot.commands.frame import ready_app, refuse_lost_database, serving_settings
from bot.errors import CommandRefused, SettingsError
from bot.garbage import spare_what_stands
from bot.listening import Server
from bot.server import watched, web
from bot.settings import Settings, require_webhook
from content.match.freeing import keep_one_heap

Port = Annotated[int, typer.Option(min=1, max=65535)]


def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Port = 8080,
    *,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="leave delivery to `hongyan worker`")] = False,
) -> None:
    """Serve web chat, webhooks and files; deliver as well unless --no-worker."""
    leave_when_told()
    settings = serving_settings()
    require_webhook(settings)
    refuse_taken(host, port)
    app = _standing_app(settings)
    Server(web(app, with_worker=not no_worker), host=host, port=port, before_exit=app.webchat.close).listen()


def worker(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="where to show health and metrics; 0: nowhere")] = 0,
) -> None:
    """Deliver what is due; several may run."""
    leave_when_told()
    settings = serving_settings()
    if port:
        refuse_taken(host, port)
    app = _standing_app(settings)
    if port:
        Server(watched(app), host=host, port=port, before_exit=_nothing).listen()
    else:
        asyncio.run(_work(app))


def poll() -> None:
    """Talk to Telegram by long polling, for a machine with no public address."""
    leave_when_told()
    settings = serving_settings()
    if not settings.telegram_token:
        raise SettingsError("HONGYAN_TELEGRAM_TOKEN is missing; get one from @BotFather.")
    asyncio.run(_poll(_standing_app(settings)))


async def _work(app: App) -> None:
    stop = _until_told()
    await app.start(with_worker=True)
    spare_what_stands()
    await stop.wait()
    await app.close()


async def _poll(app: App) -> None:
    from bot.channels.telegram.polling import poll as poll_telegram  # noqa: PLC0415  # its library takes 20 MB; only this command polls

    stop = _until_told()
    if app.telegram is None:
        return
    await app.start(with_worker=True)
    spare_what_stands()
    await poll_telegram(app.telegram, app.reception, app.clock, stop)
    await app.close()


def _nothing() -> None:
    """Do nothing before a worker's exit: it has no open streams."""


def _standing_app(settings: Settings) -> App:
    keep_one_heap()
    refuse_lost_database(settings)
    return ready_app(settings)


def leave_when_told() -> None:
    """Until everything is up there is nothing to finish: SIGTERM ends the process, and that is no fault."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)


def _until_told() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    return stop


def refuse_taken(host: str, port: int) -> None:
    """Raise :class:`CommandRefused` when a port cannot be listened at, before anything is begun."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandRefused(
                f"Cannot listen on {host}:{port} ({error.strerror}); choose another --port."
            ) from error
