"""When a push may sound, and that one cause speaks once."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import notices
from bot.domain.messages import Choice
from bot.domain.notices import audible, working_days_later
from bot.domain.persons import people
from db.models import Address, OutboxKind, OutboxState, Person
from tests.kit.post import Post, target

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = (time(21, 30), time(7, 30))
NOON = (time(12, 0), time(14, 0))
NEVER = (time(0, 0), time(0, 0))
MONDAY = datetime(2026, 11, 23, tzinfo=SHANGHAI)


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 0) -> datetime:
    """A moment of that Monday, or so many days later, on the township's clocks."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second)


def is_quiet(moment: datetime, zone: ZoneInfo, quiet: tuple[time, time]) -> bool:
    """Tell, minute by minute of the day and in other words than the code, whether it is quiet."""
    begin, end = (clock.hour * 60 + clock.minute for clock in quiet)
    local = moment.astimezone(zone)
    return (local.hour * 60 + local.minute - begin) % 1440 < (end - begin) % 1440


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        (at(21, 29, 59), at(21, 29, 59)),
        (at(21, 30), at(7, 30, day=1)),
        (at(23, 59, 59), at(7, 30, day=1)),
        (at(0, 0, day=1), at(7, 30, day=1)),
        (at(7, 29, 59), at(7, 30)),
        (at(7, 30), at(7, 30)),
        (at(12), at(12)),
    ],
)
def test_nothing_sounds_at_night(asked: datetime, heard: datetime) -> None:
    assert audible(asked, SHANGHAI, NIGHT) == heard


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        (at(11, 59, 59), at(11, 59, 59)),
        (at(12), at(14)),
        (at(13, 59, 59), at(14)),
        (at(14), at(14)),
        (at(23), at(23)),
    ],
)
def test_quiet_hours_may_lie_within_a_day(asked: datetime, heard: datetime) -> None:
    assert audible(asked, SHANGHAI, NOON) == heard


def test_quiet_hours_are_those_of_the_township_wherever_the_server_is() -> None:
    asked = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)

    heard = audible(asked, SHANGHAI, NIGHT)

    assert (heard, heard.tzinfo) == (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), UTC)


@pytest.mark.parametrize("hour", range(24))
def test_without_quiet_hours_everything_sounds_at_once(hour: int) -> None:
    assert audible(at(hour), SHANGHAI, NEVER) == at(hour)


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds
    zone=st.sampled_from([SHANGHAI, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Asia/Urumqi")]),
    quiet=st.tuples(st.times(), st.times()).map(
        lambda pair: tuple(one.replace(second=0, microsecond=0) for one in pair)
    ),
)
def test_nothing_ever_sounds_in_quiet_hours_earlier_than_asked_or_a_day_late(
    moment: datetime, zone: ZoneInfo, quiet: tuple[time, time]
) -> None:
    heard = audible(moment, zone, quiet)

    assert not is_quiet(heard, zone, quiet)
    assert moment <= heard < moment + timedelta(days=1)
    assert (heard == moment) == (not is_quiet(moment, zone, quiet))


@pytest.mark.parametrize(
    ("asked", "days", "due"),
    [
        (at(10), 0, at(10)),
        (at(10), 2, at(10, day=2)),
        (at(10, day=3), 2, at(10, day=7)),
        (at(10, day=4), 1, at(10, day=7)),
        (at(10, day=4), 2, at(10, day=8)),
        (at(10, day=5), 1, at(10, day=7)),
        (at(10, day=6), 2, at(10, day=8)),
        (at(10), 5, at(10, day=7)),
        (at(10), 10, at(10, day=14)),
    ],
)
def test_working_days_leave_out_the_weekend(asked: datetime, days: int, due: datetime) -> None:
    assert working_days_later(asked, days, SHANGHAI) == due


def test_a_working_day_is_one_of_the_township() -> None:
    sunday_in_utc = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)

    assert working_days_later(sunday_in_utc, 1, SHANGHAI) == datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def tell(post: Post, to: int | Address, **more: object) -> bool:
    given = {"cause": "why", "now": post.now, **more}
    return post.database.run(lambda db: notices.tell(db, "cases/glad", to=to, **given))


def test_a_notice_goes_where_somebody_was_seen_last(post: Post) -> None:
    li = post.meet("old phone")
    post.clock.turn(timedelta(hours=1))
    post.database.run(lambda db: people.attach(db, db.get_one(Person, li), target("new phone"), now=post.now))
    post.clock.turn(timedelta(hours=1))
    post.meet("new phone")

    assert tell(post, li) is True
    assert [parcel.target.chat for parcel in post.lease()] == ["new phone"]


def test_a_notice_for_somebody_nobody_can_reach_is_refused(post: Post) -> None:
    li = post.meet("li")
    post.database.run(lambda db: people.lose_touch(db, target("li"), "Blocked"))

    assert tell(post, li) is False
    assert post.lease() == []


def test_a_notice_is_written_once_for_each_cause_and_address(post: Post) -> None:
    li, wang = post.meet("li"), post.meet("wang")
    for _ in range(2):
        assert (tell(post, li), tell(post, wang)) == (True, True)

    assert sorted(parcel.target.chat for parcel in post.lease()) == ["li", "wang"]


def test_a_notice_asked_for_at_night_waits_for_the_morning(post: Post) -> None:
    li = post.meet("li")
    post.clock.turn(timedelta(hours=14))

    tell(post, li)

    assert post.lease() == []
    post.clock.turn(timedelta(hours=8, minutes=30))
    assert len(post.lease()) == 1


def test_a_moment_in_the_past_is_now(post: Post) -> None:
    li = post.meet("li")

    tell(post, li, due_at=post.now - timedelta(days=1))

    [parcel] = post.lease()
    assert post.row(parcel.id).due_at == post.now


def test_choices_of_a_notice_are_numbered_and_its_kind_is_kept(post: Post) -> None:
    li = post.meet("li")

    tell(
        post,
        li,
        kind=OutboxKind.REMINDER,
        choices=(Choice(label="是"), Choice(label="都不是", key="0"), Choice(label="不")),
    )

    [parcel] = post.lease()
    assert [choice.key for choice in parcel.message.choices] == ["1", "0", "2"]
    assert (parcel.kind, parcel.message.template) == (OutboxKind.REMINDER, "cases/glad")
    assert post.state(parcel.id) is OutboxState.LEASED
