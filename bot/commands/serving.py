"""Commands that run until they are told to stop: serve, worker, poll, demo."""

import asyncio
import signal
import socket
import sys
import webbrowser
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from types import FrameType
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.app import App, bring_up_to_date, compose
from bot.channels.webchat.routes import webchat_router
from bot.channels.webchat.visitors import FixedVisitor
from bot.clock import SystemClock, TurnableClock, new_token
from bot.commands.frame import out, ready_app, refuse_lost_database, sample_settings, serving_settings
from bot.demo import lock
from bot.demo.as_wechat import AsWechat
from bot.demo.console import console_of_demo
from bot.demo.sample import as_wechat, load_sample, phones
from bot.demo.wall import wall_router, wall_static
from bot.errors import CommandRefused, SettingsError
from bot.garbage import spare_what_stands
from bot.listening import Server
from bot.logs import set_up_logs
from bot.server import watched, web, wiring
from bot.settings import Settings, load_settings, require_webhook
from content.match.freeing import keep_one_heap

_SATURDAY = 5
Port = Annotated[int, typer.Option(min=1, max=65535)]


def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Port = 8080,
    *,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="leave delivery to `hongyan worker`")] = False,
) -> None:
    """Serve web chat, webhooks and files; deliver as well unless --no-worker."""
    _leave_when_told()
    settings = serving_settings()
    require_webhook(settings)
    _refuse_taken(host, port)
    app = _standing_app(settings)
    Server(web(app, with_worker=not no_worker), host=host, port=port, before_exit=app.webchat.close).listen()


def worker(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="where to show health and metrics; 0: nowhere")] = 0,
) -> None:
    """Deliver what is due; several may run."""
    _leave_when_told()
    settings = serving_settings()
    if port:
        _refuse_taken(host, port)
    app = _standing_app(settings)
    if port:
        Server(watched(app), host=host, port=port, before_exit=_nothing).listen()
    else:
        asyncio.run(_work(app))


def poll() -> None:
    """Talk to Telegram by long polling, for a machine with no public address."""
    _leave_when_told()
    settings = serving_settings()
    if not settings.telegram_token:
        raise SettingsError("HONGYAN_TELEGRAM_TOKEN is missing; get one from @BotFather.")
    asyncio.run(_poll(_standing_app(settings)))


async def _work(app: App) -> None:
    stop = _until_told()
    await app.start(with_worker=True)
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


def demo(
    port: Port = 8080,
    *,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="do not open a browser")] = False,
) -> None:
    """Run the main job with an invented village: chat at /, a wall of phones at /demo."""
    _leave_when_told()
    settings = sample_settings(load_settings(), folder="demo", secret=new_token(32))
    set_up_logs("WARNING")
    lock.hold(settings.data_dir)
    _refuse_taken("127.0.0.1", port)
    for leftover in settings.data_dir.glob("hongyan.sqlite3*"):
        leftover.unlink()
    clock = TurnableClock(start=_a_working_morning(settings.zone))
    address = f"http://127.0.0.1:{port}"
    settings = settings.model_copy(update={"public_url": address})
    app = compose(settings, clock, page=partial(AsWechat, phones=as_wechat()))
    bring_up_to_date(app.database, clock)
    app.database.run(lambda db: load_sample(db, now=clock.now()))
    site = web(app, with_worker=True, is_local=True)
    site.mount("/static/demo", wall_static())
    site.include_router(wall_router(phones(), clock=clock, zone=settings.zone, wake=app.worker.wake))
    site.include_router(console_of_demo(app.database, clock))
    if not isinstance(app.webchat, AsWechat):
        raise TypeError("it was put together with another page")
    chat = replace(wiring(app), receiver=app.webchat.listening(app.reception))
    for phone in phones():
        router = webchat_router(chat, identify=FixedVisitor(phone.visitor), look=phone.name)
        site.include_router(router, prefix=f"/demo/phones/{phone.name}")
    out.print(
        f"Hongyan demo:\n  {address}/demo   a wall of phones, a clock to turn, the console\n  {address}/       the chat"
    )
    out.print("Stop with Ctrl-C. Everybody in it is invented.")
    if not no_browser:
        webbrowser.open(f"{address}/demo")
    Server(site, host="127.0.0.1", port=port, before_exit=app.webchat.close).listen()


def _a_working_morning(zone: ZoneInfo) -> datetime:
    """Return ten o'clock today, or on Monday when it is the weekend: the hour at which a centre is open."""
    day = SystemClock().now().astimezone(zone).date()
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)
    return datetime.combine(day, time(10, 0), zone)


def _standing_app(settings: Settings) -> App:
    keep_one_heap()
    refuse_lost_database(settings)
    return ready_app(settings)


def _leave_when_told() -> None:
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


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandRefused(
                f"Cannot listen on {host}:{port} ({error.strerror}); choose another --port."
            ) from error
