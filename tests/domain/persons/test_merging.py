"""Two rows of one person become one: nothing is lost, nothing stands twice, and no column is forgotten."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.domain.persons import merging, people, proxies
from bot.domain.persons.merging import ACTED, FREE, ONCE, SPECIAL, merge
from db.claims import table_of
from db.models import (
    Activity,
    Attendance,
    AttendanceState,
    AuditLine,
    CallItem,
    CheckIn,
    CheckInWay,
    Consent,
    Course,
    Dispute,
    Enrolment,
    Grant,
    MeetingKind,
    Member,
    Person,
    PointsEntry,
    Proxy,
    ProxyState,
    Role,
    SeatQuota,
    ServiceCorrection,
    ServiceRecord,
    ServiceState,
    Signup,
    SignupState,
    StudySession,
    Swap,
    UnaskedCount,
)
from tests.domain.conftest import Tree
from tests.kit.any_row import put
from tests.kit.roster import listed
from tests.kit.talk import MORNING

LATER = MORNING + timedelta(hours=2)


@pytest.fixture
def guest(tree: Tree) -> Person:
    return tree.person("guest")


@pytest.fixture
def member(tree: Tree) -> Person:
    return listed(tree.db, tree.branch, "陈大文", "13800132236")


@pytest.fixture
def activity(tree: Tree) -> Activity:
    town = tree.town.id or 0
    return added(
        tree.db,
        Activity(
            title="清理村道",
            unit_id=town,
            audience_unit_id=town,
            place="番村",
            starts_at=MORNING,
            ends_at=LATER,
            signup_until=MORNING,
            created_at=MORNING,
        ),
    )


def added(db: Session, row: Any) -> Any:
    db.add(row)
    db.flush()
    return row


def all_of(db: Session, model: type[SQLModel], column: str = "person_id") -> list[Any]:
    """Every value of a column, in the order the rows were written."""
    table = table_of(model)
    order = table.c.id if "id" in table.c else table.c[column]
    return list(db.execute(select(table.c[column]).order_by(order)).scalars())


def sign_up(db: Session, activity: Activity, person: Person, state: SignupState) -> Signup:
    quota = db.execute(select(SeatQuota)).scalars().first()
    quota = quota or added(db, SeatQuota(activity_id=activity.id or 0, seats=5))
    signup: Signup = added(
        db,
        Signup(
            activity_id=activity.id or 0,
            person_id=person.id or 0,
            quota_id=quota.id or 0,
            state=state,
            created_at=MORNING,
            changed_at=MORNING,
        ),
    )
    return signup


def test_no_column_that_refers_to_a_person_is_forgotten() -> None:
    known = {(table_of(model).name, column) for model, column, *_ in (*SPECIAL, *ONCE, *FREE, *ACTED)}
    there = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
    }

    assert known == there


def test_every_column_that_must_be_single_has_a_rule() -> None:
    ruled = {(table_of(model).name, column) for model, column, *_ in (*SPECIAL, *ONCE)}
    person_columns = {(table_of(model).name, column) for model, column, *_ in (*FREE, *ACTED)}
    single = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ in {"UniqueConstraint", "PrimaryKeyConstraint"}
        for column in constraint.columns
        if (table.name, column.name) in ruled | person_columns
    }

    assert single - ruled == set()


@pytest.mark.parametrize(
    ("model", "column"),
    [(model, column) for model, column, *_ in (*SPECIAL, *ONCE, *FREE, *ACTED)],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_each_of_them_moves(tree: Tree, guest: Person, member: Person, model: type[SQLModel], column: str) -> None:
    db = tree.db
    if model is Member:
        member = tree.person("somebody on no roster")
    added(db, AuditLine(actor_id=guest.id, act="x", subject="y", at=MORNING))
    put(db, table_of(model), **{column: guest.id})
    before = all_of(db, model, column).count(guest.id)

    merge(db, guest, member)

    after = all_of(db, model, column)
    assert (before > 0, after.count(guest.id), after.count(member.id) >= before) == (True, 0, True)


def test_what_only_the_talker_has_goes_to_the_member(
    tree: Tree, guest: Person, member: Person, activity: Activity
) -> None:
    db = tree.db
    signup = sign_up(db, activity, guest, SignupState.CONFIRMED)
    added(db, Consent(person_id=guest.id or 0, version="1", given_at=MORNING))
    added(db, Grant(person_id=guest.id or 0, role=Role.CADRE, unit_id=tree.fancun.id or 0))

    merge(db, guest, member)

    assert (signup.person_id, all_of(db, Consent), all_of(db, Grant)) == (member.id, [member.id], [member.id])
    assert people.best_address(db, member.id or 0) is not None
    assert people.best_address(db, guest.id or 0) is None


@pytest.mark.parametrize(
    ("guests", "members", "kept"),
    [
        (SignupState.CONFIRMED, SignupState.WAITLISTED, "guest"),
        (SignupState.OFFERED, SignupState.CANCELLED, "guest"),
        (SignupState.CONFIRMED, SignupState.CONFIRMED, "member"),
        (SignupState.CANCELLED, SignupState.WAITLISTED, "member"),
    ],
)
def test_of_two_signups_the_one_nearer_to_a_seat_is_kept(  # a table of cases
    tree: Tree, guest: Person, member: Person, activity: Activity, guests: SignupState, members: SignupState, kept: str
) -> None:
    db = tree.db
    both = {"guest": sign_up(db, activity, guest, guests), "member": sign_up(db, activity, member, members)}
    kept_id = both[kept].id
    added(db, Swap(signup_id=both["guest"].id or 0, opened_at=MORNING))

    merge(db, guest, member)

    assert (all_of(db, Signup, "id"), all_of(db, Signup)) == ([kept_id], [member.id])
    assert all_of(db, Swap, "signup_id") == [kept_id]


def test_of_two_records_the_confirmed_one_is_kept_with_its_trail(
    tree: Tree, guest: Person, member: Person, activity: Activity
) -> None:
    db = tree.db
    day = {"served_on": date(2026, 11, 23), "created_at": MORNING, "changed_at": MORNING}
    own = {"activity_id": activity.id or 0, "minutes": 60}
    dropped = added(db, ServiceRecord(person_id=guest.id or 0, state=ServiceState.PROPOSED, **own, **day))
    kept = added(db, ServiceRecord(person_id=member.id or 0, state=ServiceState.CONFIRMED, **own, **day))
    added(db, ServiceCorrection(record_id=dropped.id, before=0, after=60, reason="r", at=MORNING))
    added(db, Dispute(record_id=dropped.id, person_id=guest.id or 0, words="w", opened_at=MORNING))
    for record, person in ((dropped, guest), (kept, member)):
        evidence = f"service:{record.id}"
        points = {"year": 2026, "points": 4, "rule": "service", "at": MORNING}
        added(db, PointsEntry(person_id=person.id or 0, evidence=evidence, **points))
    kept_id = kept.id

    merge(db, guest, member)

    assert all_of(db, ServiceRecord, "id") == [kept_id]
    assert (all_of(db, ServiceCorrection, "record_id"), all_of(db, Dispute, "record_id")) == ([kept_id], [kept_id])
    assert all_of(db, PointsEntry, "evidence") == [f"service:{kept_id}"]


def test_of_two_check_ins_the_one_with_an_end_is_kept(
    tree: Tree, guest: Person, member: Person, activity: Activity
) -> None:
    db = tree.db
    more = {"activity_id": activity.id or 0, "way": CheckInWay.CODE, "in_at": MORNING}
    added(db, CheckIn(person_id=member.id or 0, **more))
    kept_id = added(db, CheckIn(person_id=guest.id or 0, out_at=LATER, **more)).id

    merge(db, guest, member)

    assert (all_of(db, CheckIn, "id"), all_of(db, CheckIn)) == ([kept_id], [member.id])


def test_of_two_parts_in_a_session_the_one_that_counts_is_kept(tree: Tree, guest: Person, member: Person) -> None:
    db = tree.db
    town = tree.town.id or 0
    place = {"unit_id": town, "audience_unit_id": town, "place": "p", "starts_at": MORNING, "ends_at": LATER}
    session = added(db, StudySession(title="t", kind=MeetingKind.PARTY_DAY, uid="u", created_at=MORNING, **place))
    kept_id = added(db, Attendance(session_id=session.id, person_id=guest.id or 0, state=AttendanceState.PRESENT)).id
    added(db, Attendance(session_id=session.id, person_id=member.id or 0))
    added(db, CallItem(session_id=session.id, person_id=guest.id or 0, made_at=MORNING))
    call_id = added(db, CallItem(session_id=session.id, person_id=member.id or 0, made_at=MORNING)).id

    merge(db, guest, member)

    assert (all_of(db, Attendance, "id"), all_of(db, CallItem, "id")) == ([kept_id], [call_id])


def test_what_stands_once_for_each_something_stands_once(tree: Tree, guest: Person, member: Person) -> None:
    db = tree.db
    course = added(db, Course(title="c", unit_id=tree.town.id or 0, year=2026, created_at=MORNING))
    for person in (guest, member):
        added(db, Consent(person_id=person.id or 0, version="1", given_at=MORNING))
        added(db, Grant(person_id=person.id or 0, role=Role.CADRE, unit_id=tree.fancun.id or 0))
        added(db, Enrolment(course_id=course.id, person_id=person.id or 0, enrolled_at=MORNING))
        added(db, UnaskedCount(person_id=person.id or 0, week=date(2026, 11, 23), count=2))

    merge(db, guest, member)

    assert [all_of(db, one) for one in (Consent, Grant, Enrolment, UnaskedCount)] == [[member.id]] * 4
    assert all_of(db, UnaskedCount, "count") == [4]


def test_nobody_becomes_their_own_proxy_nor_twice_the_same_ones(tree: Tree, guest: Person, member: Person) -> None:
    db = tree.db
    elder = listed(db, tree.branch, "陈伯", "13800130000")
    standing = {"state": ProxyState.ACTIVE, "asked_at": MORNING}
    added(db, Proxy(principal_id=member.id or 0, agent_id=guest.id or 0, **standing))
    for agent in (guest, member):
        added(db, Proxy(principal_id=elder.id or 0, agent_id=agent.id or 0, **standing))

    merge(db, guest, member)

    assert [(one.principal_id, one.agent_id) for one in proxies.principals_of(db, member.id or 0)] == [
        (elder.id, member.id)
    ]


def test_a_line_somebody_registered_themselves_gives_way_to_the_rosters(
    tree: Tree, guest: Person, member: Person
) -> None:
    db = tree.db
    unit_id = tree.fancun.id or 0
    added(db, Member(person_id=guest.id or 0, unit_id=unit_id, created_at=MORNING, changed_at=MORNING))

    merge(db, guest, member)

    assert all_of(db, Member) == [member.id]
    assert all_of(db, Member, "unit_id") == [tree.branch.id]


def test_the_one_who_is_given_up_keeps_nothing_and_the_members_own_words_win(
    tree: Tree, guest: Person, member: Person
) -> None:
    db = tree.db
    people.set_name(guest, "大文")
    people.set_mobile(db, guest, "13899999999")
    guest.unit_id = tree.fancun.id
    db.flush()

    merge(db, guest, member)

    empty = (guest.name, guest.name_key, guest.mobile_sealed, guest.mobile_blind, guest.last_four_blind, guest.unit_id)
    assert empty == ("", "", "", None, None, None)
    assert (member.name, people.masked_mobile(db, member)) == ("陈大文", "138****2236")
    assert member.unit_id == tree.fancun.id


def test_merging_with_oneself_changes_nothing(tree: Tree, member: Person) -> None:
    merge(tree.db, member, member)

    assert member.name == "陈大文"


def test_who_never_acted_for_others_costs_no_look_at_what_was_done(tree: Tree, guest: Person) -> None:
    assert merging.has_acted(tree.db, guest) is False
    added(tree.db, Grant(person_id=guest.id or 0, role=Role.CADRE, unit_id=tree.fancun.id or 0))
    assert merging.has_acted(tree.db, guest) is True
