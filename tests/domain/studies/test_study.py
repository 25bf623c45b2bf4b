"""Sessions, series, courses, home classes and what there is to read: the rules behind what is said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, files
from bot.domain.house import house_of
from bot.domain.studies import attendance, courses, home_classes, materials, study, study_series
from bot.domain.studies.study import Design
from bot.errors import DomainError
from db.models import (
    Attendance,
    FileKind,
    MeetingKind,
    Member,
    MemberKind,
    OccasionState,
    Person,
    Role,
    StudySession,
    Unit,
)
from tests.domain.conftest import Tree
from tests.kit.branch import enter
from tests.kit.post import target
from tests.kit.talk import MORNING

EVENING = datetime(2026, 12, 10, 11, 30, tzinfo=UTC)


def design(tree: Tree, unit: Unit | None = None, **more: object) -> Design:
    held = unit or tree.branch
    plain = Design(MeetingKind.PARTY_DAY, "主题党日", held, held, "活动室", EVENING, EVENING + timedelta(hours=2), 2.0)
    return replace(plain, **more)  # pyright: ignore[reportArgumentType]  # fields of a design


def member(tree: Tree, name: str, unit: Unit | None = None) -> Person:
    person = tree.person(name)
    enter(tree.db, person, unit or tree.branch, name)
    return person


def secretary(tree: Tree, unit: Unit | None = None) -> Person:
    return tree.person("secretary", Role.SECRETARY, unit or tree.branch)


def expected(db: Session, session: StudySession) -> list[str]:
    return [person.name for _row, person in attendance.people_of(db, session.id or 0)]


def refusal(work: object, *args: object, **more: object) -> str:
    with pytest.raises(DomainError) as refused:
        work(*args, **more)  # type: ignore[operator]  # any of the rules
    return refused.value.template


def test_members_of_the_branch_are_expected_and_nobody_else(tree: Tree) -> None:
    member(tree, "甲")
    member(tree, "丙", tree.shencun)
    volunteer = tree.person("乙")
    enter(tree.db, volunteer, tree.branch, "乙", kind=MemberKind.VOLUNTEER)

    session = study.publish(tree.db, design(tree), by=secretary(tree), now=MORNING)

    assert expected(tree.db, session) == ["甲"]


def test_the_committee_meets_without_the_other_members(tree: Tree) -> None:
    member(tree, "甲")
    holder = secretary(tree)

    session = study.publish(tree.db, design(tree, kind=MeetingKind.COMMITTEE_MEETING), by=holder, now=MORNING)

    rows = tree.db.execute(select(col(Attendance.person_id)).where(col(Attendance.session_id) == session.id)).scalars()
    assert list(rows) == [holder.id]


def test_another_branch_is_not_ones_to_hold_for(tree: Tree) -> None:
    holder = secretary(tree)

    assert (
        refusal(study.publish, tree.db, design(tree, unit=tree.shencun), by=holder, now=MORNING) == "access/not_yours"
    )
    wide = design(tree, audience=tree.town)
    assert refusal(study.publish, tree.db, wide, by=holder, now=MORNING) == "access/not_yours"


@pytest.mark.parametrize(
    ("begins", "lasts", "answer"),
    [
        (MORNING - timedelta(minutes=1), timedelta(hours=1), "study/time_is_past"),
        (MORNING, timedelta(hours=1), "study/time_is_past"),
        (EVENING, timedelta(0), "study/ends_before"),
        (EVENING, timedelta(hours=-1), "study/ends_before"),
        (EVENING, timedelta(hours=13), "study/ends_before"),
        (MORNING + timedelta(days=500), timedelta(hours=1), "study/too_far_ahead"),
    ],
)
def test_a_time_that_cannot_be_is_refused(tree: Tree, begins: datetime, lasts: timedelta, answer: str) -> None:
    planned = design(tree, starts_at=begins, ends_at=begins + lasts)

    assert refusal(study.publish, tree.db, planned, by=secretary(tree), now=MORNING) == answer


def test_a_change_of_nothing_tells_nobody(tree: Tree) -> None:
    holder = secretary(tree)
    session = study.publish(tree.db, design(tree), by=holder, now=MORNING)
    place = {"starts_at": session.starts_at, "ends_at": session.ends_at, "place": session.place}

    moved = study.move(tree.db, session.id or 0, **place, by=holder, now=MORNING)

    assert moved.sequence == 0


def test_the_file_for_calendars_is_made_anew_with_each_change_and_keeps_its_name(tree: Tree) -> None:
    holder = secretary(tree)
    session = study.publish(tree.db, design(tree), by=holder, now=MORNING)
    uid, [first] = session.uid, materials.calendar_of(tree.db, session)
    later = EVENING + timedelta(days=1)
    study.move(
        tree.db,
        session.id or 0,
        starts_at=later,
        ends_at=later + timedelta(hours=2),
        place="甲",
        by=holder,
        now=MORNING,
    )

    [second] = materials.calendar_of(tree.db, session)
    assert (session.uid, session.sequence) == (uid, 1)
    assert (first.name, second.name, first.file_id == second.file_id) == ("会议通知.ics", "会议通知.ics", False)


@pytest.mark.parametrize("change", ["cancelled", "over"])
def test_what_was_called_off_or_is_over_is_changed_no_more(tree: Tree, change: str) -> None:
    holder = secretary(tree)
    session = study.publish(tree.db, design(tree), by=holder, now=MORNING)
    now = MORNING
    if change == "cancelled":
        study.cancel(tree.db, session.id or 0, "停电", by=holder, now=MORNING)
    else:
        now = session.ends_at

    answer = {"cancelled": "study/is_cancelled", "over": "study/is_over"}[change]
    assert refusal(study.cancel, tree.db, session.id or 0, "停电", by=holder, now=now) == answer


def test_a_series_on_the_last_of_the_month_follows_the_leap_year(tree: Tree) -> None:
    begins = datetime(2027, 12, 31, 11, 30, tzinfo=UTC)
    first = design(tree, starts_at=begins, ends_at=begins + timedelta(hours=2))
    now = begins - timedelta(days=1)
    rule = {"freq": "monthly", "day": -1}
    study_series.begin(tree.db, first, rule, by=secretary(tree), now=now)
    for _week in range(10):
        now += timedelta(days=7)
        extend(tree.db, now)

    days = tree.db.execute(select(col(StudySession.starts_at)).order_by(col(StudySession.starts_at))).scalars()
    assert [one.strftime("%m-%d") for one in days] == ["12-31", "01-31", "02-29", "03-31"]


def test_a_series_keeps_its_hour_when_the_clocks_change(tree: Tree) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    tree.db.info["house"] = replace(house_of(tree.db), zone=berlin)
    begins = datetime(2026, 10, 16, 19, 30, tzinfo=berlin).astimezone(UTC)
    first = design(tree, starts_at=begins, ends_at=begins + timedelta(hours=2))
    now = begins - timedelta(days=1)

    made = study_series.begin(tree.db, first, {"freq": "weekly", "weekday": 4}, by=secretary(tree), now=now)

    assert [one.starts_at.astimezone(berlin).strftime("%m-%d %H:%M") for one in made[:3]] == [
        "10-16 19:30",
        "10-23 19:30",
        "10-30 19:30",
    ]
    assert [one.starts_at.hour for one in made[:3]] == [17, 17, 18]


def test_a_series_that_was_ended_makes_no_more(tree: Tree) -> None:
    holder = secretary(tree)
    made = study_series.begin(tree.db, design(tree), {"freq": "weekly", "weekday": 3}, by=holder, now=MORNING)
    study_series.end(tree.db, made[0].id or 0, by=holder, now=MORNING)
    extend(tree.db, MORNING + timedelta(days=60))

    assert len(tree.db.execute(select(StudySession)).scalars().all()) == len(made)
    assert refusal(study_series.end, tree.db, made[0].id or 0, by=holder, now=MORNING) == "study/no_series"


def extend(db: Session, now: datetime) -> None:
    """Do what the agenda has of series."""
    while item := agenda.take(db, now=now):
        if item.kind == study_series.EXTEND:
            study_series.extend(db, item, now)
        agenda.done(db, item, now=now)


def test_whoever_is_enrolled_is_expected_at_every_class_to_come(tree: Tree) -> None:
    person, holder = member(tree, "甲"), secretary(tree)
    course = courses.named(tree.db, tree.branch, "党务培训", by=holder, now=MORNING)
    planned = design(tree, kind=MeetingKind.COURSE_CLASS, course_id=course.id)
    one = study.publish(tree.db, planned, by=holder, now=MORNING)
    assert courses.named(tree.db, tree.branch, "党务培训", by=holder, now=MORNING).id == course.id

    courses.enrol(tree.db, course.id or 0, person, now=MORNING)
    two = study.publish(tree.db, planned, by=holder, now=MORNING)

    assert (expected(tree.db, one), expected(tree.db, two)) == (["甲"], ["甲"])
    assert [
        (found.title, count, is_in) for found, count, is_in in courses.open_to(tree.db, person, now=MORNING, limit=5)
    ] == [("党务培训", 2, True)]
    courses.drop(tree.db, course.id or 0, person, now=MORNING)
    assert (expected(tree.db, one), expected(tree.db, two)) == ([], [])


def test_a_course_of_another_unit_is_refused(tree: Tree) -> None:
    person, holder = member(tree, "甲", tree.shencun), secretary(tree)
    course = courses.named(tree.db, tree.branch, "党务培训", by=holder, now=MORNING)
    study.publish(tree.db, design(tree, kind=MeetingKind.COURSE_CLASS, course_id=course.id), by=holder, now=MORNING)

    assert refusal(courses.enrol, tree.db, course.id or 0, person, now=MORNING) == "study/for_members"
    assert courses.open_to(tree.db, person, now=MORNING, limit=5) == []


def test_home_classes_are_listed_the_nearest_first(tree: Tree) -> None:
    person, holder = member(tree, "甲"), tree.person("director", Role.ADMIN, tree.town)
    for unit, place, later in ((tree.shencun, "李伯家", 0), (tree.fancun, "陈伯家", 2), (tree.branch, "何婶家", 1)):
        begins = EVENING + timedelta(days=later)
        planned = design(tree, unit=unit, kind=MeetingKind.HOME_CLASS, place=place, starts_at=begins)
        study.publish(tree.db, replace(planned, ends_at=begins + timedelta(hours=2)), by=holder, now=MORNING)

    found = home_classes.near(tree.db, person, now=MORNING, limit=5)

    assert [one.place for one in found] == ["何婶家", "陈伯家", "李伯家"]


def test_materials_are_files_links_and_printed_copies(tree: Tree) -> None:
    holder = secretary(tree)
    session = study.publish(tree.db, design(tree), by=holder, now=MORNING)
    sent = files.IncomingFile(FileKind.DOCUMENT, digest="d" * 64, name="学习提纲.docx", size=120_000)
    ids = files.note(tree.db, [sent], person_id=holder.id, source=target("secretary"), now=MORNING)
    number = session.id or 0

    materials.add_files(tree.db, number, ids, by=holder, now=MORNING)
    materials.add_link(tree.db, number, "https://example.org/a", "文章", by=holder, now=MORNING)
    materials.add_copies(tree.db, number, "读本", 20, by=holder, now=MORNING)
    materials.add_copies(tree.db, number, "读本", 15, by=holder, now=MORNING)

    found = materials.of(tree.db, number)
    assert [(one.title, one.url, one.copies) for one in found] == [
        ("会议通知.ics", "", 0),
        ("学习提纲.docx", "", 0),
        ("文章", "https://example.org/a", 0),
        ("读本", "", 15),
    ]
    assert materials.size_of(tree.db, found[1]) == 120_000
    assert [one.name for one in materials.attached(tree.db, found)] == ["会议通知.ics", "学习提纲.docx"]


@pytest.mark.parametrize(
    "link", ["ftp://example.org/a", "javascript:alert(1)", "https://x", f"https://a.cn/{'a' * 400}"]
)
def test_what_is_no_link_is_refused(tree: Tree, link: str) -> None:
    holder = secretary(tree)
    session = study.publish(tree.db, design(tree), by=holder, now=MORNING)

    assert refusal(materials.add_link, tree.db, session.id or 0, link, "", by=holder, now=MORNING) == "study/no_link"


def test_a_file_somebody_else_sent_is_not_added(tree: Tree) -> None:
    holder, other = secretary(tree), tree.person("other")
    session = study.publish(tree.db, design(tree), by=holder, now=MORNING)
    sent = files.IncomingFile(FileKind.DOCUMENT, digest="d" * 64, name="别人的.docx", size=1)
    ids = files.note(tree.db, [sent], person_id=other.id, source=target("other"), now=MORNING)

    assert materials.add_files(tree.db, session.id or 0, ids, by=holder, now=MORNING) == 0


def test_a_session_of_nobody_can_be_held_and_is_over_quietly(tree: Tree) -> None:
    session = study.publish(tree.db, design(tree), by=secretary(tree), now=MORNING)

    assert expected(tree.db, session) == []
    assert session.state is OccasionState.PUBLISHED
    assert tree.db.execute(select(Member)).scalars().all() == []
