"""The secretary's call list, as a secretary uses it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.channels.base import Kept
from bot.conversation.turn import Traits
from bot.domain import calls
from bot.domain.studies import study
from bot.domain.volunteers import volunteering
from bot.errors import DomainError
from db.claims import table_of
from db.models import Attendance, AuditLine, FileState, OutboxRow, OutboxState, Person, Rsvp, StoredFile, StudySession
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit import invited

MOBILES = ("13822362236", "13822360001", "13822360002", "13822360003", "13822360004")


@pytest.fixture
def session_id(village: Village, secretary: Neighbour) -> int:  # noqa: ARG001  # who is told of it
    """A session that five people have not answered, of whom the secretary has just heard."""

    def prepare(db: Session) -> int:
        now, unit = village.world.clock.now(), unit_named(db, "番村")
        silent = [
            invited.member(db, f"陈{number}伯", unit, now=now, mobile=mobile)
            for number, mobile in zip("一二三四五", MOBILES, strict=True)
        ]
        session = invited.session(db, unit, now + timedelta(hours=2), now=now, invited=silent)
        calls.put(db, session, [one.id or 0 for one in silent], now=now)
        calls.tell_secretary(db, session, now=now)
        return session.id or 0

    return village.world.run(prepare)


def still_waiting(village: Village, session_id: int) -> list[str]:
    def names(db: Session) -> list[str]:
        return [one.name for one in calls.waiting(db, db.get_one(StudySession, session_id))]

    return village.world.run(names)


def test_the_list_shows_names_and_masked_numbers(secretary: Neighbour, session_id: int) -> None:
    del session_id
    notice = secretary.hears()[0]

    assert notice == "calls/list"
    assert notice.text.splitlines()[0].endswith("还有5位没回复。打过的请回号码，如“1 2”。")
    assert notice.labels == [
        "陈一伯 138****2236",
        "陈二伯 138****0001",
        "陈三伯 138****0002",
        "陈四伯 138****0003",
        "看电话号码",
    ]


@pytest.mark.parametrize("said", ["谁没回", "电话名单"])
def test_the_list_is_there_before_the_last_reminder_too(
    village: Village, secretary: Neighbour, session_id: int, said: str
) -> None:
    secretary.hears()
    heard = secretary.says(said)
    assert (heard, heard.labels[0]) == ("calls/list", "陈一伯 138****2236")

    answer = {"session_id": session_id, "rsvp": Rsvp.COMING}
    for name in ("陈一伯", "陈三伯"):
        village.world.run(lambda db, name=name: _answers(db, name, **answer))

    assert [one.split()[0] for one in secretary.says(said).labels] == ["陈二伯", "陈四伯", "陈五伯", "看电话号码"]


def test_where_nothing_is_to_come_or_everybody_answered_nobody_is_to_be_called(
    village: Village, secretary: Neighbour, session_id: int
) -> None:
    other = village.cadre("other", "深村")
    for name in ("陈一伯", "陈二伯", "陈三伯", "陈四伯", "陈五伯"):
        village.world.run(lambda db, name=name: _answers(db, name, session_id=session_id, rsvp=Rsvp.LEAVE))

    assert [one.says("谁没回") for one in (other, secretary)] == ["calls/no_session", "calls/nobody_silent"]


def _answers(db: Session, name: str, *, session_id: int, rsvp: Rsvp) -> None:
    person = select(col(Person.id)).where(col(Person.name) == name).scalar_subquery()
    theirs = (col(Attendance.session_id) == session_id, col(Attendance.person_id) == person)
    db.execute(update(table_of(Attendance)).where(*theirs).values(rsvp=rsvp))


def test_one_is_ticked_off_by_a_digit_and_several_by_their_numbers(
    village: Village, secretary: Neighbour, session_id: int
) -> None:
    secretary.hears()

    assert secretary.says("1") == "calls/called"
    assert still_waiting(village, session_id) == ["陈二伯", "陈三伯", "陈四伯", "陈五伯"]
    assert secretary.says("1 2、3") == "calls/called"
    assert still_waiting(village, session_id) == ["陈五伯"]
    assert secretary.says("1").text == "记下了：陈五伯。\n都打过了，辛苦您！"


def test_after_their_numbers_people_are_ticked_off_by_places_or_all_at_once(
    village: Village, secretary: Neighbour, session_id: int
) -> None:
    secretary.presses(secretary.hears()[0], "看电话号码")

    assert secretary.says("1 2") == "calls/called"
    assert still_waiting(village, session_id) == ["陈三伯", "陈四伯", "陈五伯"]
    secretary.says("看电话号码")
    assert secretary.says("都打过了").text == "记下了：陈三伯、陈四伯、陈五伯。\n都打过了，辛苦您！"


def test_numbers_that_are_not_on_the_list_change_nothing(
    village: Village, secretary: Neighbour, session_id: int
) -> None:
    secretary.hears()

    assert secretary.says("1 2 9") == "calls/which"
    assert len(still_waiting(village, session_id)) == 4


def test_numbers_are_shown_on_wish_and_that_is_written_down(
    village: Village, secretary: Neighbour, session_id: int
) -> None:
    del session_id
    notice = secretary.hears()[0]
    shown = secretary.presses(notice, "看电话号码")

    assert "陈一伯 13822362236" in shown.text.splitlines()
    assert shown.text.splitlines()[0].endswith("（打完还有1位）：")
    assert shown.labels == ["陈一伯", "陈二伯", "陈三伯", "陈四伯", "都打过了"]
    lines = select(AuditLine.act).where(col(AuditLine.act) == "calls.number")
    assert len(village.world.run(lambda db: db.execute(lines).all())) == 4


def test_a_stranger_with_the_same_button_sees_no_number(village: Village, session_id: int) -> None:
    stranger = village.person("stranger")

    def look(db: Session) -> None:
        calls.with_numbers(db, db.get_one(StudySession, session_id), stranger.record(db), now=village.world.clock.now())

    with pytest.raises(DomainError, match="access/not_yours"):
        village.world.run(look)


def test_where_personal_data_must_not_go_the_numbers_come_as_a_paper(
    village: Village, secretary: Neighbour, session_id: int
) -> None:
    village.world.traits["test"] = Traits(has_buttons=True, carries_personal_data=False)
    notice = secretary.hears()[0]

    shown = secretary.presses(notice, "看电话号码")

    assert not any(mobile in shown.text for mobile in MOBILES)
    assert [one.kind for one in shown.message.attachments] == ["document"]
    ordered = village.world.run(lambda db: db.get_one(StoredFile, shown.message.attachments[0].file_id))
    assert (ordered.remote_id, ordered.person_id) == (
        f"call_list:{session_id}@1",
        village.world.run(lambda db: secretary.record(db).id),
    )


def test_a_number_means_who_stood_there_when_the_list_was_shown(
    village: Village, secretary: Neighbour, session_id: int
) -> None:
    deputy = village.cadre("deputy", "番村")
    village.world.run(
        lambda db: calls.tell_secretary(db, db.get_one(StudySession, session_id), now=village.world.clock.now())
    )
    secretary.hears()
    deputy.hears()
    assert deputy.says("1") == "calls/called"

    secretary.says("2 3")

    assert still_waiting(village, session_id) == ["陈四伯", "陈五伯"]


def test_how_many_are_silent_leads_to_who_they_are(secretary: Neighbour, session_id: int) -> None:
    del session_id
    secretary.hears()
    sums = secretary.says("管学习", "1", "看人数")

    assert (sums, sums.labels) == ("attendance/sums", ["谁没回"])
    assert secretary.says("1") == "calls/list"


def news(village: Village, secretary: Neighbour, work: Callable[[Session, Person, dict[str, Any]], object]) -> None:
    """Let something become of a session and an activity of two people, one of whom cannot be pushed to, and be told."""

    def prepare(db: Session) -> None:
        now, unit = village.world.clock.now(), unit_named(db, "番村")
        chen, li = invited.member(db, "陈大文", unit, now=now, chat="chen"), invited.member(db, "李小梅", unit, now=now)
        invited.session(db, unit, now + timedelta(days=2), now=now, invited=[chen, li])
        invited.activity(db, unit, now + timedelta(days=2), now=now, confirmed=[chen, li])

    village.world.run(prepare)
    village.world.run(lambda db: work(db, secretary.record(db), {"now": village.world.clock.now()}))
    village.works()
    village.world.run(lambda db: db.execute(update(table_of(StoredFile)).values(state=FileState.LOST)))
    village.cannot_push(village.person("chen"), Kept("no right to write to them"))


def move_session(db: Session, by: Person, given: dict[str, Any]) -> None:
    [session] = db.execute(select(StudySession)).scalars()
    later = session.starts_at + timedelta(days=1)
    ends_at = later + timedelta(hours=1)
    study.move(db, session.id or 0, starts_at=later, ends_at=ends_at, place="村委", by=by, **given)


def cancel_session(db: Session, by: Person, given: dict[str, Any]) -> None:
    study.cancel(db, 1, "停电", by=by, **given)


def cancel_activity(db: Session, by: Person, given: dict[str, Any]) -> None:
    volunteering.cancel(db, 1, "下雨", by=by, **given)


@pytest.mark.parametrize(
    ("work", "about", "why"),
    [
        (move_session, "主题党日】11月26日 周四 9:00", "还不知道改期"),
        (cancel_session, "主题党日】11月25日 周三 9:00", "还不知道取消"),
        (cancel_activity, "清理村道】11月25日 周三 9:00", "还不知道取消"),
    ],
)
def test_who_has_not_heard_that_something_was_moved_or_called_off_is_to_be_called_until_they_come(
    village: Village, secretary: Neighbour, work: Callable[..., object], about: str, why: str
) -> None:
    news(village, secretary, work)
    secretary.hears()
    village.waits(timedelta(minutes=10))

    [told] = [one for one in secretary.hears() if one == "calls/list"]
    assert told.text == f"【{about}，还有2位没通知到。打过的请回号码，如“1 2”。"
    assert told.labels == [f"李小梅 {why}", f"陈大文 {why}", "看电话号码"]

    rows = table_of(OutboxRow)
    village.world.run(lambda db: db.execute(update(rows).where(rows.c.chat == "chen").values(state=OutboxState.SENT)))
    assert secretary.presses(told, "看电话号码").text.splitlines()[1:] == ["李小梅 （没有号码）"]
    assert secretary.says("1").text == "记下了：李小梅。\n都打过了，辛苦您！"
