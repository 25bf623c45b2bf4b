"""Objections to a line of the ledger: said by its person, decided once by the secretary, with a reason."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, String, func, literal_column, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, units
from bot.domain.access import Act
from bot.domain.ledger import lines
from bot.domain.ledger.lines import Line
from bot.domain.messages import Choice
from bot.domain.persons import members
from bot.errors import DomainError
from content.words import label
from db.models import DisputeState, Member, Person, PointsEntry, PointsObjection, Unit

MOST = 100
"""Points of one line at the most."""

_OPEN = col(PointsObjection.state) == literal_column(f"'{DisputeState.OPEN}'", String)


def own_line(db: Session, entry_id: int, person: Person) -> Line:
    """Return a line of somebody's own ledger; raise :class:`DomainError` when it is none of theirs."""
    entry = db.get(PointsEntry, entry_id)
    if entry is None or entry.person_id != person.id:
        raise DomainError("points/no_such_line")
    return lines.described(db, [entry])[0]


def object_to(db: Session, entry_id: int, words: str, *, by: Person, now: datetime) -> PointsObjection:
    """Say that a line is wrong; the nearest secretary above its person is asked to decide.

    Raises :class:`DomainError` for somebody else's line, and while an objection to it is open.
    """
    line = own_line(db, entry_id, by)
    mine = (col(PointsObjection.person_id) == by.id, col(PointsObjection.rule) == line.entry.rule)
    still = select(col(PointsObjection.id)).where(_OPEN, *mine, col(PointsObjection.evidence) == line.entry.evidence)
    if db.execute(still).first():
        raise DomainError("points/objected_already")
    row = PointsObjection(
        person_id=by.id or 0, rule=line.entry.rule, evidence=line.entry.evidence, words=words, opened_at=now
    )
    db.add(row)
    db.flush()
    decide = Choice(label=label("decide_dispute"), go="points.decide", fill={"objection_id": row.id})
    notices.tell_all(
        db,
        "points/objection_for_secretary",
        to=access.nearest(db, Act.KEEP_POINTS, _unit_of(db, by), others_than=by.id)[1],
        cause=f"objection:{row.id}",
        now=now,
        choices=(decide,),
        name=by.name,
        title=line.title,
        points=line.points,
        words=words,
    )
    return row


def for_decider(db: Session, objection_id: int, by: Person) -> PointsObjection:
    """Return an open objection to whoever may decide it, held by this transaction.

    Raises :class:`DomainError` when they may not, it is their own, or it is decided.
    """
    meant = select(PointsObjection).where(col(PointsObjection.id) == objection_id).with_for_update()
    row = db.execute(meant).scalar_one_or_none()
    whose = db.get_one(Person, row.person_id) if row else None
    if row is None or whose is None or not access.may(db, by, Act.KEEP_POINTS, _unit_of(db, whose)):
        raise DomainError("points/no_such_line")
    if row.person_id == by.id:
        raise DomainError("points/not_your_own")
    if row.state is not DisputeState.OPEN:
        raise DomainError("volunteering/decided_already")
    return row


def line_of(db: Session, row: PointsObjection) -> Line | None:
    """Return the line an objection is to, as it stands now, ``None`` when it is there no more."""
    mine = (col(PointsEntry.person_id) == row.person_id, col(PointsEntry.rule) == row.rule)
    meant = select(PointsEntry).where(*mine, col(PointsEntry.evidence) == row.evidence).with_for_update()
    entry = db.execute(meant.execution_options(populate_existing=True)).scalar_one_or_none()
    return lines.described(db, [entry])[0] if entry else None


def decide(db: Session, objection_id: int, points: int, reason: str, *, by: Person, now: datetime) -> PointsObjection:
    """Decide an objection once: other points uphold it, the same refuse it; its person hears the reason.

    Raises :class:`DomainError` as :func:`for_decider` does.
    """
    row = for_decider(db, objection_id, by)
    line = line_of(db, row)
    row.before = line.points if line else 0
    row.after = points if line else 0
    if line:
        line.entry.points = points
        db.add(line.entry)
    row.state = DisputeState.REFUSED if row.after == row.before else DisputeState.UPHELD
    row.reason, row.decided_by, row.decided_at = reason, by.id, now
    db.add(row)
    audit.note(db, "points.decide", f"objection:{row.id} {row.before} -> {row.after}", actor_id=by.id, now=now)
    notices.tell(
        db,
        "points/objection_decided",
        to=row.person_id,
        cause=f"objection:{row.id}:decided",
        now=now,
        title=line.title if line else "",
        points=row.after,
        is_upheld=row.state is DisputeState.UPHELD,
        reason=reason,
    )
    return row


def waiting_for(db: Session, person: Person) -> Sequence[tuple[PointsObjection, str]]:
    """Return the open objections somebody may decide, the oldest first, each with the name of whose it is."""
    paths = access.reach(db, person, Act.KEEP_POINTS)
    if not paths:
        return []
    rows = select(PointsObjection, col(Person.name)).join(Person, col(Person.id) == col(PointsObjection.person_id))
    rows = rows.outerjoin(Member, col(Member.person_id) == col(Person.id))
    rows = rows.join(Unit, col(Unit.id) == _belongs_to())
    theirs = rows.where(_OPEN, col(PointsObjection.person_id) != person.id, units.in_subtrees(paths))
    return [(row, name) for row, name in db.execute(theirs.order_by(col(PointsObjection.id)))]


def _belongs_to() -> ColumnElement[int]:
    return func.coalesce(col(Member.unit_id), col(Person.unit_id))


def _unit_of(db: Session, person: Person) -> Unit | None:
    """Return the branch on whose roster somebody stands, else where they live."""
    branch = members.branch_of(db, person.id or 0)
    return branch or (db.get(Unit, person.unit_id) if person.unit_id else None)
