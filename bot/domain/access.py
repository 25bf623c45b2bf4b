"""Who may do what: by role and subtree, asked by chat, console and files alike."""

from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.persons import people
from bot.errors import DomainError
from db.models import Grant, Person, Role, Unit


class Act(StrEnum):
    """Something that needs a role."""

    ANSWER_CASES = "answer_cases"
    EDIT_ENTRIES = "edit_entries"
    KEEP_ROSTER = "keep_roster"
    HOLD_ACTIVITIES = "hold_activities"
    HOLD_SESSIONS = "hold_sessions"
    SEE_PHONES = "see_phones"
    SEE_REPORTS = "see_reports"
    KEEP_TEMPLATES = "keep_templates"
    ASSIGN_WORK = "assign_work"
    GRANT_ROLES = "grant_roles"
    BROADCAST = "broadcast"
    APPROVE_BROADCASTS = "approve_broadcasts"
    ENTER_CONSOLE = "enter_console"
    SEE_AUDIT = "see_audit"
    SEE_HEALTH = "see_health"
    WALK_GRID = "walk_grid"
    HANDLE_REPORTS = "handle_reports"
    KEEP_PLACES = "keep_places"
    KEEP_POINTS = "keep_points"
    MAKE_PLEDGES = "make_pledges"
    JUDGE_PLEDGES = "judge_pledges"
    KEEP_MATTERS = "keep_matters"
    KEEP_HOUSEHOLDS = "keep_households"


_ROLES: dict[Act, frozenset[Role]] = {
    Act.ANSWER_CASES: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.EDIT_ENTRIES: frozenset({Role.EDITOR, Role.ADMIN}),
    Act.KEEP_ROSTER: frozenset({Role.SECRETARY, Role.ADMIN}),
    Act.HOLD_ACTIVITIES: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.HOLD_SESSIONS: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.SEE_PHONES: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.SEE_REPORTS: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.KEEP_TEMPLATES: frozenset({Role.SECRETARY, Role.ADMIN}),
    Act.ASSIGN_WORK: frozenset({Role.SECRETARY, Role.ADMIN}),
    Act.GRANT_ROLES: frozenset({Role.SECRETARY, Role.ADMIN}),
    Act.BROADCAST: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.APPROVE_BROADCASTS: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.ENTER_CONSOLE: frozenset({Role.SECRETARY, Role.CADRE, Role.EDITOR, Role.ADMIN}),
    Act.SEE_AUDIT: frozenset({Role.SECRETARY, Role.ADMIN}),
    Act.SEE_HEALTH: frozenset({Role.ADMIN}),
    Act.WALK_GRID: frozenset({Role.GRID_WORKER}),
    Act.HANDLE_REPORTS: frozenset({Role.GRID_WORKER, Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.KEEP_PLACES: frozenset({Role.GRID_WORKER, Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.KEEP_POINTS: frozenset({Role.SECRETARY, Role.ADMIN}),
    Act.MAKE_PLEDGES: frozenset({Role.SECRETARY}),
    Act.JUDGE_PLEDGES: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.KEEP_MATTERS: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
    Act.KEEP_HOUSEHOLDS: frozenset({Role.SECRETARY, Role.CADRE, Role.ADMIN}),
}


def may(db: Session, person: Person, act: Act, unit: Unit | None) -> bool:
    """Tell whether somebody may do ``act`` for ``unit``; without a unit only a role at the root will do."""
    concerned = unit or units.root(db)
    return concerned is not None and any(concerned.path.startswith(path) for path in reach(db, person, act))


def reach(db: Session, person: Person, act: Act) -> list[str]:
    """Return the paths of the subtrees in which somebody may do ``act``."""
    return held(db, person, _ROLES[act])


def held(db: Session, person: Person, roles: Collection[Role]) -> list[str]:
    """Return the paths of the subtrees in which somebody has one of these roles."""
    granted = select(col(Unit.path)).join(Grant, col(Grant.unit_id) == col(Unit.id))
    mine = granted.where(col(Grant.person_id) == person.id, col(Grant.role).in_(roles))
    return list(db.execute(mine).scalars())


def is_above(paths: Collection[str], unit: Unit) -> bool:
    """Tell whether one of these subtrees is that of a unit above this one, and not only its own."""
    return any(unit.path.startswith(path) and unit.path != path for path in paths)


def acts_of(db: Session, person: Person) -> frozenset[Act]:
    """Return what somebody may do for one unit or another."""
    roles = set(db.execute(select(col(Grant.role)).where(col(Grant.person_id) == person.id)).scalars())
    return frozenset(act for act, enough in _ROLES.items() if roles & enough)


def responsible(db: Session, act: Act, unit: Unit | None) -> list[int]:
    """Return the nearest people up the tree who may do ``act`` and can be reached, as person ids."""
    return nearest(db, act, unit)[1]


def nearest(
    db: Session, act: Act, unit: Unit | None, *, others_than: int | None = None
) -> tuple[Unit | None, list[int]]:
    """Return the nearest unit up the tree with people who may do ``act`` and can be reached, and their ids.

    ``others_than`` is somebody who does not count, by id.
    """
    start = unit or units.root(db)
    for level in units.line_up(db, start) if start else []:
        reachable = [one for one in at(db, act, level) if one != others_than]
        if reachable:
            return level, reachable
    return None, []


def at(db: Session, act: Act, unit: Unit) -> list[int]:
    """Return who has a role at this very unit to do ``act`` and can be reached, as person ids."""
    holders = select(col(Grant.person_id)).where(col(Grant.unit_id) == unit.id, col(Grant.role).in_(_ROLES[act]))
    return [one for one in sorted(set(db.execute(holders).scalars())) if people.best_address(db, one)]


def roles_for(act: Act) -> frozenset[Role]:
    """Return the roles that allow ``act``."""
    return _ROLES[act]


def insist(db: Session, person: Person, act: Act, unit: Unit | None) -> None:
    """Refuse somebody who may not do ``act`` for ``unit`` with a :class:`DomainError`."""
    if not may(db, person, act, unit):
        raise DomainError("access/not_yours")


def insist_somewhere(db: Session, person: Person, act: Act) -> None:
    """Refuse somebody who may do ``act`` nowhere with a :class:`DomainError`."""
    if not reach(db, person, act):
        raise DomainError("access/not_yours")


def grant(db: Session, person: Person, role: Role, unit: Unit) -> Grant:
    """Give somebody a role in a subtree, once."""
    held = select(Grant).where(
        col(Grant.person_id) == person.id, col(Grant.role) == role, col(Grant.unit_id) == unit.id
    )
    found = db.execute(held).scalar_one_or_none()
    if found:
        return found
    made = Grant(person_id=_id(person), role=role, unit_id=_id(unit))
    db.add(made)
    db.flush()
    return made


def _id(row: Person | Unit) -> int:
    if row.id is None:
        raise ValueError("not in the database yet")
    return row.id
