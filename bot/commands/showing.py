"""The demo: the main job with an invented village, which a server of real people never loads."""

import webbrowser
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.app import bring_up_to_date, compose
from bot.channels.webchat.routes import webchat_router
from bot.channels.webchat.visitors import FixedVisitor
from bot.clock import SystemClock, TurnableClock, new_token
from bot.commands.frame import out, sample_settings
from bot.commands.serving import Port, leave_when_told, refuse_taken
from bot.demo import lock
from bot.demo.as_wechat import AsWechat
from bot.demo.console import console_of_demo
from bot.demo.sample import as_wechat, load_sample, phones
from bot.demo.wall import wall_router, wall_static
from bot.listening import Server
from bot.logs import set_up_logs
from bot.server import web, wiring
from bot.settings import load_settings

_SATURDAY = 5


def demo(
    port: Port = 8080,
    *,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="do not open a browser")] = False,
) -> None:
    """Run the main job with an invented village: chat at /, a wall of phones at /demo."""
    leave_when_told()
    settings = sample_settings(load_settings(), folder="demo", secret=new_token(32))
    set_up_logs("WARNING")
    lock.hold(settings.data_dir)
    refuse_taken("127.0.0.1", port)
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
