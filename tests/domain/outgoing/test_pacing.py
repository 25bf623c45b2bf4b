"""Slots of an account: each given out once, whoever asks; a chat's pace; who pushes; what a clock put back undoes."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.domain.outgoing import pacing
from bot.domain.outgoing.outbox import LEASE
from bot.domain.outgoing.pacing import Allowance, Granted, Lane, Limits, Pace, Wanted
from db.sql import Database
from tests.kit import databases
from tests.kit.talk import MORNING

TICK = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
INTERVAL, PAID_INTERVAL = 40 * TICK, 10 * TICK
CHAT = Pace(SECOND, burst=3)
LIMITS = Limits(INTERVAL, of_chat=lambda _chat: CHAT, paid_interval=PAID_INTERVAL)
UNHURRIED = Limits(INTERVAL, of_chat=lambda _chat: Pace(TICK))
MANY_EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
_accounts = itertools.count(1)


@dataclass
class Account:
    """One account as two processes see it, and a moment that is only ever later."""

    processes: Sequence[Database]
    limits: Limits = LIMITS
    now: datetime = MORNING

    def __post_init__(self) -> None:
        self.lane = Lane("test", f"bot {next(_accounts)}", self.limits)

    def ask(
        self, *wanted: Wanted | str, ahead: timedelta = SECOND, is_paid: bool = False, process: int = 0
    ) -> list[Granted]:
        asked = [Wanted(one) if isinstance(one, str) else one for one in wanted]

        def take(db: Session) -> list[Granted]:
            until = self.now + ahead
            allowed = pacing.allowance(db, self.lane, self.limits, now=self.now, until=until, is_paid=is_paid)
            return pacing.grant(db, allowed, self.limits, asked, now=self.now)

        return self.processes[process].run(take)

    def slots(self, *wanted: Wanted | str, ahead: timedelta = SECOND, is_paid: bool = False) -> list[timedelta | None]:
        """When each may go, counted from now."""
        return [one.slot and one.slot - self.now for one in self.ask(*wanted, ahead=ahead, is_paid=is_paid)]

    def pause(self, wait: timedelta) -> None:
        self.processes[0].run(lambda db: pacing.pause(db, self.lane, until=self.now + wait))

    def hold(self, owner: str, *, trusts_clock: bool = True) -> bool:
        return self.processes[0].run(
            lambda db: pacing.hold(db, self.lane, owner=owner, now=self.now, trusts_clock=trusts_clock)
        )

    def let_go(self, owner: str) -> None:
        self.processes[0].run(lambda db: pacing.let_go(db, owner))


@pytest.fixture
def processes(database: Database, database_url: str) -> Iterator[list[Database]]:
    other = databases.opened(database_url)
    yield [database, other]
    other.close()


@pytest.fixture
def account(processes: list[Database]) -> Account:
    return Account(processes)


@dataclass(frozen=True)
class Sent:
    """A slot that was given, and how many messages go then."""

    chat: str
    at: datetime
    parts: int
    is_paid: bool


wanted = st.builds(Wanted, st.sampled_from(["li", "wang", "chen", "-100"]), st.integers(1, 5))
asking = st.tuples(
    st.just("ask"),
    st.lists(wanted, min_size=1, max_size=8),
    st.integers(0, 1),
    st.booleans(),
    st.sampled_from([250 * TICK, 5 * SECOND]),
)
passing = st.tuples(st.just("pass"), st.integers(0, 3000))
pausing = st.tuples(st.just("pause"), st.integers(0, 2000))


def played(account: Account, steps: Sequence[tuple]) -> list[Sent]:
    """Let two processes ask, time pass and the platform ask for patience; check each slot as it is given."""
    sent: list[Sent] = []
    paused_until = account.now
    for what, *how in steps:
        if what == "pass":
            account.now += how[0] * TICK
        elif what == "pause":
            account.pause(how[0] * TICK)
            paused_until = max(paused_until, account.now + how[0] * TICK)
        else:
            asked, process, is_paid, ahead = how
            for one, granted in zip(
                asked, account.ask(*asked, process=process, is_paid=is_paid, ahead=ahead), strict=True
            ):
                if granted.slot:
                    assert max(account.now, paused_until) <= granted.slot < account.now + ahead
                    sent.append(Sent(one.chat, granted.slot, one.parts, is_paid))
                else:
                    assert granted.not_before > account.now
    return sent


@pytest.mark.integration
@MANY_EXAMPLES
@given(st.lists(st.one_of(asking, asking, passing, pausing), max_size=12))
def test_slots_are_an_interval_apart_for_each_message_whoever_takes_them(
    processes: list[Database], steps: list[tuple]
) -> None:
    sent = played(Account(processes), steps)

    for is_paid, interval in ((False, INTERVAL), (True, PAID_INTERVAL)):
        lane = sorted((one for one in sent if one.is_paid is is_paid), key=lambda one: one.at)
        too_close = [
            (sooner, later)
            for sooner, later in itertools.pairwise(lane)
            if later.at - sooner.at < sooner.parts * interval
        ]
        assert too_close == []


@pytest.mark.integration
@MANY_EXAMPLES
@given(st.lists(st.one_of(asking, asking, passing), max_size=12))
def test_a_chat_gets_no_more_than_its_burst_and_its_pace(processes: list[Database], steps: list[tuple]) -> None:
    sent = sorted(played(Account(processes), steps), key=lambda one: one.at)

    for chat in {one.chat for one in sent}:
        there = [one for one in sent if one.chat == chat]
        for first, last in itertools.combinations(range(len(there)), 2):
            messages = sum(one.parts for one in there[first : last + 1])
            assert messages <= CHAT.burst + (there[last].at - there[first].at) / CHAT.interval


@given(st.integers(-3000, 3000), st.integers(1, 400), st.integers(0, 5000))
def test_there_are_as_many_slots_as_fit(free_in: int, interval: int, ahead: int) -> None:
    free_at, until = MORNING + free_in * TICK, MORNING + ahead * TICK
    allowed = Allowance(Lane("test", "bot"), free_at, until, interval * TICK)

    assert allowed.slots == len(range(free_in, ahead, interval))


def test_processes_that_ask_at_the_same_moment_never_get_the_same_slot(processes: list[Database]) -> None:
    account = Account(processes, UNHURRIED)
    with ThreadPoolExecutor(6) as threads:
        given_out = list(threads.map(lambda n: account.ask(f"{n}", f"{n}+", process=n % 2, ahead=HOUR), range(24)))

    slots = sorted(one.slot for granted in given_out for one in granted if one.slot)
    assert slots == [MORNING + n * INTERVAL for n in range(48)]


def test_a_slot_nobody_took_is_gone(account: Account) -> None:
    account.ask("li")
    account.now += 10 * SECOND

    assert account.slots("wang", "chen") == [0 * TICK, INTERVAL]


def test_a_message_of_several_parts_takes_as_many_slots(account: Account) -> None:
    assert account.slots(Wanted("li", 3), "wang") == [0 * TICK, 3 * INTERVAL]


def test_a_chat_that_has_to_wait_holds_up_nobody_else(account: Account) -> None:
    assert account.slots(*["li"] * 5, "wang", "chen") == [
        0 * TICK,
        INTERVAL,
        2 * INTERVAL,
        None,
        None,
        *[3 * INTERVAL, 4 * INTERVAL],
    ]


def test_a_chat_that_has_to_wait_is_told_until_when(account: Account) -> None:
    *_, refused = account.ask(*["li"] * 4)

    assert refused == Granted(None, MORNING + SECOND)
    account.now += SECOND
    assert account.slots("li", "li") == [0 * TICK, None]


def test_after_a_refusal_nothing_else_goes_to_the_same_chat(account: Account) -> None:
    account.ask(*["li"] * 3)
    account.now += SECOND - INTERVAL

    assert account.slots("li", "wang", "li") == [None, 0 * TICK, None]


def test_what_does_not_fit_any_more_is_told_when_the_account_is_free(account: Account) -> None:
    granted = account.ask("li", "wang", "chen", ahead=2 * INTERVAL)

    assert granted[2] == Granted(None, MORNING + 2 * INTERVAL)


def test_more_parts_than_a_burst_wait_until_the_chat_has_been_quiet(account: Account) -> None:
    quiet_at_first = account.slots(Wanted("li", 5))
    account.now += 6 * SECOND
    too_early = account.slots(Wanted("li", 5))
    account.now += SECOND

    assert (quiet_at_first, too_early, account.slots(Wanted("li", 5))) == ([0 * TICK], [None], [0 * TICK])


def test_a_pause_stops_every_lane_of_the_account_and_no_other_account(account: Account) -> None:
    other = Account(account.processes)
    account.pause(3 * SECOND)

    assert account.slots("li", ahead=3 * SECOND) == [None]
    assert account.slots("li", ahead=3 * SECOND, is_paid=True) == [None]
    assert other.slots("li") == [0 * TICK]
    assert account.slots("li", "wang", ahead=5 * SECOND) == [3 * SECOND, 3 * SECOND + INTERVAL]


def test_a_shorter_pause_does_not_end_a_longer_one(account: Account) -> None:
    for wait in (3, 1):
        account.pause(wait * SECOND)

    assert account.slots("li", ahead=5 * SECOND) == [3 * SECOND]


def test_broadcasts_that_are_paid_for_have_slots_of_their_own(account: Account) -> None:
    account.ask(*"abcdefg")

    assert account.slots("li", "wang", is_paid=True) == [0 * TICK, PAID_INTERVAL]
    assert account.slots("chen") == [7 * INTERVAL]


@pytest.mark.parametrize("spoil", [lambda one: one.ask(*"abc"), lambda one: one.ask(*["li"] * 3)])
def test_slots_taken_before_the_clock_was_put_back_are_not_believed(
    account: Account, spoil: Callable[[Account], object]
) -> None:
    spoil(account)
    account.now -= HOUR

    assert account.slots("li") == [0 * TICK]


def test_slots_taken_a_few_seconds_ahead_are_believed(account: Account) -> None:
    account.limits = UNHURRIED
    account.ask(*(f"{n}" for n in range(50)), ahead=5 * SECOND)
    account.now -= SECOND

    assert account.slots("li", ahead=5 * SECOND) == [SECOND + 50 * INTERVAL]


def test_paces_that_have_run_out_are_forgotten_and_no_others(account: Account) -> None:
    account.ask(*["li"] * 3, "wang")
    account.now += 2 * SECOND
    account.processes[0].run(lambda db: pacing.forget_idle_chats(db, now=account.now))

    assert account.slots(*["wang"] * 3, *["li"] * 3).count(None) == 1


def test_one_process_pushes_and_the_other_does_not(account: Account) -> None:
    assert [account.hold(owner) for owner in ("here", "there", "here")] == [True, False, True]


def test_whoever_pushes_stays_the_one_as_long_as_it_works(account: Account) -> None:
    for _ in range(10):
        assert (account.hold("here"), account.hold("there")) == (True, False)
        account.now += 0.75 * LEASE


def test_whoever_stopped_working_is_followed_when_its_lease_runs_out(account: Account) -> None:
    account.hold("here")
    account.now += LEASE - TICK
    too_early = account.hold("there")
    account.now += TICK

    assert (too_early, account.hold("there"), account.hold("here")) == (False, True, False)


def test_whoever_lets_go_is_followed_at_once(account: Account) -> None:
    account.hold("here")
    account.let_go("there")
    not_theirs_to_give = account.hold("there")
    account.let_go("here")

    assert (not_theirs_to_give, account.hold("there"), account.hold("here")) == (False, True, False)


def test_of_many_who_want_to_push_at_once_one_does(account: Account) -> None:
    with ThreadPoolExecutor(6) as threads:
        held = list(threads.map(lambda n: account.hold(f"worker {n}"), range(12)))

    assert sorted(held) == [False] * 11 + [True]


def test_who_pushed_by_a_clock_that_was_put_back_since_is_not_believed(account: Account) -> None:
    account.hold("here")
    account.now -= HOUR

    assert (account.hold("there"), account.hold("here")) == (True, False)


@pytest.mark.parametrize("owner", ["here", "there"])
def test_a_pause_that_was_written_by_a_clock_put_back_since_lasts_as_long_as_it_should(
    account: Account, owner: str
) -> None:
    account.hold("here")
    account.pause(30 * SECOND)
    account.now -= 3 * HOUR
    account.hold(owner)

    assert account.slots("li", ahead=HOUR) == [30 * SECOND]


def test_whoever_does_not_trust_its_clock_takes_over_from_nobody(account: Account) -> None:
    account.hold("here")
    account.now += HOUR
    taken_over = account.hold("there", trusts_clock=False)
    still_mine = account.hold("here", trusts_clock=False)
    account.let_go("here")

    assert (taken_over, still_mine, account.hold("there", trusts_clock=False)) == (False, True, True)
