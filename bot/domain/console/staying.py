"""Being in the console: begun by a log-in, looked up on every page, ended by leaving, by time, or with one's role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.clock import new_token
from bot.domain import access, audit
from bot.domain.house import house_of
from db.claims import changed, table_of
from db.models import Address, ConsoleKey, ConsoleStay, Person

_STAY = table_of(ConsoleStay)
_KEY = table_of(ConsoleKey)
_SEEN_EVERY = timedelta(minutes=1)
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is in, and in which browser; ``is_fading`` when it is time to note that they are seen."""

    person: Person
    stay: ConsoleStay
    is_fading: bool


def begin(db: Session, address: Address, *, device: str, now: datetime) -> str:
    """Let whoever speaks from an address be in; return the secret of their cookie, of which only a digest is kept."""
    secret = new_token(32)
    stay = ConsoleStay(
        person_id=address.person_id,
        address_id=address.id or 0,
        token_digest=_digest(db, secret),
        device=device[:40],
        began_at=now,
        seen_at=now,
        expires_at=now + house_of(db).console_stay,
    )
    db.add(stay)
    db.flush()
    _forget_old(db, now)
    audit.note(db, "console.enter", stay.device or "?", actor_id=address.person_id, now=now)
    return secret


def present(db: Session, secret: str, *, now: datetime) -> Present | None:
    """Return who is in by a cookie's secret: not when their time is over, their address or their role gone."""
    if not secret:
        return None
    mine = select(ConsoleStay, Person).join(Person, col(Person.id) == col(ConsoleStay.person_id))
    mine = mine.join(Address, col(Address.id) == col(ConsoleStay.address_id))
    same = (_STAY.c.token_digest == _digest(db, secret), col(Address.person_id) == col(ConsoleStay.person_id))
    found = db.execute(mine.where(*same, *_lasts(db, now))).one_or_none()
    if found is None or not access.reach(db, found[1], access.Act.ENTER_CONSOLE):
        return None
    stay, person = found
    return Present(person, stay, is_fading=now - stay.seen_at > _SEEN_EVERY)


def see(db: Session, stay_id: int, *, now: datetime) -> None:
    """Note that somebody is still there."""
    db.execute(update(_STAY).where(_STAY.c.id == stay_id, _STAY.c.seen_at < now).values(seen_at=now))


def leave(db: Session, secret: str, *, now: datetime) -> None:
    """Be out, in one browser."""
    mine = (_STAY.c.token_digest == _digest(db, secret), _STAY.c.ended_at.is_(None))
    db.execute(update(_STAY).where(*mine).values(ended_at=now))


def leave_one(db: Session, stay_id: int, *, by_id: int, now: datetime) -> bool:
    """Be out in another browser of one's own; tell whether one was in."""
    mine = (_STAY.c.id == stay_id, _STAY.c.person_id == by_id, _STAY.c.ended_at.is_(None))
    return bool(changed(db, update(_STAY).where(*mine).values(ended_at=now)))


def leave_everywhere(db: Session, person_id: int, *, now: datetime) -> int:
    """Be out in every browser, and let nothing that was given open the console; return in how many one was."""
    theirs = (_STAY.c.person_id == person_id, *_lasts(db, now))
    count = changed(db, update(_STAY).where(*theirs).values(ended_at=now))
    db.execute(update(_KEY).where(_KEY.c.person_id == person_id, _KEY.c.used_at.is_(None)).values(used_at=now))
    audit.note(db, "console.leave_everywhere", str(count), actor_id=person_id, now=now)
    return count


def of(db: Session, person_id: int, *, now: datetime) -> Sequence[ConsoleStay]:
    """Return the browsers somebody is in with, the one seen last first."""
    theirs = select(ConsoleStay).where(_STAY.c.person_id == person_id, *_lasts(db, now))
    return db.execute(theirs.order_by(_STAY.c.seen_at.desc(), _STAY.c.id.desc())).scalars().all()


def _lasts(db: Session, now: datetime) -> tuple[ColumnElement[bool], ...]:
    idle = house_of(db).console_idle
    return (_STAY.c.ended_at.is_(None), _STAY.c.expires_at > now, _STAY.c.seen_at > now - idle)


def _forget_old(db: Session, now: datetime) -> None:
    """Forget keys and browsers that are long over; somebody coming in is the time to do it."""
    for table in (_KEY, _STAY):
        db.execute(delete(table).where(table.c.expires_at < now - _KEPT))


def _digest(db: Session, secret: str) -> str:
    return house_of(db).keys.blind(f"console stay:{secret}")
