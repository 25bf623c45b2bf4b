"""Whom a broadcast is for: a filter as plain data, and the statement that finds these people."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, false, or_, select, union
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.volunteers.activities import STANDING
from content.audience import Missing
from db.models import (
    Address,
    Attendance,
    Category,
    Grant,
    Member,
    MemberKind,
    MemberState,
    Person,
    Recipient,
    Role,
    Rsvp,
    Signup,
    Unit,
)

_LAST_OF_FEBRUARY = 28


class Whom(StrEnum):
    """A kind of people; several in one filter mean all of them together."""

    MEMBER = "member"
    PROBATIONARY = "probationary"
    FLOATING = "floating"
    ENTERPRISE = "enterprise"
    VILLAGER = "villager"
    VOLUNTEER = "volunteer"
    SOCIAL_WORKER = "social_worker"
    SECRETARY = "secretary"
    CADRE = "cadre"
    GRID_WORKER = "grid_worker"


_ROLES = {Whom.SECRETARY: Role.SECRETARY, Whom.CADRE: Role.CADRE, Whom.GRID_WORKER: Role.GRID_WORKER}


class Audience(BaseModel):
    """A filter: everybody below any of ``units`` who fits all the rest. It is kept as plain data (``as_data``).

    ``ages`` are from and to in full years, both included: who has told no birthday is not meant. ``is_bound`` tells
    whether somebody has any address. ``missing`` are things not done yet, each with the id of the earlier broadcast
    (``RECEIPT``), activity (``SIGNUP``) or study session (``LEAVE``, ``ANSWER``) it is about.
    """

    model_config = ConfigDict(frozen=True)

    units: tuple[int, ...]
    kinds: tuple[Whom, ...] = ()
    gender: str = ""
    ages: tuple[int, int] | None = None
    is_bound: bool | None = None
    missing: tuple[tuple[Missing, int], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return self.model_dump(mode="json", exclude_defaults=True)


Between = tuple[int, int]
"""Person ids: behind the first, up to the second."""


def everybody(
    db: Session, audience: Audience, *, today: date, between: Between | None = None
) -> Select[int] | CompoundSelect[int]:
    """Return, as a statement, the ids of all who are meant, each once; only those ``between`` two ids, if given."""
    below = select(col(Unit.id)).where(units.in_subtrees([one.path for one in _units(db, audience)]))
    arms = [_within(arm, between) for arm in _arms(audience, below)]
    found = arms[0] if len(arms) == 1 else union(*arms)
    rest = _conditions(audience, today)
    if not rest:
        return found
    ids = found.subquery()
    person_id = ids.c[0]
    return select(person_id).where(*(condition(person_id) for condition in rest))


def _units(db: Session, audience: Audience) -> Sequence[Unit]:
    return db.execute(select(Unit).where(col(Unit.id).in_(audience.units))).scalars().all()


Arm = tuple[ColumnElement[int], Select[int]]
"""Where some of the people come from: the column of their id, and the statement."""


def _arms(audience: Audience, below: Select[Any]) -> list[Arm]:
    member, person = col(Member.person_id), col(Person.id)
    on_roster = select(member).where(col(Member.state) == MemberState.ACTIVE, col(Member.unit_id).in_(below))
    living = select(person).where(col(Person.unit_id).in_(below))
    if not audience.kinds:
        return [(member, on_roster), (person, living)]
    arms: list[Arm] = []
    listed = [_on_roster_as(one) for one in audience.kinds if one not in {*_ROLES, Whom.VILLAGER}]
    if listed:
        arms.append((member, on_roster.where(or_(*listed))))
    roles = [_ROLES[one] for one in audience.kinds if one in _ROLES]
    if roles:
        holder = col(Grant.person_id)
        arms.append((holder, select(holder).where(col(Grant.role).in_(roles), col(Grant.unit_id).in_(below)).distinct()))
    if Whom.VILLAGER in audience.kinds:
        as_member = and_(
            member == person,
            col(Member.state) == MemberState.ACTIVE,
            col(Member.kind) == MemberKind.PARTY_MEMBER,
        )
        arms.append((person, living.where(~exists().where(as_member))))
    return arms


def _on_roster_as(kind: Whom) -> ColumnElement[bool]:
    is_member = col(Member.kind) == MemberKind.PARTY_MEMBER
    match kind:
        case Whom.MEMBER:
            return is_member
        case Whom.PROBATIONARY:
            return and_(is_member, col(Member.is_probationary))
        case Whom.FLOATING:
            return and_(is_member, col(Member.category) == Category.FLOATING)
        case Whom.ENTERPRISE:
            return and_(is_member, col(Member.category) == Category.ENTERPRISE)
        case Whom.VOLUNTEER:
            return col(Member.kind) == MemberKind.VOLUNTEER
        case Whom.SOCIAL_WORKER:
            return col(Member.kind) == MemberKind.SOCIAL_WORKER
        case _:
            return false()


def _within(arm: Arm, between: Between | None) -> Select[int]:
    person_id, statement = arm
    return statement.where(person_id > between[0], person_id <= between[1]) if between else statement


def _conditions(audience: Audience, today: date) -> list[Any]:
    """Return what else somebody must fit, each as a function of the column of their id."""
    found: list[Any] = []
    if audience.gender or audience.ages:
        found.append(lambda person_id: exists().where(*_on_record(audience, today, person_id)))
    if audience.is_bound is not None:
        has_address = lambda person_id: exists().where(col(Address.person_id) == person_id)  # noqa: E731  # beside its no
        found.append(has_address if audience.is_bound else lambda person_id: ~has_address(person_id))
    return found + [_missing(what, subject) for what, subject in audience.missing]


def _on_record(audience: Audience, today: date, person_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
    fits = [col(Member.person_id) == person_id, col(Member.state) == MemberState.ACTIVE]
    if audience.gender:
        fits.append(col(Member.gender) == audience.gender)
    if audience.ages:
        low, high = audience.ages
        fits += [col(Member.born_on) <= years_before(today, low), col(Member.born_on) > years_before(today, high + 1)]
    return fits


def years_before(day: date, years: int) -> date:
    """Return the day on which somebody was born who turns so many years old on ``day``."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # February 29
        return day.replace(year=day.year - years, day=_LAST_OF_FEBRUARY)


def _missing(what: Missing, subject: int) -> Any:  # noqa: ANN401  # a condition of a column
    match what:
        case Missing.RECEIPT:
            silent = (
                col(Recipient.broadcast_id) == subject,
                col(Recipient.received_at).is_(None),
                col(Recipient.for_id).is_(None),
            )
            return lambda person_id: exists().where(col(Recipient.person_id) == person_id, *silent)
        case Missing.SIGNUP:
            signed = (col(Signup.activity_id) == subject, col(Signup.state).in_(STANDING))
            return lambda person_id: ~exists().where(col(Signup.person_id) == person_id, *signed)
        case Missing.LEAVE:
            told = (col(Attendance.session_id) == subject, col(Attendance.rsvp) != Rsvp.LEAVE)
        case Missing.ANSWER:
            told = (col(Attendance.session_id) == subject, col(Attendance.rsvp) == Rsvp.NONE)
    return lambda person_id: exists().where(col(Attendance.person_id) == person_id, *told)
