"""The ladder: who has not answered is reminded at its time, nobody twice, nobody at night; in the end a call list."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, reminders, unasked, units
from bot.domain.duties import DUTIES
from bot.domain.ladder import Rung, ladder_of
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from bot.domain.unasked import Letter
from db.models import (
    CallItem,
    DigestItem,
    OccasionState,
    OutboxKind,
    OutboxRow,
    OutboxState,
    Person,
    Proxy,
    ProxyState,
    Role,
    Rsvp,
    StudySession,
    UnaskedCount,
    Unit,
    UnitKind,
)
from tests.kit import invited
from tests.kit.databases import ZONE
from tests.kit.talk import MORNING

DAY = timedelta(days=1)
THURSDAY_EVENING = datetime(2026, 12, 10, 19, 30, tzinfo=ZONE)
"""Seventeen days after the tests' first morning."""


@dataclass
class Branch:
    """A branch with a secretary and some members who can be reached, and what they were told."""

    db: Session
    unit: Unit
    now: datetime = MORNING
    secretary: Person = field(default_factory=lambda: Person(created_at=MORNING))

    def member(self, name: str, *, chat: str = "", mobile: str = "") -> Person:
        return invited.member(self.db, name, self.unit, now=self.now, chat=chat or name, mobile=mobile)

    def session(self, *meant: Person, at: datetime = THURSDAY_EVENING) -> StudySession:
        return invited.session(self.db, self.unit, at, now=self.now, invited=list(meant))

    def wait_until(self, moment: datetime) -> None:
        """Do all that falls due until then, at its time."""
        while (item := agenda.take(self.db, now=moment)) is not None:
            self.now = max(self.now, item.due_at)
            DUTIES[item.kind](self.db, item, self.now)
            agenda.done(self.db, item, now=self.now)
        self.now = moment

    def told(self, person: Person) -> list[tuple[str, str]]:
        """What somebody was told: when (in the house's zone) and by which message."""
        address = people.best_address(self.db, person.id or 0)
        rows = select(OutboxRow).where(col(OutboxRow.chat) == (address.external_id if address else ""))
        found = self.db.execute(rows.order_by(col(OutboxRow.due_at), col(OutboxRow.id))).scalars()
        return [
            (row.due_at.astimezone(ZONE).strftime("%m-%d %H:%M"), row.content["template"])
            for row in found
            if row.content
        ]


@pytest.fixture
def party(db: Session) -> Branch:
    town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
    made = Branch(db, units.add(db, "番村潘一支部", UnitKind.BRANCH, town))
    made.secretary = people.known_at(db, Target("test", "bot", "secretary"), now=MORNING)[0]
    access.grant(db, made.secretary, Role.SECRETARY, made.unit)
    return made


def test_the_silent_are_reminded_on_each_rung_and_then_called(party: Branch) -> None:
    chen = party.member("陈伯", mobile="13822362236")
    session = party.session(chen)
    party.wait_until(THURSDAY_EVENING)

    assert party.told(chen) == [
        ("12-07 19:30", "reminders/session"),
        ("12-09 19:30", "reminders/session"),
        ("12-10 17:30", "reminders/session"),
    ]
    assert party.told(party.secretary) == [("12-10 18:00", "calls/list")]
    assert [item.person_id for item in party.db.execute(select(CallItem)).scalars()] == [chen.id]
    assert session.sequence == 0


def test_each_rung_says_how_near_it_is(party: Branch) -> None:
    chen = party.member("陈伯")
    party.session(chen)
    invited.activity(party.db, party.unit, THURSDAY_EVENING, now=party.now, confirmed=[chen])
    party.wait_until(THURSDAY_EVENING)

    rows = party.db.execute(select(OutboxRow).where(col(OutboxRow.chat) == "陈伯").order_by(col(OutboxRow.due_at)))
    assert [((row.content or {})["text"].split("\n")[3:] or [""])[0].split("，")[0] for row in rows.scalars()] == [
        "",
        "就在明天",
        "就在明天",
        "还有两小时就开始了。",
        "还有两小时就开始",
    ]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (30, {"days": 0, "hours": 1}),
        (119, {"days": 0, "hours": 2}),
        (240, {"days": 0, "hours": 4}),
        (241, {"days": 0, "hours": 0}),
        (16 * 60, {"days": 1, "hours": 0}),
        (72 * 60, {"days": 3, "hours": 0}),
    ],
)
def test_how_near_something_is_is_counted_in_days_of_the_house_and_hours(
    minutes: int, expected: dict[str, int]
) -> None:
    assert reminders.nearness(MORNING + timedelta(minutes=minutes), MORNING, ZONE) == expected


def test_who_answers_is_left_in_peace(party: Branch) -> None:
    chen, li = party.member("陈伯"), party.member("李明")
    session = party.session(chen, li)
    party.wait_until(THURSDAY_EVENING - 2 * DAY)
    invited.attendance_of(party.db, session, chen).rsvp = Rsvp.COMING
    invited.attendance_of(party.db, session, li).rsvp = Rsvp.LEAVE
    party.db.flush()
    party.wait_until(THURSDAY_EVENING)

    assert (len(party.told(chen)), len(party.told(li)), party.told(party.secretary)) == (1, 1, [])


def test_a_session_that_moves_takes_its_ladder_along(party: Branch) -> None:
    chen = party.member("陈伯")
    session = party.session(chen)
    party.wait_until(THURSDAY_EVENING - 2 * DAY)
    session.starts_at += 7 * DAY
    session.ends_at += 7 * DAY
    session.sequence += 1
    party.db.flush()
    reminders.plan(party.db, session, now=party.now)
    party.wait_until(session.starts_at)

    assert [when for when, _ in party.told(chen)] == ["12-07 19:30", "12-14 19:30", "12-16 19:30", "12-17 17:30"]


def test_a_cancelled_session_reminds_nobody(party: Branch) -> None:
    chen = party.member("陈伯")
    session = party.session(chen)
    session.state = OccasionState.CANCELLED
    party.db.flush()
    reminders.withdraw(party.db, session, now=party.now)
    party.wait_until(THURSDAY_EVENING)

    assert agenda.next_due(party.db) is None
    assert (party.told(chen), party.told(party.secretary)) == ([], [])


def test_who_is_invited_late_hears_of_it_at_once(party: Branch) -> None:
    party.now = THURSDAY_EVENING - timedelta(hours=30)
    chen = party.member("陈伯")
    party.session(chen)
    party.wait_until(THURSDAY_EVENING)

    assert [when for when, _ in party.told(chen)] == ["12-09 13:30", "12-09 19:30", "12-10 17:30"]


@pytest.mark.parametrize(
    ("starts", "told"),
    [
        (
            "2026-12-10 09:00",
            ["12-07 09:00", "12-09 09:00", "12-10 07:30"],
        ),  # two hours before is 7:00: after the night
        ("2026-12-10 07:45", ["12-07 07:45", "12-09 07:45", "12-09 21:29"]),  # 7:30 would be too late: before the night
        ("2026-12-10 23:00", ["12-08 07:30", "12-10 07:30", "12-10 21:00"]),
    ],
)
def test_nobody_is_reminded_at_night(party: Branch, starts: str, told: list[str]) -> None:
    chen = party.member("陈伯")
    party.session(chen, at=datetime.fromisoformat(starts).replace(tzinfo=ZONE))
    party.wait_until(datetime.fromisoformat(starts).replace(tzinfo=ZONE))

    assert [when for when, _ in party.told(chen)] == told


def test_a_proxy_is_reminded_as_well_with_the_name_of_the_elder(party: Branch) -> None:
    chen = party.member("陈伯")
    daughter, _ = people.known_at(party.db, Target("test", "bot", "陈小红"), now=MORNING)
    party.db.add(Proxy(principal_id=chen.id or 0, agent_id=daughter.id or 0, state=ProxyState.ACTIVE, asked_at=MORNING))
    session = party.session(chen)
    party.wait_until(THURSDAY_EVENING - 2 * DAY)

    told = party.db.execute(select(OutboxRow).where(col(OutboxRow.chat) == "陈小红")).scalar_one()
    assert told.content is not None
    assert told.content["text"].splitlines()[0] == "【主题党日】（陈伯）"
    assert told.content["choices"][0]["fill"] == {"session_id": session.id, "person_id": chen.id, "sequence": 0}
    assert len(party.told(chen)) == 1


def test_who_has_a_seat_is_reminded_the_evening_before_and_not_again_once_they_say_they_come(party: Branch) -> None:
    chen, li = party.member("陈伯"), party.member("李明")
    made = invited.activity(party.db, party.unit, THURSDAY_EVENING, now=party.now, confirmed=[chen, li])
    party.wait_until(THURSDAY_EVENING - timedelta(hours=5))
    mine = party.db.execute(select(invited.Signup).where(col(invited.Signup.person_id) == chen.id)).scalar_one()
    mine.assured_at = party.now
    party.db.flush()
    party.wait_until(THURSDAY_EVENING)

    assert party.told(chen) == [("12-09 18:00", "reminders/activity")]
    assert [when for when, _ in party.told(li)] == ["12-09 18:00", "12-10 17:30"]
    assert made.state is OccasionState.PUBLISHED


def test_a_reminder_is_of_no_more_use_once_it_has_begun(party: Branch) -> None:
    party.session(party.member("陈伯"))
    party.wait_until(THURSDAY_EVENING)

    kept = party.db.execute(select(OutboxRow).where(col(OutboxRow.kind) == OutboxKind.REMINDER)).scalars()
    assert {row.expires_at for row in kept} == {THURSDAY_EVENING}


def test_more_people_than_a_page_are_all_reminded_once(party: Branch) -> None:
    crowd = [party.member(f"党员{number}") for number in range(450)]
    party.session(*crowd)
    party.wait_until(THURSDAY_EVENING - 2 * DAY)

    chats = select(OutboxRow.chat)
    assert sorted(party.db.execute(chats).scalars()) == sorted(f"党员{number}" for number in range(450))


@pytest.mark.parametrize("text", ["3d,1d,2h", "eve,2h", "45m", ""])
def test_a_ladder_is_read_as_settings_have_it(text: str) -> None:
    assert [rung.name for rung in ladder_of(text)] == [one for one in text.split(",") if one]


@pytest.mark.parametrize("text", ["3", "d", "three days", "3w", "-1d"])
def test_what_is_no_ladder_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rung"):
        ladder_of(text)


def test_a_day_before_is_the_same_hour_also_when_the_clocks_were_changed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    sunday = datetime(2027, 3, 28, 19, 30, tzinfo=berlin)

    assert Rung("1d", DAY).moment(sunday, berlin) == datetime(2027, 3, 27, 19, 30, tzinfo=berlin)


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["cancelled", "moved"])
def test_what_was_held_back_or_waits_is_not_told_of_a_time_that_no_longer_holds(
    party: Branch,
    *,
    is_cancelled: bool,
) -> None:
    held, waiting = party.member("chen"), party.member("huang")
    made, other = party.session(held, waiting), party.session(held, waiting, at=THURSDAY_EVENING + DAY)
    values = {"title": "主题党日", "starts_at": made.starts_at, "place": "村委", "principal": "", "days": 7, "hours": 0}
    for one in (made, other):
        cause = f"{reminders.cause_of(one)}:0:first"
        for person, count in ((held, 99), (waiting, 0)):
            letter = Letter(person.id or 0, person.id or 0, "reminders/session", values)
            party.db.merge(UnaskedCount(person_id=person.id or 0, week=MORNING.date(), count=count))
            party.db.flush()
            unasked.tell(party.db, [letter], cause=cause, kind=OutboxKind.REMINDER, now=MORNING, until=made.starts_at)

    if is_cancelled:
        reminders.withdraw(party.db, made, now=MORNING)
    else:
        made.starts_at += DAY
        made.sequence += 1
        reminders.plan(party.db, made, now=MORNING)

    kept = select(DigestItem.cause).where(col(DigestItem.told_at).is_(None))
    assert [cause.split(":")[2] for cause in party.db.execute(kept).scalars()] == [str(other.id)]
    pending = select(OutboxRow.cause).where(col(OutboxRow.state) == OutboxState.PENDING)
    assert [cause.split(":")[2] for cause in party.db.execute(pending).scalars()] == [str(other.id)]
