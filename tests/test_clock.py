"""The only reader of the time, the clock that does not jump, and the clock that tests and the demo turn."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SteadyClock, SystemClock, TurnableClock, new_token, seconds

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


class Machine:
    """A machine whose wall clock may be set while its seconds go on."""

    def __init__(self) -> None:
        self.wall = TurnableClock(start=START, running=False)
        self.elapsed = 1000.0
        self.clock = SteadyClock(wall=self.wall, elapsed=lambda: self.elapsed)


HOUR = timedelta(hours=1)


def test_a_steady_clock_begins_at_the_walls_and_goes_by_elapsed_seconds() -> None:
    machine = Machine()
    assert machine.clock.now() == START

    machine.elapsed += 90.25

    assert (machine.clock.now(), machine.clock.now().tzinfo) == (START + timedelta(seconds=90.25), UTC)


def test_a_steady_clock_does_not_jump_with_the_walls() -> None:
    machine = Machine()

    machine.wall.turn(5 * HOUR)
    machine.elapsed += 1

    assert machine.clock.now() == START + timedelta(seconds=1)


@pytest.mark.parametrize("jump", [5 * HOUR, -5 * HOUR, timedelta(seconds=3), timedelta(0)])
def test_a_steady_clock_goes_on_from_where_it_is_set_and_says_how_far_that_was(jump: timedelta) -> None:
    machine = Machine()
    machine.elapsed += 10

    assert machine.clock.set_to(START + timedelta(seconds=10) + jump) == jump

    machine.elapsed += 5
    assert machine.clock.now() == START + timedelta(seconds=15) + jump


def test_a_steady_clock_is_steady_until_it_jumps_and_again_after_a_while() -> None:
    machine = Machine()
    assert machine.clock.is_steady(HOUR)

    machine.clock.set_to(START + 2 * HOUR)
    assert not machine.clock.is_steady(timedelta(seconds=20))
    machine.elapsed += 19.9
    assert not machine.clock.is_steady(timedelta(seconds=20))
    machine.elapsed += 0.1

    assert (machine.clock.is_steady(timedelta(seconds=20)), machine.clock.is_steady(HOUR)) == (True, False)


def test_each_jump_makes_a_steady_clock_unsteady_anew() -> None:
    machine = Machine()
    machine.clock.set_to(START + HOUR)
    machine.elapsed += 60

    machine.clock.set_to(START)

    assert not machine.clock.is_steady(timedelta(seconds=20))


@pytest.mark.parametrize("drift", [timedelta(seconds=2), timedelta(seconds=-2), timedelta(milliseconds=3)])
def test_drift_and_delay_are_no_jump(drift: timedelta) -> None:
    machine = Machine()

    assert machine.clock.set_to(START + drift) == drift

    assert machine.clock.is_steady(HOUR)


def test_whoever_asks_a_steady_clock_while_it_is_set_is_told_one_time_or_the_other() -> None:
    """A database thread asks; the event loop sets the clock just then, to where it is, after an hour."""
    elapsed = [0.0]
    setting: list[SteadyClock] = []

    def seconds_gone() -> float:
        if setting:
            clock = setting.pop()
            clock.set_to(START + HOUR)
        return elapsed[0]

    clock = SteadyClock(wall=TurnableClock(start=START, running=False), elapsed=seconds_gone)
    elapsed[0] = HOUR.total_seconds()
    setting.append(clock)

    assert clock.now() == START + HOUR


def test_the_other_clocks_are_always_steady() -> None:
    clocks = (SystemClock(), TurnableClock(start=START))

    assert [clock.is_steady(HOUR) for clock in clocks] == [True, True]
