"""Lists of households: a file is looked at, taken in as a whole or not at all, and taken back within a day.

No household goes because a file does not name it. Each import keeps what it changed, so that it can be undone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, units
from bot.domain.access import Act
from bot.domain.house import house_of
from bot.domain.persons.people import name_key
from bot.domain.rosters.roster_standing import pages
from bot.domain.visits import keeping
from bot.domain.visits.household_judging import Change, Entry, Plan, judge
from bot.domain.visits.household_reading import Reading
from bot.errors import DomainError
from db.claims import table_of
from db.models import NEVER, Household, HouseholdChange, HouseholdImport, Person, Unit, Visit

UNDOABLE = timedelta(hours=24)
"""How long an import can be taken back."""

EVERYWHERE = ("/",)
"""The reach of the command line: every unit."""

_HOUSEHOLD = table_of(Household)


def look(db: Session, reading: Reading, actor: Person | None) -> Plan:
    """Return what taking a file in would do; nothing is changed. ``None`` is the command line.

    Raises :class:`DomainError` for who keeps no list.
    """
    return judge(db, reading, _reach(db, actor))


def take_in(db: Session, reading: Reading, actor: Person | None, *, file_name: str, now: datetime) -> Plan:
    """Take the good rows of a file in, once: a second time they are unchanged. Returns what was done."""
    paths = _reach(db, actor)
    root = units.root(db)
    if root is None:
        raise DomainError("roster/no_units")
    db.execute(select(col(Unit.id)).where(col(Unit.id) == root.id).with_for_update()).first()
    plan = judge(db, reading, paths)
    if not plan.added and not plan.changed:
        return plan
    record = HouseholdImport(
        actor_id=actor.id if actor else None,
        file_name=file_name[:120],
        added=len(plan.added),
        changed=len(plan.changed),
        refused=plan.refused,
        imported_at=now,
    )
    db.add(record)
    db.flush()
    for page in pages(plan.added):
        _add(db, page, record.id or 0, now)
    for page in pages(plan.changed):
        _change(db, page, record.id or 0)
    db.expire_all()
    done = f"{record.added} new, {record.changed} changed, {record.refused} refused"
    audit.note(db, "visits.import", done, actor_id=record.actor_id, now=now)
    return plan


def undo(db: Session, import_id: int, actor: Person, *, now: datetime) -> HouseholdImport:
    """Put every household back as it was before an import, and delete those it added.

    Raises :class:`DomainError` when it is not theirs, is a day old, was taken back, or something was changed or one of
    those it added was visited since.
    """
    held = select(HouseholdImport).where(col(HouseholdImport.id) == import_id).with_for_update()
    record = db.execute(held).scalar_one_or_none()
    if record is None or record.actor_id != actor.id or record.undone_at is not None:
        raise DomainError("roster/nothing_to_undo")
    paths = _reach(db, actor)
    if now - record.imported_at > UNDOABLE:
        raise DomainError("roster/too_late_to_undo")
    trail = select(HouseholdChange).where(col(HouseholdChange.import_id) == import_id)
    added: list[int] = []
    for change in db.execute(trail.order_by(col(HouseholdChange.id))).scalars():
        household = _unchanged(db, change, paths)
        if change.before is None:
            added.append(change.household_id)
        else:
            _put_back(db, household, change.before)
    _insist_on_unvisited(db, added)
    for page in pages(added):
        keeping.drop(db, page)
    record.undone_at = now
    db.add(record)
    db.flush()
    db.expire_all()
    audit.note(db, "visits.undo", f"{record.added} new, {record.changed} changed", actor_id=actor.id, now=now)
    return record


def _reach(db: Session, actor: Person | None) -> Sequence[str]:
    if actor is None:
        return EVERYWHERE
    paths = access.reach(db, actor, Act.KEEP_HOUSEHOLDS)
    if not paths:
        raise DomainError("access/not_yours")
    return paths


def _add(db: Session, page: list[Change], import_id: int, now: datetime) -> None:
    seal = house_of(db).keys.seal
    rows = [
        {
            **_columns(db, one),
            "unit_id": one.unit_id,
            "address_sealed": seal(one.line.address),
            "address_blind": one.blind,
            "seen_at": NEVER,
            "created_at": now,
        }
        for one in page
    ]
    inserted = insert(_HOUSEHOLD).returning(_HOUSEHOLD.c.id, sort_by_parameter_order=True)
    ids = db.execute(inserted, rows).scalars()
    _keep_trail(db, import_id, [(made, None, one.after.plain()) for made, one in zip(ids, page, strict=True)])


def _change(db: Session, page: list[Change], import_id: int) -> None:
    trail: list[tuple[int, dict[str, Any] | None, dict[str, Any]]] = []
    for one in page:
        household = one.before
        if household is None:
            raise AssertionError("what changes is there")
        before = {**Entry.of(household).plain(), "mobile_sealed": household.mobile_sealed}
        trail.append((household.id or 0, before, one.after.plain()))
        values = _columns(db, one)
        if one.after.mobile_blind == (household.mobile_blind or ""):
            values["mobile_sealed"] = household.mobile_sealed
        db.execute(update(_HOUSEHOLD).where(_HOUSEHOLD.c.id == household.id).values(**values))
    _keep_trail(db, import_id, trail)


def _columns(db: Session, one: Change) -> dict[str, Any]:
    sealed = house_of(db).keys.seal(one.line.mobile) if one.line.mobile else ""
    return {
        "holder": one.after.holder,
        "holder_key": name_key(one.after.holder),
        "mobile_sealed": sealed,
        "mobile_blind": one.after.mobile_blind or None,
        "contact_id": one.after.contact_id,
    }


def _keep_trail(db: Session, import_id: int, rows: Sequence[tuple[int, dict[str, Any] | None, dict[str, Any]]]) -> None:
    kept = [
        {"import_id": import_id, "household_id": household_id, "before": before, "after": after}
        for household_id, before, after in rows
    ]
    db.execute(insert(table_of(HouseholdChange)), kept)


def _unchanged(db: Session, change: HouseholdChange, paths: Sequence[str]) -> Household:
    household = db.get(Household, change.household_id)
    if household is None or Entry.of(household).plain() != change.after:
        raise DomainError("roster/changed_since")
    if not db.get_one(Unit, household.unit_id).path.startswith(tuple(paths)):
        raise DomainError("access/not_yours")
    return household


def _put_back(db: Session, household: Household, before: dict[str, Any]) -> None:
    household.holder, household.holder_key = before["holder"], name_key(before["holder"])
    household.mobile_sealed, household.mobile_blind = before["mobile_sealed"], before["mobile_blind"] or None
    household.contact_id = before["contact_id"]
    db.add(household)


def _insist_on_unvisited(db: Session, ids: Sequence[int]) -> None:
    for page in pages(ids):
        if db.execute(select(exists().where(col(Visit.household_id).in_(page)))).scalar_one():
            raise DomainError("roster/changed_since")
