"""Seats and the queue: whose seat it is, who is next, and what everybody hears."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.volunteers import seats, volunteering, waitlist
from bot.errors import DomainError
from db.models import Activity, MemberKind, OutboxKind, OutboxRow, Person, Role, SeatQuota, Signup, SignupState
from tests.domain.conftest import Tree
from tests.kit.activities import DAY, HOUR, SATURDAY, overbooked, published, somebody, states, work_off
from tests.kit.databases import HOUSE
from tests.kit.talk import MORNING


def told(db: Session, name: str) -> list[str]:
    """Return what somebody was told, oldest first, as templates."""
    rows = select(col(OutboxRow.content)).where(col(OutboxRow.chat) == name, col(OutboxRow.kind) == OutboxKind.NOTICE)
    return [content["template"] for content in db.execute(rows.order_by(col(OutboxRow.id))).scalars()]


def sign(db: Session, activity: Activity, person: Person, now: datetime = MORNING) -> seats.Place:
    return seats.sign_up(db, activity.id or 0, seats.Signing(person), now=now)


def signup_of(db: Session, activity: Activity, person: Person) -> Signup:
    found = seats.standing(db, activity.id or 0, person.id or 0)
    assert found is not None
    return found


def refusal(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.template


@pytest.fixture
def crowd(db: Session, tree: Tree) -> list[Person]:
    return [somebody(db, name, tree.branch) for name in ("甲", "乙", "丙", "丁", "戊")]


def test_a_seat_is_given_until_there_are_none_and_then_a_place_in_the_queue(
    db: Session, tree: Tree, crowd: list[Person]
) -> None:
    activity = published(db, tree.fancun, seats={None: 2})

    places = [sign(db, activity, one) for one in crowd]

    assert [one.position for one in places] == [0, 0, 1, 2, 3]
    assert [one.signup.state for one in places[:3]] == [SignupState.CONFIRMED] * 2 + [SignupState.WAITLISTED]


def test_signing_up_twice_changes_nothing(db: Session, tree: Tree, crowd: list[Person]) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:2]:
        sign(db, activity, one)

    again = [sign(db, activity, one) for one in crowd[:2]]

    assert [(one.position, one.is_new) for one in again] == [(0, False), (1, False)]


def test_each_kind_has_its_own_seats_and_the_rest_is_for_anybody(db: Session, tree: Tree) -> None:
    activity = published(db, tree.fancun, seats={MemberKind.PARTY_MEMBER: 1, None: 1})
    members = [somebody(db, name, tree.branch) for name in ("甲", "乙", "丙")]
    helper = somebody(db, "丁", tree.branch, MemberKind.VOLUNTEER)

    assert [sign(db, activity, one).position for one in (*members, helper)] == [0, 0, 1, 1]

    seats.cancel(db, signup_of(db, activity, members[1]).id or 0, now=MORNING)
    assert states(db, activity) == {"甲": "confirmed", "乙": "cancelled", "丙": "offered", "丁": "waitlisted"}
    seats.decline_offer(db, signup_of(db, activity, members[2]).id or 0, now=MORNING)
    assert states(db, activity)["丁"] == "offered"
    seats.cancel(db, signup_of(db, activity, members[0]).id or 0, now=MORNING)
    assert overbooked(db) == []


def test_whoever_has_no_kind_of_seat_is_told_so(db: Session, tree: Tree) -> None:
    activity = published(db, tree.fancun, seats={MemberKind.SOCIAL_WORKER: 1})

    with pytest.raises(DomainError) as error:
        sign(db, activity, somebody(db, "甲", tree.branch))

    assert refusal(error) == "volunteering/no_seats_for_you"


def test_a_seat_given_back_is_offered_to_whoever_waited_longest(db: Session, tree: Tree, crowd: list[Person]) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:3]:
        sign(db, activity, one)

    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=MORNING)

    assert states(db, activity) == {"甲": "cancelled", "乙": "offered", "丙": "waitlisted"}
    assert (told(db, "乙"), told(db, "丙")) == (["volunteering/seat_offered"], [])
    offered = signup_of(db, activity, crowd[1])
    assert offered.offer_until == MORNING + 4 * HOUR


def test_nobody_new_gets_a_seat_that_is_offered(db: Session, tree: Tree, crowd: list[Person]) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:2]:
        sign(db, activity, one)
    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=MORNING)

    assert sign(db, activity, crowd[2]).signup.state is SignupState.WAITLISTED
    assert sign(db, activity, crowd[0]).position == 2


def test_an_offer_goes_down_the_queue_until_somebody_wants_it(db: Session, tree: Tree, crowd: list[Person]) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd:
        sign(db, activity, one)
    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=MORNING)

    seats.decline_offer(db, signup_of(db, activity, crowd[1]).id or 0, now=MORNING)
    work_off(db, now=MORNING + 5 * HOUR)
    seats.confirm_offer(db, signup_of(db, activity, crowd[3]).id or 0, now=MORNING + 5 * HOUR)

    assert states(db, activity) == {
        "甲": "cancelled", "乙": "cancelled", "丙": "cancelled", "丁": "confirmed", "戊": "waitlisted"
    }  # fmt: skip
    assert told(db, "丙") == ["volunteering/seat_offered", "volunteering/no_longer_waiting"]
    assert signup_of(db, activity, crowd[2]).reason == waitlist.EXPIRED


def test_an_offer_that_is_over_cannot_be_taken(db: Session, tree: Tree, crowd: list[Person]) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:3]:
        sign(db, activity, one)
    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=MORNING)
    work_off(db, now=MORNING + 4 * HOUR)

    with pytest.raises(DomainError) as error:
        seats.confirm_offer(db, signup_of(db, activity, crowd[1]).id or 0, now=MORNING + 5 * HOUR)

    assert refusal(error) == "volunteering/offer_is_over"
    assert states(db, activity)["丙"] == "offered"


def test_an_offer_that_was_taken_outlives_its_deadline(db: Session, tree: Tree, crowd: list[Person]) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:2]:
        sign(db, activity, one)
    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=MORNING)
    signup_id = signup_of(db, activity, crowd[1]).id or 0
    assert seats.confirm_offer(db, signup_id, now=MORNING).is_new is True

    work_off(db, now=MORNING + DAY)

    assert seats.confirm_offer(db, signup_id, now=MORNING).is_new is False
    assert states(db, activity)["乙"] == "confirmed"


def test_a_seat_that_was_confirmed_and_given_back_is_offered_again(
    db: Session, tree: Tree, crowd: list[Person]
) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:3]:
        sign(db, activity, one)
    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=MORNING)
    seats.confirm_offer(db, signup_of(db, activity, crowd[1]).id or 0, now=MORNING)

    seats.cancel(db, signup_of(db, activity, crowd[1]).id or 0, now=MORNING)

    assert states(db, activity)["丙"] == "offered"


def test_more_seats_are_offered_at_once_and_fewer_than_are_taken_refused(
    db: Session, tree: Tree, crowd: list[Person]
) -> None:
    cadre = tree.person("cadre", Role.SECRETARY, tree.fancun)
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd:
        sign(db, activity, one)

    seats.set_seats(db, activity.id or 0, None, 3, by=cadre, now=MORNING)

    assert list(states(db, activity).values()) == ["confirmed", "offered", "offered", "waitlisted", "waitlisted"]
    for wrong, template in ((2, "seats_are_taken"), (0, "no_seats"), (10_000, "too_many_seats")):
        with pytest.raises(DomainError) as error:
            seats.set_seats(db, activity.id or 0, None, wrong, by=cadre, now=MORNING)
        assert refusal(error) == f"volunteering/{template}"
    assert db.execute(select(col(SeatQuota.seats))).scalar_one() == 3


def test_whoever_still_waits_an_hour_before_hears_that_it_was_not_to_be(
    db: Session, tree: Tree, crowd: list[Person]
) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:2]:
        sign(db, activity, one)

    work_off(db, now=SATURDAY - HOUR)

    assert told(db, "乙") == ["volunteering/no_longer_waiting"]
    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=SATURDAY - HOUR / 2)
    assert sign(db, activity, crowd[2], SATURDAY - HOUR / 3).position == 0


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-23 16:00", "2026-11-23 20:00"),
        ("2026-11-23 16:04", "2026-11-23 20:10"),
        ("2026-11-23 19:30", "2026-11-24 09:30"),
        ("2026-11-23 23:00", "2026-11-24 11:30"),
        ("2026-11-24 03:00", "2026-11-24 11:30"),
        ("2026-11-28 06:00", "2026-11-28 08:00"),
        ("2026-11-28 07:50", None),
        ("2026-11-28 08:30", None),
    ],
)
def test_an_offer_stands_for_four_waking_hours_and_ends_an_hour_before(
    db: Session, tree: Tree, now: str, until: str | None
) -> None:
    activity = published(db, tree.fancun)

    found = waitlist.deadline(db, activity, now=at(now))

    assert found == (at(until) if until else None)


def test_seats_of_what_begins_early_are_offered_until_the_evening_before(db: Session, tree: Tree) -> None:
    activity = published(db, tree.fancun, starts_at=at("2026-11-28 07:00"))

    assert waitlist.deadline(db, activity, now=at("2026-11-27 20:00")) == at("2026-11-27 21:29")
    assert waitlist.deadline(db, activity, now=at("2026-11-27 21:20")) is None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HOUSE.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("more", "now", "template"),
    [
        ({"signup_until": MORNING + HOUR}, MORNING + HOUR, "is_closed"),
        ({}, SATURDAY, "has_begun"),
        ({"seats": {None: 1}, "has_waitlist": False}, MORNING, "is_full"),
        ({"audience_kind": MemberKind.SOCIAL_WORKER}, MORNING, "not_for_you"),
    ],
)
def test_what_cannot_be_signed_up_for_says_why(
    db: Session, tree: Tree, crowd: list[Person], more: dict[str, object], now: datetime, template: str
) -> None:
    activity = published(db, tree.fancun, **more)
    if "has_waitlist" in more:
        sign(db, activity, crowd[1])

    with pytest.raises(DomainError) as error:
        sign(db, activity, crowd[0], now)

    assert refusal(error) == f"volunteering/{template}"


def test_an_activity_is_for_those_below_its_unit_and_for_whoever_has_its_code(db: Session, tree: Tree) -> None:
    activity = published(db, tree.shencun)
    outsider, stranger = somebody(db, "甲", tree.branch), somebody(db, "客")

    with pytest.raises(DomainError) as error:
        sign(db, activity, outsider)
    assert (refusal(error), error.value.values["unit"]) == ("volunteering/not_for_you", "深村")
    with pytest.raises(DomainError):
        sign(db, activity, stranger)

    guest = seats.Signing(stranger, is_guest=True, has_code=True)
    assert seats.sign_up(db, activity.id or 0, guest, now=MORNING).signup.is_guest is True


def test_whoever_says_that_they_will_come_is_noted_once(db: Session, tree: Tree, crowd: list[Person]) -> None:
    activity = published(db, tree.fancun, seats={None: 1})
    signup_id = sign(db, activity, crowd[0]).signup.id or 0
    waiting_id = sign(db, activity, crowd[1]).signup.id or 0

    assert [seats.assure(db, signup_id, now=MORNING).is_new for _ in range(2)] == [True, False]
    with pytest.raises(DomainError):
        seats.assure(db, waiting_id, now=MORNING)


def test_my_activities_are_those_to_come(db: Session, tree: Tree, crowd: list[Person]) -> None:
    soon, later = (published(db, tree.fancun, starts_at=SATURDAY + day * DAY) for day in (0, 1))
    for activity in (later, soon):
        sign(db, activity, crowd[0])

    assert [one.id for _, one in seats.mine(db, crowd[0].id or 0, now=MORNING)] == [soon.id, later.id]
    assert [one.id for _, one in seats.mine(db, crowd[0].id or 0, now=SATURDAY)] == [later.id]


def test_offers_are_hurried_when_the_activity_is_moved_nearer(db: Session, tree: Tree, crowd: list[Person]) -> None:
    cadre = tree.person("cadre", Role.SECRETARY, tree.fancun)
    activity = published(db, tree.fancun, seats={None: 1})
    for one in crowd[:2]:
        sign(db, activity, one)
    seats.cancel(db, signup_of(db, activity, crowd[0]).id or 0, now=MORNING)
    soon = MORNING + 3 * HOUR
    move = volunteering.Move(soon, soon + HOUR, activity.place, "下雨")

    volunteering.move(db, activity.id or 0, move, by=cadre, now=MORNING)
    work_off(db, now=MORNING + 2 * HOUR + timedelta(minutes=1))

    assert states(db, activity)["乙"] == "cancelled"
    assert told(db, "乙") == ["volunteering/seat_offered", "volunteering/moved", "volunteering/no_longer_waiting"]
