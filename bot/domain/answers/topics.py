"""Who minds which topic in a unit, and whom a question therefore goes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, units
from bot.domain.access import Act
from bot.domain.persons import people
from bot.errors import DomainError
from content.match import normalise
from db.claims import put_if_missing, table_of
from db.models import Person, TopicHolder, Unit

LONGEST = 12
"""Characters of a topic."""

_HOLDER = table_of(TopicHolder)


@dataclass(frozen=True, slots=True)
class Routed:
    """Whom a question goes to: people of a unit, because of a topic when one is named."""

    level: Unit | None = None
    people_ids: tuple[int, ...] = ()
    topic: str = ""

    @property
    def only(self) -> int | None:
        """The one person it goes to, ``None`` where there are several or nobody."""
        return self.people_ids[0] if len(self.people_ids) == 1 else None


def route(db: Session, unit: Unit | None, question: str, hints: Sequence[str] = ()) -> Routed:
    """Tell whom a question goes to: the nearest unit up the tree where somebody minds its topic, or may answer at all.

    ``hints`` are other words that tell what it is about, such as the phrases of the entry it came from.
    """
    start = unit or units.root(db)
    for level in units.line_up(db, start) if start else []:
        holder = _holder(db, level, (question, *hints))
        if holder:
            return Routed(level, (holder.person_id,), holder.topic)
        responsible = access.at(db, Act.ANSWER_CASES, level)
        if responsible:
            return Routed(level, tuple(responsible))
    return Routed()


def to_one(db: Session, unit: Unit | None, person_id: int | None) -> Routed | None:
    """Return whom alone something is for, ``None`` where that is nobody who may answer it and can be reached."""
    person = db.get(Person, person_id) if person_id else None
    if person is None or not access.may(db, person, Act.ANSWER_CASES, unit):
        return None
    return Routed(unit, (person.id or 0,)) if people.best_address(db, person.id or 0) else None


def assign(db: Session, unit: Unit, topic: str, holder: Person, *, by: Person, now: datetime) -> TopicHolder:
    """Let somebody mind a topic in a unit instead of whoever did; both are told.

    Raises :class:`DomainError` when ``by`` has no say in the unit, or ``holder`` may not answer there.
    """
    access.insist(db, by, Act.ASSIGN_WORK, unit)
    if not access.may(db, holder, Act.ANSWER_CASES, unit):
        raise DomainError("topics/may_not_answer", name=holder.name)
    before = _at(db, unit, topic)
    if before and before.person_id == holder.id:
        return before
    if before:
        _end(db, before, by=by, now=now)
    values = {"unit_id": unit.id, "topic": topic, "person_id": holder.id, "set_by": by.id, "set_at": now}
    put_if_missing(db, TopicHolder, values, key=("unit_id", "topic"))
    made = _at(db, unit, topic)
    if made is None:
        raise AssertionError("it was put there")
    audit.note(db, "topics.assign", f"{unit.name} {topic} person:{holder.id}", actor_id=by.id, now=now)
    if holder.id != by.id:
        cause = f"topic:{made.id}:{holder.id}:{int(now.timestamp())}"
        notices.tell(db, "topics/yours", to=holder.id or 0, cause=cause, now=now, unit=unit.name, topic=topic)
    return made


def release(db: Session, unit: Unit, topic: str, *, by: Person, now: datetime) -> bool:
    """Let nobody in particular mind a topic in a unit; tell whether somebody did."""
    access.insist(db, by, Act.ASSIGN_WORK, unit)
    before = _at(db, unit, topic)
    if before:
        _end(db, before, by=by, now=now)
    return before is not None


def listed(db: Session, person: Person) -> list[tuple[Unit, TopicHolder, Person]]:
    """Return who minds what in the units somebody answers for, the highest unit first."""
    mine = units.in_subtrees(access.reach(db, person, Act.ANSWER_CASES))
    both = select(Unit, TopicHolder, Person).join(TopicHolder, col(TopicHolder.unit_id) == col(Unit.id))
    chosen = both.join(Person, col(Person.id) == col(TopicHolder.person_id)).where(mine)
    rows = db.execute(chosen.order_by(col(Unit.path), col(TopicHolder.topic))).all()
    return [(unit, holder, somebody) for unit, holder, somebody in rows]


def idle(db: Session) -> list[tuple[Unit, TopicHolder]]:
    """Return the topics whose holder may no longer answer there: their questions go to the others meanwhile."""
    both = select(Unit, TopicHolder).join(TopicHolder, col(TopicHolder.unit_id) == col(Unit.id))
    rows = db.execute(both.order_by(col(TopicHolder.id))).all()
    return [(unit, one) for unit, one in rows if not _may(db, one, unit)]


def _holder(db: Session, unit: Unit, texts: Iterable[str]) -> TopicHolder | None:
    """Return who minds what a text is about in a unit and can be reached: the longest topic that is named wins."""
    said = [normalise(text).replace(" ", "") for text in texts]
    theirs = db.execute(select(TopicHolder).where(col(TopicHolder.unit_id) == unit.id)).scalars()
    for one in sorted(theirs, key=lambda one: (-len(one.topic), one.id)):
        topic = normalise(one.topic).replace(" ", "")
        is_named = bool(topic) and any(topic in text for text in said)
        if is_named and _may(db, one, unit) and people.best_address(db, one.person_id):
            return one
    return None


def _may(db: Session, holder: TopicHolder, unit: Unit) -> bool:
    return access.may(db, db.get_one(Person, holder.person_id), Act.ANSWER_CASES, unit)


def _at(db: Session, unit: Unit, topic: str) -> TopicHolder | None:
    here = (col(TopicHolder.unit_id) == unit.id, col(TopicHolder.topic) == topic)
    return db.execute(select(TopicHolder).where(*here)).scalar_one_or_none()


def _end(db: Session, holder: TopicHolder, *, by: Person, now: datetime) -> None:
    unit = db.get_one(Unit, holder.unit_id)
    audit.note(db, "topics.release", f"{unit.name} {holder.topic}", actor_id=by.id, now=now)
    if holder.person_id != by.id:
        cause = f"topic:{holder.id}:{holder.person_id}:ended"
        notices.tell(
            db,
            "topics/no_longer_yours",
            to=holder.person_id,
            cause=cause,
            now=now,
            unit=unit.name,
            topic=holder.topic,
        )
    db.execute(delete(_HOLDER).where(_HOLDER.c.id == holder.id))
    db.expunge(holder)
