"""Commands for the WeChat service account: its menu, codes to be scanned, and what it lacks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer

from bot.app import App
from bot.channels.wechat.channel import WeChat
from bot.channels.wechat.console import lacking, make_code, publish_menu
from bot.channels.wechat.service import forms
from bot.channels.wechat.templates import Forms
from bot.commands.frame import err, out, ready_app, serving_settings
from bot.domain import codes
from bot.errors import CommandRefused, SettingsError

T = TypeVar("T")


def menu() -> None:
    """Publish the menu of content/wechat.yaml."""
    public_url = serving_settings().public_url
    count = _with_account(lambda account: publish_menu(account.api, public_url=public_url))
    out.print(f"Published: {count} buttons. Phones show it after five minutes at most.")


def qr(
    code: Annotated[str, typer.Argument(help="the code it opens, as a poster or an invitation shows it")],
    days: Annotated[
        int, typer.Option(min=0, max=30, help="how long it works; 0: for ever, of 100,000 there can be")
    ] = 30,
) -> None:
    """Make a code that opens what a code of Hongyan opens, to be scanned in WeChat."""
    scene = codes.read(code)
    if scene is None:
        raise CommandRefused(f"{code} is no code: one has {codes.LENGTH} letters and digits.")
    lasts = timedelta(days=days) if days else None
    made = _with_account(lambda account: make_code(account.api, scene, lasts=lasts))
    out.print(f"Picture: {made.picture}\nIt stands for: {made.text}")


def check() -> None:
    """Ask WeChat what the account may do; exit 1 with a list of what it lacks.

    Where it lacks nothing, what was shut because it did is tried again at once.
    """
    settings = serving_settings()
    chosen = (
        forms("TEMPLATES", settings.wechat_templates),
        forms("SUBSCRIPTIONS", settings.wechat_subscriptions),
    )
    found, opened = _with_account(lambda account: _looked_at(account, chosen))
    if not settings.public_url:
        found.append("HONGYAN_PUBLIC_URL is missing: nothing of ours can be opened inside WeChat, nor wished for")
    if opened:
        out.print(f"Tried again from now on: {', '.join(opened)}.")
    for one in found:
        err.print(one)
    if found:
        raise typer.Exit(1)
    out.print("The account has all that Hongyan needs.")


async def _looked_at(account: WeChat, chosen: tuple[Forms, ...]) -> tuple[list[str], list[str]]:
    """Return what an account lacks, and what is tried again because it lacks nothing any more."""
    found = await lacking(account.api, *chosen)
    return found, [] if found else await account.routes.reopen()


def _with_account(work: Callable[[WeChat], Awaitable[T]]) -> T:
    """Do something with the account of this installation."""
    settings = serving_settings()
    if not settings.wechat_app_id:
        raise SettingsError("HONGYAN_WECHAT_APP_ID is missing; mp.weixin.qq.com shows it under the basic settings.")
    app = ready_app(settings)
    try:
        return asyncio.run(_done(app, work))
    finally:
        app.database.close()


async def _done(app: App, work: Callable[[WeChat], Awaitable[T]]) -> T:
    if app.wechat is None:
        raise AssertionError("the settings name an account")
    try:
        return await work(app.wechat)
    finally:
        await app.wechat.stop()
