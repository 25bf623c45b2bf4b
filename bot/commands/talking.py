"""Commands to talk from a terminal: say one thing, or chat."""

import asyncio
import functools
import json
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.app import App
from bot.channels.terminal import Terminal, as_text
from bot.clock import new_token
from bot.commands.frame import err, out, talking_app
from bot.conversation.turn import Inbound
from bot.domain.library import Shelf
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from bot.errors import CommandRefused
from content.match import Explanation

As = Annotated[str, typer.Option("--as", help="phone number of the person who speaks")]


def say(
    text: Annotated[list[str], typer.Argument(help="what to say; several words are one sentence")],
    *,
    as_: As = "",
    as_json: Annotated[bool, typer.Option("--json", help="print what was said as JSON")] = False,
    why: Annotated[bool, typer.Option("--why", help="say which entries were found by it, and why")] = False,
) -> None:
    """Say one thing and print the answer."""
    terminal = Terminal(_print_json if as_json else _print_text)
    with talking_app(terminal) as app:
        target = app.database.run(functools.partial(_speaker, mobile=as_, app=app))
        asyncio.run(_converse(app, target, " ".join(text)))
        if why:
            explanation = app.database.run(Shelf().current, write=False).matcher.explain(" ".join(text))
            out.print(json.dumps(asdict(explanation), ensure_ascii=False) if as_json else _in_words(explanation))


def chat(*, as_: As = "") -> None:
    """Talk until an empty line or Ctrl-D."""
    terminal = Terminal(_print_text)
    with talking_app(terminal) as app:
        target = app.database.run(functools.partial(_speaker, mobile=as_, app=app))
        asyncio.run(_converse(app, target, None))
        while line := _read_line():
            asyncio.run(_converse(app, target, line))


async def _converse(app: App, target: Target, text: str | None) -> None:
    """Take one turn, if something was said, and print its reply, then whatever else has come for this person."""
    if text is not None:
        now = app.clock.now()
        inbound = Inbound(target.channel, target.account, target.chat, new_token(), target.chat, now, text=text)
        taken = await app.engine.handle(inbound)
        for one in app.fetching:  # a reply with a paper waits until it is made
            await one.sweep()
        if taken.reply:
            await app.delivery.send([taken.reply])
    await app.delivery.sweep(only=target)


def _speaker(db: Session, *, mobile: str, app: App) -> Target:
    target = Target(Terminal.name, Terminal.account, mobile or "guest")
    found = people.by_mobile(db, mobile) if mobile else []
    if mobile and not found:
        raise CommandRefused(f"Nobody on record has the phone number ending in {mobile[-4:]}.")
    if found:
        person = found[0]
        people.attach(db, person, Target(target.channel, target.account, f"person-{person.id}"), now=app.clock.now())
        return Target(target.channel, target.account, f"person-{person.id}")
    return target


def _read_line() -> str:
    try:
        return input("> ").strip()
    except (EOFError, KeyboardInterrupt):
        err.print()
        return ""


def _in_words(explanation: Explanation) -> str:
    return "\n".join(("", *explanation.lines()))


def _print_text(message: Message) -> None:
    out.print(as_text(message))


def _print_json(message: Message) -> None:
    choices = [{"key": choice.key, "label": choice.label} for choice in message.choices]
    said = {"template": message.template, "text": message.text, "choices": choices}
    out.print(json.dumps(said, ensure_ascii=False))
