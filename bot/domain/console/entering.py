"""Coming into the console without a password: by what a bound cadre is given in their own chat, once.

A link opens it on the device of the chat. A code is for another device: typed there, it makes that browser wait until
whoever asked for it says in the chat that it is theirs. Asking again takes back what was given before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.clock import draw, new_token
from bot.domain import access, audit, codes
from bot.domain.console import guessing, staying
from bot.domain.house import house_of
from bot.domain.messages import Choice, Message, numbered
from bot.domain.outgoing import outbox
from bot.errors import DomainError
from content.words import label
from db.claims import table_of
from db.models import Address, ConsoleKey, OutboxKind, Person

LIFETIME = timedelta(minutes=5)
"""How long a link or a code opens the console."""

_KEY = table_of(ConsoleKey)


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody was given: what stands in the link, and the code in two halves."""

    token: str
    code: str


class Standing(StrEnum):
    """Where somebody at the door stands: in, waiting for a word in the chat, wrong, over, or stopped for guessing."""

    IN = "in"
    WAITING = "waiting"
    WRONG = "wrong"
    OVER = "over"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Came:
    """What came of trying the door; ``secret`` is for the browser's cookie when it is in, or waits."""

    standing: Standing
    secret: str = ""


def give(db: Session, address: Address, *, now: datetime) -> Given:
    """Give whoever speaks from an address a link and a code; refuse who has no role with a :class:`DomainError`."""
    person = db.get_one(Person, address.person_id)
    if not access.reach(db, person, access.Act.ENTER_CONSOLE):
        raise DomainError("access/not_yours")
    take_back(db, address.person_id, now=now)
    token, code = new_token(24), draw(codes.ALPHABET, codes.LENGTH)
    key = ConsoleKey(
        person_id=address.person_id,
        address_id=address.id or 0,
        link_digest=_digest(db, "link", token),
        code_digest=_digest(db, "code", code),
        made_at=now,
        expires_at=now + LIFETIME,
    )
    db.add(key)
    db.flush()
    half = codes.LENGTH // 2
    return Given(token, f"{code[:half]}-{code[half:]}")


def take_back(db: Session, person_id: int, *, now: datetime) -> None:
    """Let nothing that somebody was given open the console any more."""
    db.execute(update(_KEY).where(_KEY.c.person_id == person_id, _KEY.c.used_at.is_(None)).values(used_at=now))


def is_open(db: Session, token: str, *, now: datetime) -> bool:
    """Tell whether a link still opens the console; looking changes nothing."""
    works = select(_KEY.c.id).where(_KEY.c.link_digest == _digest(db, "link", token), _works(now))
    return db.execute(works).first() is not None


def by_link(db: Session, token: str, *, device: str, now: datetime) -> Came:
    """Come in by a link, once: whoever comes with the same one again is told that it is over.

    A link cannot be guessed as a code can, so whoever guesses from the same network address keeps nobody out.
    """
    meant = (_KEY.c.link_digest == _digest(db, "link", token), _works(now))
    used = update(_KEY).where(*meant).values(used_at=now, device=device[:40])
    found = db.execute(used.returning(_KEY.c.person_id, _KEY.c.address_id)).one_or_none()
    if found is None:
        return Came(Standing.OVER)
    return _let_in(db, *found, device=device, now=now)


def by_code(db: Session, typed: str, *, place: str, device: str, now: datetime) -> Came:
    """Let a browser wait that typed a code; whoever asked for it is asked in their chat whether that is theirs."""
    if guessing.is_stopped(db, place, now=now):
        return Came(Standing.STOPPED)
    code, secret = codes.read(typed[:40]), new_token(24)
    meant = (_KEY.c.code_digest == _digest(db, "code", code or ""), _works(now), _KEY.c.browser_digest == "")
    waits = update(_KEY).where(*meant).values(browser_digest=_digest(db, "browser", secret), device=device[:40])
    key_id = db.execute(waits.returning(_KEY.c.id)).scalar_one_or_none() if code else None
    if key_id is None:
        guessing.note(db, place, now=now)
        return Came(Standing.WRONG)
    _ask(db, db.get_one(ConsoleKey, key_id), now)
    return Came(Standing.WAITING, secret)


def answer(db: Session, key_id: int, *, by_id: int, is_mine: bool, now: datetime) -> None:
    """Let the browser in that waits, or keep it out; refuse what is over or somebody else's."""
    mine = (_KEY.c.id == key_id, _KEY.c.person_id == by_id, _works(now), _KEY.c.confirmed_at.is_(None))
    values = {"confirmed_at": now} if is_mine else {"used_at": now}
    answered = db.execute(update(_KEY).where(*mine).values(**values).returning(_KEY.c.id)).scalar_one_or_none()
    if answered is None:
        raise DomainError("console/over")
    if not is_mine:
        audit.note(db, "console.refused", f"key {key_id}", actor_id=by_id, now=now)


def after_waiting(db: Session, secret: str, *, now: datetime) -> Came:
    """Let a browser in that was waited for, once it was confirmed."""
    meant = (_KEY.c.browser_digest == _digest(db, "browser", secret), _works(now))
    waiting = db.execute(select(_KEY.c.confirmed_at).where(*meant)).one_or_none()
    if not secret or waiting is None:
        return Came(Standing.OVER)
    used = update(_KEY).where(*meant, _KEY.c.confirmed_at.is_not(None)).values(used_at=now)
    found = db.execute(used.returning(_KEY.c.person_id, _KEY.c.address_id, _KEY.c.device)).one_or_none()
    if found is None:
        return Came(Standing.WAITING)
    return _let_in(db, found.person_id, found.address_id, device=found.device, now=now)


def _let_in(db: Session, person_id: int, address_id: int, *, device: str, now: datetime) -> Came:
    address = db.get(Address, address_id)
    if address is None or address.person_id != person_id:  # unbound since
        return Came(Standing.OVER)
    return Came(Standing.IN, staying.begin(db, address, device=device, now=now))


def _ask(db: Session, key: ConsoleKey, now: datetime) -> None:
    """Ask in the chat at once, also at night: whoever is asked has just typed the code."""
    address = db.get_one(Address, key.address_id)
    mine, not_mine = ({"key_id": key.id, "is_mine": is_mine} for is_mine in (True, False))
    choices = (
        Choice(label=label("console_mine"), go="console.answer", fill=mine),
        Choice(label=label("console_not_mine"), go="console.answer", fill=not_mine),
    )
    text = house_of(db).renderer.render("console/is_it_you", {"device": key.device})
    message = Message(template="console/is_it_you", text=text, choices=numbered(choices))
    target = outbox.Target(address.channel, address.account, address.external_id)
    draft = outbox.Draft(
        f"console:{key.id}:asked", OutboxKind.NOTICE, target, message, due_at=now, expires_at=key.expires_at
    )
    outbox.write(db, draft, now=now)


def _works(now: datetime) -> ColumnElement[bool]:
    return and_(_KEY.c.used_at.is_(None), col(ConsoleKey.expires_at) > now)


def _digest(db: Session, what: str, secret: str) -> str:
    return house_of(db).keys.blind(f"console {what}:{secret}")
