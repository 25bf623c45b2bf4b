"""Activities one holds, with how their seats stand; and one of them as a board: who has a seat, who waits, who came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import Line, Listing, Order
from bot.domain.volunteers import volunteering
from bot.domain.volunteers.activities import HELD, STANDING
from db.models import Activity, CheckIn, MemberKind, OccasionState, Person, SeatQuota, Signup, SignupState, Unit


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity in a list: how many seats it has, how many are taken, how many people wait."""

    activity: Activity
    unit: str
    seats: int
    taken: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody on a board: their sign-up, and when they were seen to come, if they were."""

    person_id: int
    name: str
    state: SignupState
    is_guest: bool
    came_at: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    """An activity with its seats of each kind and everybody who is concerned; ``others`` came without a seat."""

    activity: Activity
    unit: str
    seats: Sequence[tuple[MemberKind | None, int]]
    held: Sequence[Place]
    waiting: Sequence[Place]
    others: Sequence[Place]

    @property
    def free(self) -> int:
        """How many seats nobody has."""
        return sum(count for _, count in self.seats) - len(self.held)

    def has(self, person_id: int) -> bool:
        """Tell whether somebody is on it."""
        return any(one.person_id == person_id for one in (*self.held, *self.waiting, *self.others))


def listing(visit: Visit, filters: dict[str, str]) -> Listing[ActivityRow]:
    """Return the activities somebody may hold; ``state`` and ``text`` narrow them down."""
    rows = select(Activity, col(Unit.name)).join(Unit, col(Unit.id) == col(Activity.unit_id))
    rows = rows.where(units.in_subtrees(visit.reach(Act.HOLD_ACTIVITIES)))
    state = filters.get("state", "")
    if state in set(OccasionState):
        rows = rows.where(col(Activity.state) == OccasionState(state))
    if text := filters.get("text", "").strip():
        rows = rows.where(col(Activity.title).contains(text, autoescape=True))
    return Listing(rows, {"starts": Order(col(Activity.starts_at), col(Activity.id), falls=True)}, _read)


def board(visit: Visit, activity_id: int) -> Board:
    """Return the board of an activity; raise :class:`DomainError` when it is not theirs to hold."""
    activity = volunteering.found_for(visit.db, activity_id, visit.person)
    quotas = select(SeatQuota).where(col(SeatQuota.activity_id) == activity_id).order_by(col(SeatQuota.id))
    came = dict(_came(visit.db, activity_id))
    signups = select(Signup, col(Person.name)).join(Person, col(Person.id) == col(Signup.person_id))
    signups = signups.where(col(Signup.activity_id) == activity_id, col(Signup.state).in_(STANDING))
    places = [
        Place(one.person_id, name, one.state, one.is_guest, came.pop(one.person_id, None))
        for one, name in visit.db.execute(signups.order_by(col(Signup.rank), col(Signup.id)))
    ]
    names = select(col(Person.id), col(Person.name)).where(col(Person.id).in_(came))
    others = [
        Place(person_id or 0, name, SignupState.CONFIRMED, is_guest=True, came_at=came[person_id or 0])
        for person_id, name in visit.db.execute(names.order_by(col(Person.id)))
    ]
    return Board(
        activity=activity,
        unit=visit.db.get_one(Unit, activity.unit_id).name,
        seats=[(one.kind, one.seats) for one in visit.db.execute(quotas).scalars()],
        held=[one for one in places if one.state in HELD],
        waiting=[one for one in places if one.state not in HELD],
        others=others,
    )


def _came(db: Session, activity_id: int) -> list[tuple[int, datetime]]:
    rows = select(col(CheckIn.person_id), col(CheckIn.in_at)).where(col(CheckIn.activity_id) == activity_id)
    return [(person_id, at) for person_id, at in db.execute(rows)]


def _read(db: Session, rows: Sequence[Line]) -> Sequence[ActivityRow]:
    ids = [row[0].id for row in rows]
    held, waiting = _counts(db, ids, held=True), _counts(db, ids, held=False)
    total = select(col(SeatQuota.activity_id), func.sum(col(SeatQuota.seats)))
    total = total.where(col(SeatQuota.activity_id).in_(ids)).group_by(col(SeatQuota.activity_id))
    seats: dict[int, int] = {row[0]: row[1] for row in db.execute(total)}
    return [
        ActivityRow(row[0], row[1], *(counts.get(row[0].id, 0) for counts in (seats, held, waiting))) for row in rows
    ]


def _counts(db: Session, ids: Sequence[int], *, held: bool) -> dict[int, int]:
    states = HELD if held else (SignupState.WAITLISTED,)
    rows = select(col(Signup.activity_id), func.count()).where(col(Signup.activity_id).in_(ids))
    rows = rows.where(col(Signup.state).in_(states)).group_by(col(Signup.activity_id))
    return {row[0]: row[1] for row in db.execute(rows)}
