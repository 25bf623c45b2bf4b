"""Broadcasts as rules: who decides, what may follow what, pages, windows, nights, and sums that always add up."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.channels.base import Blocked
from bot.domain import units
from bot.domain.broadcasts import composing, deciding, running, states
from bot.domain.broadcasts.progress import Progress, listed
from bot.domain.persons import people
from bot.errors import DomainError
from bot.jobs.delivery import Delivery
from db.claims import table_of
from db.models import (
    Address,
    Broadcast,
    BroadcastState,
    OutboxRow,
    OutboxState,
    Person,
    Recipient,
    RecipientState,
    UnitKind,
)
from db.sql import Database
from tests.kit.audience import Crowded, alone
from tests.kit.channels import FakeChannel
from tests.kit.post import target

FEW = 5
MANY = 2300
"""More than two pages to gather on SQLite, and more than the outbox holds of one broadcast at once."""


@pytest.fixture
def few(database: Database) -> Crowded:
    return Crowded.found(database, FEW)


def sums(found: Progress) -> int:
    parts = (found.sent, found.kept, found.failures, found.uncertain, found.gathered, found.unreachable)
    return sum(parts) + found.cancelled + found.waiting


def test_every_state_can_be_reached_and_ends_lead_nowhere() -> None:
    reached = {BroadcastState.DRAFT} | {to for moves in states.MOVES.values() for to in moves}

    assert reached == set(BroadcastState)
    assert {one for one in BroadcastState if not states.MOVES[one]} == set(states.ENDS)


@pytest.mark.parametrize("state", BroadcastState)
def test_what_is_no_legal_move_is_refused(state: BroadcastState) -> None:
    broadcast = Broadcast(
        unit_id=1, author_id=1, text="", audience={}, audience_words="", state=state, created_at=datetime.now(UTC)
    )

    with pytest.raises(DomainError, match="broadcasts/not_now"):
        states.move(Session(), broadcast, BroadcastState.DRAFT, now=datetime.now(UTC))


def test_above_so_many_people_a_second_cadre_decides_and_never_the_author(few: Crowded) -> None:
    def write(db: Session) -> tuple[BroadcastState, list[int]]:
        alone(db, FEW - 1)
        author, now = few.by(db), few.clock.now()
        kept = composing.compose(db, few.draft(), by=author, now=now)
        deciding.submit(db, kept.id or 0, due_at=None, by=author, now=now)
        with pytest.raises(DomainError, match="broadcasts/not_your_own"):
            deciding.approve(db, kept.id or 0, by=author, now=now)
        return kept.state, list(deciding.approvers(db, kept))

    assert few.database.run(write) == (BroadcastState.AWAITING_APPROVAL, [few.deputy_id])


def test_what_was_changed_since_it_was_shown_is_not_approved(few: Crowded) -> None:
    def write(db: Session) -> None:
        author, deputy, now = few.by(db), db.get_one(Person, few.deputy_id), few.clock.now()
        kept = composing.compose(db, few.draft(is_urgent=True), by=author, now=now)
        shown = deciding.submit(db, kept.id or 0, due_at=None, by=author, now=now).run
        deciding.send_back(db, kept.id or 0, "改", by=deputy, now=now, version=shown)
        composing.change(db, kept.id or 0, few.draft(is_urgent=True, text="别的话"), by=author, now=now)
        deciding.submit(db, kept.id or 0, due_at=None, by=author, now=now)
        with pytest.raises(DomainError, match="broadcasts/not_now"):
            deciding.approve(db, kept.id or 0, by=deputy, now=now, version=shown)

    few.database.run(write)


@pytest.mark.parametrize(
    ("given", "template"),
    [
        ({"text": "  "}, "broadcasts/nothing_to_say"),
        ({"text": "水" * 1001}, "broadcasts/too_long"),
        ({"files": (1, 2, 3, 4, 5)}, "broadcasts/too_many_files"),
        ({"files": (99,)}, "broadcasts/no_such_file"),
        ({"link": "javascript:alert(1)"}, "study/no_link"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is_kept(
    few: Crowded, given: dict[str, object], template: str
) -> None:
    def write(db: Session) -> None:
        with pytest.raises(DomainError, match=template):
            composing.compose(db, few.draft(**given), by=few.by(db), now=few.clock.now())

    few.database.run(write)


def test_a_time_that_is_past_is_refused(few: Crowded) -> None:
    with pytest.raises(DomainError, match="broadcasts/in_the_past"):
        few.sends(due_at=few.clock.now() - timedelta(hours=1))


def test_a_link_goes_behind_the_words(few: Crowded) -> None:
    def shown(db: Session) -> str:
        draft = few.draft(link="https://example.cn/water")
        return composing.as_shown(db, draft, by=few.by(db), now=few.clock.now())[0].message.text

    assert few.database.run(shown) == "【番村】周五下午2点停水\nhttps://example.cn/water"


async def test_many_are_gathered_in_pages_and_heard_once_each(database: Database) -> None:
    many = Crowded.found(database, MANY)
    broadcast_id = many.sends()
    heard: list[str] = []
    for _ in range(30):
        await many.steps()
        assert sums(many.stands(broadcast_id)) == many.stands(broadcast_id).total
        heard += many.hear(700)
        if many.stands(broadcast_id).state is BroadcastState.FINISHED:
            break

    assert (len(heard), len(set(heard))) == (MANY, MANY)
    stands = many.stands(broadcast_id)
    assert (stands.state, stands.total, stands.sent) == (BroadcastState.FINISHED, MANY, MANY)


async def test_recalled_in_the_middle_of_many_the_sums_are_exact(database: Database) -> None:
    many = Crowded.found(database, MANY)
    broadcast_id = many.sends()
    await many.steps(6)
    heard = len(many.hear(700))

    recalled = many.database.run(lambda db: running.recall(db, broadcast_id, by=many.by(db), now=many.clock.now()))
    await many.steps(6)

    assert (recalled.sent, recalled.stopped, recalled.in_flight) == (heard, MANY - heard, 0)
    stands = many.stands(broadcast_id)
    assert (stands.state, stands.sent, stands.cancelled) == (BroadcastState.RECALLED, heard, MANY - heard)
    assert many.hear() == []


async def test_what_is_being_sent_when_it_is_held_is_counted_and_goes_no_second_time(few: Crowded) -> None:
    broadcast_id = few.sends()
    await few.steps()
    rows = table_of(OutboxRow)
    first = select(func.min(rows.c.id)).where(rows.c.kind == "broadcast").scalar_subquery()
    leased = {"state": OutboxState.LEASED, "lease_owner": "x", "leased_until": few.clock.now() + timedelta(seconds=20)}
    few.database.run(lambda db: db.execute(update(rows).where(rows.c.id == first).values(**leased)))
    few.database.run(lambda db: running.pause(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    await few.steps(2)

    uncertain = {"state": OutboxState.UNCERTAIN, "lease_owner": "", "leased_until": None, "ended_at": few.clock.now()}
    few.database.run(lambda db: db.execute(update(rows).where(rows.c.id == first).values(**uncertain)))
    await few.steps(2)
    few.database.run(lambda db: running.resume(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    heard = few.hear()
    await few.steps(2)

    stands = few.stands(broadcast_id)
    assert (len(heard), stands.state) == (FEW - 1, BroadcastState.FINISHED)
    assert (stands.sent, stands.uncertain, stands.missed) == (FEW - 1, 1, 1)


async def test_a_long_one_stops_for_the_night_and_goes_on_in_the_morning(few: Crowded) -> None:
    evening = datetime(2026, 11, 23, 13, 29, 50, tzinfo=UTC)
    few.clock.turn(evening - few.clock.now())
    broadcast_id = few.sends()
    await few.steps()
    heard = few.hear(2)
    await few.steps(wait=timedelta(seconds=15))

    assert (len(heard), few.hear()) == (2, [])
    few.clock.turn(datetime(2026, 11, 23, 23, 30, tzinfo=UTC) - few.clock.now())
    await few.steps()
    assert len(few.hear()) == FEW - 2
    await few.steps()
    assert few.stands(broadcast_id).state is BroadcastState.FINISHED


async def test_what_comes_back_unsent_while_it_is_held_waits_with_the_rest(few: Crowded) -> None:
    broadcast_id = few.sends()
    await few.steps()
    taken = few.takes(2)
    few.database.run(lambda db: running.pause(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    few.puts_back(taken)
    few.clock.turn(timedelta(seconds=5))

    assert few.hear() == []
    await few.steps(3)
    few.database.run(lambda db: running.resume(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    assert len(few.hear()) == FEW


async def test_at_the_first_quiet_moment_nothing_goes_though_nobody_looked(few: Crowded) -> None:
    few.clock.turn(datetime(2026, 11, 23, 13, 29, 50, tzinfo=UTC) - few.clock.now())
    broadcast_id = few.sends()
    await few.steps()
    taken = few.takes(1)
    few.clock.turn(datetime(2026, 11, 23, 13, 30, tzinfo=UTC) - few.clock.now())
    few.puts_back(taken)

    assert few.hear() == []
    await few.steps(2)
    assert few.hear() == []
    few.clock.turn(datetime(2026, 11, 23, 23, 30, tzinfo=UTC) - few.clock.now())
    await few.steps()
    assert len(few.hear()) == FEW
    await few.steps()
    assert few.stands(broadcast_id).state is BroadcastState.FINISHED


async def test_after_a_standstill_nothing_in_the_outbox_goes_before_its_author_was_asked(few: Crowded) -> None:
    broadcast_id = few.sends()
    await few.steps()
    few.clock.turn(timedelta(minutes=31))

    assert few.hear() == []
    await few.steps()
    assert (few.stands(broadcast_id).state, few.hear()) == (BroadcastState.PAUSED, [])
    few.database.run(lambda db: running.resume(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    assert len(few.hear()) == FEW


async def test_what_waits_long_for_its_turn_goes_while_somebody_gets_it_on(few: Crowded) -> None:
    few.sends()
    for _ in range(5):
        await few.steps(wait=timedelta(minutes=9))

    assert len(few.hear()) == FEW


async def test_one_that_stood_still_for_long_waits_for_its_author(few: Crowded) -> None:
    broadcast_id = few.sends()
    await few.steps()
    await few.steps(wait=timedelta(minutes=40))

    assert few.stands(broadcast_id).state is BroadcastState.PAUSED
    assert few.hear() == []
    few.database.run(lambda db: running.resume(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    assert len(few.hear()) == FEW


async def test_what_an_operator_sends_once_more_is_in_the_ledger_again(few: Crowded) -> None:
    broadcast_id = few.sends()
    await few.steps()
    doubtful = [one.id for one in few.takes(2)]
    few.ends(doubtful, OutboxState.UNCERTAIN)
    few.hear()
    await few.steps(2)
    before = few.stands(broadcast_id)

    assert few.requeues(*doubtful) == 2
    between = few.stands(broadcast_id)
    heard = few.hear()
    await few.steps(2)

    after = few.stands(broadcast_id)
    assert (before.state, before.sent, before.uncertain) == (BroadcastState.FINISHED, FEW - 2, 2)
    assert (between.uncertain, between.waiting) == (0, 2)
    assert (len(heard), after.sent, after.uncertain, after.waiting) == (2, FEW, 0, 0)


async def test_what_is_sent_once_more_waits_while_its_broadcast_is_held_and_never_goes_after_a_recall(
    few: Crowded,
) -> None:
    broadcast_id = few.sends()
    await few.steps()
    doubtful = [one.id for one in few.takes(2)]
    few.ends(doubtful, OutboxState.UNCERTAIN)
    few.database.run(lambda db: running.pause(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    await few.steps(2)

    assert (few.requeues(*doubtful), few.hear()) == (2, [])
    few.database.run(lambda db: running.recall(db, broadcast_id, by=few.by(db), now=few.clock.now()))
    await few.steps(2)
    assert (few.requeues(*doubtful), few.hear()) == (0, [])
    assert (few.stands(broadcast_id).cancelled, few.stands(broadcast_id).waiting) == (FEW, 0)


async def test_what_is_sent_once_more_at_night_goes_in_the_morning(few: Crowded) -> None:
    broadcast_id = few.sends()
    await few.steps()
    doubtful = [one.id for one in few.takes(1)]
    few.ends(doubtful, OutboxState.UNCERTAIN)
    few.hear()
    await few.steps(2)
    few.clock.turn(datetime(2026, 11, 23, 14, 0, tzinfo=UTC) - few.clock.now())
    few.requeues(*doubtful)
    await few.steps(2)

    assert few.hear() == []
    few.clock.turn(datetime(2026, 11, 23, 23, 30, tzinfo=UTC) - few.clock.now())
    await few.steps()
    assert len(few.hear()) == 1
    await few.steps(2)
    assert few.stands(broadcast_id).sent == FEW


async def test_urgent_ones_mind_no_weeks_limit(few: Crowded) -> None:
    for _ in range(6):
        few.sends(is_urgent=True)
        await few.steps(2)
        few.hear()
    await few.steps(2)

    assert (few.stands(6).sent, few.stands(6).gathered) == (FEW, 0)


async def test_who_lost_their_address_meanwhile_is_unreachable(few: Crowded) -> None:
    broadcast_id = few.sends()
    rows = table_of(Address)
    lost = update(rows).where(rows.c.external_id == "c3").values(unreachable="Blocked")
    few.database.run(lambda db: db.execute(lost))
    await few.steps()
    few.hear()
    await few.steps(2)

    reached = select(func.count()).where(col(Recipient.state) == RecipientState.SENT)
    assert few.database.run(lambda db: db.execute(reached).scalar_one()) == FEW - 1
    assert few.stands(broadcast_id).unreachable == 1


def test_listed_are_those_of_ones_own_units_the_newest_first(few: Crowded) -> None:
    ids = [few.sends(), few.sends()]

    found = few.database.run(lambda db: [one.id for one in listed(db, few.by(db))])
    nobody = few.database.run(lambda db: listed(db, Person(id=99, created_at=few.clock.now())))
    assert (found, list(nobody)) == (ids[::-1], [])


def test_an_old_one_of_mine_is_found_behind_many_that_are_not(few: Crowded) -> None:
    own = few.sends()

    def others(db: Session) -> None:
        far = units.add(db, "深村", UnitKind.VILLAGE)
        about = {"unit_id": few.unit_id, "author_id": few.author_id, "text": "", "audience_words": ""}
        for _ in range(60):  # to both villages, of which one is not mine
            db.add(Broadcast(audience={"units": [few.unit_id, far.id]}, created_at=few.clock.now(), **about))

    few.database.run(others)

    assert few.database.run(lambda db: [one.id for one in listed(db, few.by(db), limit=5)]) == [own]


async def test_who_has_blocked_one_address_hears_it_once_at_their_other_one(few: Crowded) -> None:
    def attach(db: Session) -> list[str]:
        chats = list(db.execute(select(Address.external_id).order_by(col(Address.id))).scalars())
        person = people.person_at(db, target(chats[-1])) or 0
        people.attach(db, db.get_one(Person, person), target("the other"), now=few.clock.now() - timedelta(days=1))
        return chats

    *_, here, gone = few.database.run(attach)
    channel = FakeChannel()
    for chat in (here, gone):
        channel.misbehave(chat, Blocked("bye"))
    delivery = Delivery(few.database, {"test": channel}, clock=few.clock, owner="tests")
    broadcast_id = few.sends()
    for _ in range(4):
        await few.steps()
        await delivery.sweep()

    stands = few.stands(broadcast_id)
    heard = [chat for chat, text in channel.arrived if text.startswith("【番村】")]
    assert (len(heard), heard.count("the other"), len(set(heard))) == (FEW - 1, 1, FEW - 1)
    assert (stands.state, stands.sent, stands.failed) == (BroadcastState.FINISHED, FEW - 1, {"blocked": 1})
