"""The only reader of the time, and the clock that tests and the demo turn."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SystemClock, TurnableClock, new_token, seconds

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_the_systems_clock_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()

    assert (before <= told <= datetime.now(UTC), told.tzinfo) == (True, UTC)


def test_a_stopped_clock_stands_still_until_it_is_turned() -> None:
    clock = TurnableClock(start=START, running=False)
    assert (clock.now(), clock.now()) == (START, START)

    clock.turn(timedelta(hours=3))

    assert clock.now() == START + timedelta(hours=3)


def test_a_running_clock_goes_on_from_where_it_was_set() -> None:
    clock = TurnableClock(start=START)
    first, second = clock.now(), clock.now()
    clock.turn(timedelta(days=1))

    assert START <= first <= second < START + timedelta(minutes=1)
    assert START + timedelta(days=1) <= clock.now() < START + timedelta(days=1, minutes=1)


def test_without_a_start_a_clock_begins_now() -> None:
    before = datetime.now(UTC)
    told = TurnableClock(running=False).now()

    assert before <= told <= datetime.now(UTC)


def test_a_clock_is_never_turned_back() -> None:
    clock = TurnableClock(start=START, running=False)

    with pytest.raises(ValueError, match="only turned forward"):
        clock.turn(timedelta(seconds=-1))
    assert clock.now() == START


def test_a_start_in_another_zone_is_told_in_utc() -> None:
    clock = TurnableClock(start=datetime.fromisoformat("2026-11-23T09:00:00+08:00"), running=False)

    assert (clock.now(), clock.now().tzinfo) == (START, UTC)


def test_seconds_only_grow() -> None:
    first = seconds()

    assert seconds() >= first


@pytest.mark.parametrize(("size", "length"), [(18, 24), (6, 8), (32, 43)])
def test_a_token_is_as_long_as_its_bytes_and_never_the_same(size: int, length: int) -> None:
    tokens = {new_token(size) for _ in range(100)}

    assert (len(tokens), {len(token) for token in tokens}) == (100, {length})
    assert [token for token in tokens if not token.replace("-", "").replace("_", "").isalnum()] == []
