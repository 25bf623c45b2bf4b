"""Keeping a roster: a file is looked at, taken in as a whole or not at all, and taken back within a day.

Nobody leaves a roster because a file does not name them. Each import keeps what it changed, so that it can be undone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, units
from bot.domain.access import Act
from bot.domain.house import house_of
from bot.domain.persons.people import name_key
from bot.domain.rosters.roster_judging import Change, Plan, judge
from bot.domain.rosters.roster_reading import Reading
from bot.domain.rosters.roster_standing import pages
from bot.errors import DomainError
from db.claims import table_of
from db.models import Member, Person, RosterChange, RosterImport, Unit

UNDOABLE = timedelta(hours=24)
"""How long an import can be taken back."""

EVERYWHERE = ("/",)
"""The reach of the command line: every unit."""

_PERSON = table_of(Person)
_MEMBER = table_of(Member)
_CHANGE = table_of(RosterChange)


def reach(db: Session, actor: Person | None) -> Sequence[str]:
    """Return the paths below which somebody keeps rosters (``None``: the command line), or refuse."""
    if actor is None:
        return EVERYWHERE
    paths = access.reach(db, actor, Act.KEEP_ROSTER)
    if not paths:
        raise DomainError("access/not_yours")
    return paths


def look(db: Session, reading: Reading, actor: Person | None) -> Plan:
    """Return what taking a file in would do; nothing is changed."""
    return judge(db, reading, reach(db, actor))


def take_in(db: Session, reading: Reading, actor: Person | None, *, file_name: str, now: datetime) -> Plan:
    """Take the good rows of a file in, once: a second time they are unchanged. Returns what was done."""
    paths = reach(db, actor)
    top = _held(db, paths)
    plan = judge(db, reading, paths)
    if not plan.added and not plan.changed:
        return plan
    record = RosterImport(
        actor_id=actor.id if actor else None,
        unit_id=top.id or 0,
        file_name=file_name[:120],
        added=len(plan.added),
        changed=len(plan.changed),
        refused=plan.refused,
        imported_at=now,
    )
    db.add(record)
    db.flush()
    import_id = record.id or 0
    for page in pages(plan.added):
        _add(db, page, import_id, now)
    for page in pages(plan.changed):
        _change(db, page, import_id, now)
    done = f"import {import_id}: {record.added} new, {record.changed} changed, {record.refused} refused"
    audit.note(db, "roster.import", done, actor_id=record.actor_id, now=now)
    return plan


def _held(db: Session, paths: Sequence[str]) -> Unit:
    """Return the topmost unit somebody acts for; until the transaction ends, nobody else imports."""
    root = units.root(db)
    if root is None:
        raise DomainError("roster/no_units")
    db.execute(select(col(Unit.id)).where(col(Unit.id) == root.id).with_for_update()).first()
    top = min(paths, key=len)
    found = db.execute(select(Unit).where(col(Unit.path) == top)).scalar_one_or_none()
    return found or root


def _add(db: Session, page: list[Change], import_id: int, now: datetime) -> None:
    unknown = [one for one in page if one.before is None]
    rows = [{**_named(db, one), "created_at": now} for one in unknown]
    made: list[int] = []
    if rows:
        inserted = insert(_PERSON).returning(_PERSON.c.id, sort_by_parameter_order=True)
        made = list(db.execute(inserted, rows).scalars())
    known = [one for one in page if one.before is not None]
    _update_people(db, known)
    ids = [*made, *(one.before.person_id for one in known if one.before)]
    members = [
        {**one.after.columns(), "person_id": person_id, "created_at": now, "changed_at": now}
        for person_id, one in zip(ids, [*unknown, *known], strict=True)
    ]
    db.execute(insert(_MEMBER), members)
    trail = [
        {
            "import_id": import_id,
            "person_id": person_id,
            "before": None,
            "after": {**one.after.plain(), "is_new_person": one.before is None},
        }
        for person_id, one in zip(ids, [*unknown, *known], strict=True)
    ]
    db.execute(insert(_CHANGE), trail)


def _change(db: Session, page: list[Change], import_id: int, now: datetime) -> None:
    _update_people(db, page)
    changed = update(_MEMBER).where(_MEMBER.c.person_id == bindparam("whose"))
    names = (*page[0].after.columns(), "changed_at")
    changed = changed.values({name: bindparam(name) for name in names})
    db.connection().execute(
        changed, [{**one.after.columns(), "changed_at": now, "whose": before.person_id} for one, before in _both(page)]
    )
    trail = [
        {
            "import_id": import_id,
            "person_id": before.person_id,
            "before": {**before.entry.plain(), "mobile_sealed": before.sealed},
            "after": one.after.plain(),
        }
        for one, before in _both(page)
    ]
    db.execute(insert(_CHANGE), trail)


def _both(page: list[Change]) -> Iterator[tuple[Change, Any]]:
    return ((one, one.before) for one in page if one.before is not None)


def _update_people(db: Session, page: list[Change]) -> None:
    """Keep names as the file spells them, and phones where they are others than before."""
    for one, before in _both(page):
        values = _named(db, one)
        if one.after.mobile_blind == before.entry.mobile_blind:
            values = {name: values[name] for name in ("name", "name_key")}
            if one.after.name == before.entry.name:
                continue
        db.execute(update(_PERSON).where(_PERSON.c.id == before.person_id).values(**values))


def _named(db: Session, one: Change) -> dict[str, Any]:
    """Return the columns of a person that a line tells; the phone is sealed, and found by its digests."""
    keys, mobile = house_of(db).keys, one.line.mobile
    return {
        "name": one.line.name,
        "name_key": name_key(one.line.name),
        "mobile_sealed": keys.seal(mobile) if mobile else "",
        "mobile_blind": keys.blind(mobile) if mobile else None,
        "last_four_blind": keys.blind(f"last four:{mobile[-4:]}") if mobile else None,
    }
