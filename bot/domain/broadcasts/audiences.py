"""Whom a broadcast is for: a filter as plain data, and the statement that finds these people."""

import functools
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, exists, or_, select, union, union_all
from sqlalchemy.orm import Session

from bot.domain import units
from bot.domain.volunteers.activities import STANDING
from content.audience import Missing
from db.claims import table_of
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
_UNIT, _PERSON, _MEMBER = table_of(Unit), table_of(Person), table_of(Member)
_GRANT, _ADDRESS, _RECIPIENT = table_of(Grant), table_of(Address), table_of(Recipient)
_SIGNUP, _ATTENDANCE = table_of(Signup), table_of(Attendance)
_IS_ON_ROSTER = _MEMBER.c.state == MemberState.ACTIVE
_IS_MEMBER = _MEMBER.c.kind == MemberKind.PARTY_MEMBER


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
_KINDS = {
    Whom.MEMBER: MemberKind.PARTY_MEMBER,
    Whom.VOLUNTEER: MemberKind.VOLUNTEER,
    Whom.SOCIAL_WORKER: MemberKind.SOCIAL_WORKER,
}
_CATEGORIES = {Whom.FLOATING: Category.FLOATING, Whom.ENTERPRISE: Category.ENTERPRISE}


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

    def __hash__(self) -> int:
        """Return the same for the same filter, so that what is built for one is found again."""
        return hash((self.units, self.kinds, self.gender, self.ages, self.is_bound, self.missing))

    def as_data(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return self.model_dump(mode="json", exclude_defaults=True)


AFTER, UP_TO = "after", "up_to"
"""The parameters of a page: person ids behind the first, up to the second."""

_REMEMBERED = 16  # audiences: the pages of one are found by one statement, which takes longer to build than to run


def everybody(db: Session, audience: Audience, *, today: date, is_page: bool = False) -> Subquery:
    """Return, as a part of statements, the ids of all who are meant, each once, as its only column.

    A page are only those whose ids lie between :data:`AFTER` and :data:`UP_TO`, to be given when the statement runs.
    """
    return _everybody(audience, _paths(db, audience), today, is_page)


@functools.lru_cache(_REMEMBERED)
def _everybody(audience: Audience, paths: tuple[str, ...], today: date, is_page: bool) -> Subquery:  # noqa: FBT001  # a part of the key
    arms = [_within(*arm) if is_page else arm[1] for arm in _arms(audience, _below(paths))]
    together = union if audience.kinds else union_all  # of several kinds somebody may be more than one
    found = (arms[0] if len(arms) == 1 else together(*arms)).subquery()
    [person_id] = found.c
    return select(person_id).where(*_conditions(audience, today, person_id)).subquery()


def some(db: Session, audience: Audience, *, today: date, limit: int) -> list[int]:
    """Return the ids of a few who are meant, without finding all of them."""
    found = list[int]()
    for person_id, statement in _arms(audience, _below(_paths(db, audience))):
        fitting = statement.where(*_conditions(audience, today, person_id)).order_by(person_id).limit(limit)
        found += db.execute(fitting).scalars()
    return sorted(set(found))[:limit]


Below = Select[Any]
"""The ids of the units below those that are meant."""


def _paths(db: Session, audience: Audience) -> tuple[str, ...]:
    return tuple(
        db.execute(select(_UNIT.c.path).where(_UNIT.c.id.in_(audience.units)).order_by(_UNIT.c.path)).scalars()
    )


def _below(paths: Sequence[str]) -> Below:
    return select(_UNIT.c.id).where(units.in_subtrees(paths))


def _arms(audience: Audience, below: Below) -> list[tuple[ColumnElement[Any], Select[Any]]]:
    """Return where the people come from: for each arm the column of their id, and the statement."""
    on_roster = select(_MEMBER.c.person_id).where(_IS_ON_ROSTER, _MEMBER.c.unit_id.in_(below))
    living = select(_PERSON.c.id).where(_PERSON.c.unit_id.in_(below))
    if not audience.kinds:
        is_listed = (_MEMBER.c.person_id == _PERSON.c.id, _IS_ON_ROSTER, _MEMBER.c.unit_id.in_(below))
        others = living.where(~exists().where(*is_listed))
        return [(_MEMBER.c.person_id, on_roster), (_PERSON.c.id, others)]
    arms: list[tuple[ColumnElement[Any], Select[Any]]] = []
    listed = [_on_roster_as(one) for one in audience.kinds if one not in {*_ROLES, Whom.VILLAGER}]
    if listed:
        arms.append((_MEMBER.c.person_id, on_roster.where(or_(*listed))))
    roles = [_ROLES[one] for one in audience.kinds if one in _ROLES]
    if roles:
        held = select(_GRANT.c.person_id).where(_GRANT.c.role.in_(roles), _GRANT.c.unit_id.in_(below))
        arms.append((_GRANT.c.person_id, held.distinct()))
    if Whom.VILLAGER in audience.kinds:
        is_member = and_(_MEMBER.c.person_id == _PERSON.c.id, _IS_ON_ROSTER, _IS_MEMBER)
        arms.append((_PERSON.c.id, living.where(~exists().where(is_member))))
    return arms


def _on_roster_as(kind: Whom) -> ColumnElement[bool]:
    if kind in _KINDS:
        return _MEMBER.c.kind == _KINDS[kind]
    if kind is Whom.PROBATIONARY:
        return and_(_IS_MEMBER, _MEMBER.c.is_probationary)
    return and_(_IS_MEMBER, _MEMBER.c.category == _CATEGORIES[kind])


def _within(person_id: ColumnElement[Any], statement: Select[Any]) -> Select[Any]:
    return statement.where(person_id > bindparam(AFTER), person_id <= bindparam(UP_TO))


def _conditions(audience: Audience, today: date, person_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """Return what else somebody must fit, besides where they belong and as what."""
    found: list[ColumnElement[bool]] = []
    if audience.gender or audience.ages:
        found.append(exists().where(_MEMBER.c.person_id == person_id, *_on_record(audience, today)))
    if audience.is_bound is not None:
        has_address = exists().where(_ADDRESS.c.person_id == person_id)
        found.append(has_address if audience.is_bound else ~has_address)
    return found + [_missing(what, subject, person_id) for what, subject in audience.missing]


def _on_record(audience: Audience, today: date) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = [_IS_ON_ROSTER]
    if audience.gender:
        fits.append(_MEMBER.c.gender == audience.gender)
    if audience.ages:
        low, high = audience.ages
        fits += [_MEMBER.c.born_on <= years_before(today, low), _MEMBER.c.born_on > years_before(today, high + 1)]
    return fits


def years_before(day: date, years: int) -> date:
    """Return the day on which somebody was born who turns so many years old on ``day``."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # February 29
        return day.replace(year=day.year - years, day=_LAST_OF_FEBRUARY)


def _missing(what: Missing, subject: int, person_id: ColumnElement[Any]) -> ColumnElement[bool]:
    match what:
        case Missing.RECEIPT:
            row, proxy = _RECIPIENT.c, _RECIPIENT.alias().c
            said_for_them = exists().where(
                proxy.broadcast_id == subject, proxy.for_id == person_id, proxy.received_at.is_not(None)
            )
            told = exists().where(
                row.broadcast_id == subject, row.person_id == person_id, row.received_at.is_(None), row.for_id.is_(None)
            )
            return and_(told, ~said_for_them)
        case Missing.SIGNUP:
            row = _SIGNUP.c
            return ~exists().where(row.activity_id == subject, row.person_id == person_id, row.state.in_(STANDING))
        case Missing.LEAVE | Missing.ANSWER:
            row = _ATTENDANCE.c
            told = row.rsvp != Rsvp.LEAVE if what is Missing.LEAVE else row.rsvp == Rsvp.NONE
            return exists().where(row.session_id == subject, row.person_id == person_id, told)
