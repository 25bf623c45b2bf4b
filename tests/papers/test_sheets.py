"""Sheets to download, read back as Excel reads them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy.orm import Session

from bot.domain import access
from bot.domain.matters import correcting, stepping
from bot.domain.matters.stepping import Held, Proposal
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from bot.papers import sheets
from db.models import (
    Attendance,
    AttendanceState,
    CallItem,
    CheckInWay,
    Handover,
    LeaveReason,
    Member,
    Person,
    Role,
    Rsvp,
    ServiceState,
    Unit,
)
from tests.kit.talk import MORNING
from tests.papers.conftest import Desk

MARK = "由 书记 于 2026年11月23日 9:00 导出，仅供内部使用，请勿外传。"
SAMPLE = "示例表样：列名和次序可按上报平台的要求改。"
ABOUT = "主题党日  11月28日 周六  9:00–11:00  潘一支部活动室"


def read(data: bytes) -> list[list[object]]:
    """Every row of the first sheet, without empty cells at its end."""
    [sheet] = openpyxl.load_workbook(BytesIO(data)).worksheets
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    return rows


def member(desk: Desk, name: str, mobile: str) -> int:
    """Somebody on the roster of the branch."""
    person_id = desk.person(name)

    def enrol(db: Session) -> None:
        people.set_mobile(db, db.get_one(Person, person_id), mobile)
        db.add(Member(person_id=person_id, unit_id=desk.unit_id, created_at=MORNING, changed_at=MORNING))

    desk.world.run(enrol)
    return person_id


def expect(desk: Desk, session_id: int, rows: Sequence[dict[str, object]]) -> None:
    desk.world.run(lambda db: db.add_all(Attendance(session_id=session_id, **row) for row in rows))


def test_a_sheet_of_attendance_says_who_came_who_was_excused_and_who_was_absent(desk: Desk) -> None:
    session = desk.session()
    chen, li, guest = member(desk, "陈大文", "13800138000"), member(desk, "=1+1", "13800138001"), desk.person("王五")
    came = {"state": AttendanceState.PRESENT, "way": CheckInWay.CODE, "marked_at": MORNING, "credit_hours": 2.0}
    excused = {"state": AttendanceState.EXCUSED, "leave_reason": LeaveReason.HEALTH, "leave_words": "腰痛"}
    expect(desk, session, [{"person_id": chen, **came}, {"person_id": li, **excused}, {"person_id": guest}])

    assert read(desk.make(PaperKind.ATTENDANCE_SHEET, session)) == [
        [ABOUT],
        [SAMPLE],
        [MARK],
        ["序号", "姓名", "所在支部", "到会情况", "请假原因", "签到时间", "签到方式", "学时"],
        [1, "陈大文", "潘一支部", "到会", None, "9:00", "扫码", 2],
        [2, "=1+1", "潘一支部", "请假", "身体"],
        [3, "王五", None, "未到"],
    ]


def test_a_sheet_of_service_has_what_is_confirmed_within_its_days(desk: Desk) -> None:
    chen = member(desk, "陈大文", "13800138000")
    desk.service(chen, 150)
    desk.service(chen, 60, state=ServiceState.PROPOSED)

    within = read(desk.make(PaperKind.SERVICE_SHEET, f"{desk.unit_id}/2026-11-01/2026-11-30"))
    before = read(desk.make(PaperKind.SERVICE_SHEET, f"{desk.unit_id}/2026-10-01/2026-10-31"))

    assert within == [
        ["潘一支部 2026年11月1日 - 2026年11月30日"],
        [SAMPLE],
        [MARK],
        ["序号", "姓名", "所在支部", "活动名称", "活动地点", "服务日期", "开始时间", "结束时间", "服务时长（小时）"],
        [1, "陈大文", "潘一支部", "清理村道", "番村村委集合", _day(2026, 11, 21), "9:00", "11:00", 2.5],
    ]
    assert len(before) == 4


def test_a_call_list_has_names_and_phones_in_full(desk: Desk) -> None:
    session = desk.session()
    for name, called in (("陈大文", MORNING), ("李四", None)):
        person = member(desk, name, "13800138000")
        desk.world.run(
            lambda db, person=person, called=called: db.add(
                CallItem(session_id=session, person_id=person, made_at=MORNING, called_at=called)
            )
        )
    wang = member(desk, "王五", "13800138000")
    desk.world.run(lambda db: _has_answered(db, session, wang))

    assert read(desk.make(PaperKind.CALL_LIST, session))[3:] == [
        ["序号", "姓名", "手机", "所在支部", "已联系"],
        [1, "陈大文", "13800138000", "潘一支部", "已联系"],
        [2, "李四", "13800138000", "潘一支部"],
    ]


def _has_answered(db: Session, session_id: int, person_id: int) -> None:
    """Let somebody who was on the list have said meanwhile that they come."""
    db.add(CallItem(session_id=session_id, person_id=person_id, made_at=MORNING))
    db.add(Attendance(session_id=session_id, person_id=person_id, rsvp=Rsvp.COMING))


def test_a_roster_is_written_as_it_stands(desk: Desk) -> None:
    member(desk, "陈大文", "13800138000")

    assert [row[0] for row in read(desk.make(PaperKind.ROSTER, desk.unit_id))] == ["姓名", "陈大文"]


def test_a_roster_says_at_the_foot_of_its_pages_who_took_it_along(desk: Desk) -> None:
    member(desk, "陈大文", "13800138000")

    book = openpyxl.load_workbook(BytesIO(desk.make(PaperKind.ROSTER, desk.unit_id)))

    assert (book.active.oddFooter.center.text, book.properties.creator) == (MARK, MARK)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (PaperKind.ATTENDANCE_SHEET, "4711"),
        (PaperKind.CALL_LIST, "4711"),
        (PaperKind.SERVICE_SHEET, "4711/2026-11-01/2026-11-30"),
        (PaperKind.ROSTER, "4711"),
    ],
)
def test_a_sheet_of_nothing_cannot_be_made(desk: Desk, kind: PaperKind, subject: str) -> None:
    with pytest.raises(LookupError):
        desk.make(kind, subject)


def test_every_column_that_is_shipped_can_be_filled() -> None:
    assert sheets.unknown_columns() == []


def _day(year: int, month: int, day: int) -> object:
    return openpyxl.utils.datetime.from_excel(openpyxl.utils.datetime.to_excel(date(year, month, day)))


def test_a_sheet_of_a_handover_says_what_went_from_whom_to_whom(desk: Desk) -> None:
    giver, successor = desk.person("潘志明"), desk.person("李明")

    def hand_over(db: Session) -> int:
        lines = [
            {"kind": "待答", "what": "W0001 祠堂可以摆酒吗", "when": MORNING.isoformat()},
            {"kind": "分工", "what": "=医保", "when": ""},
        ]
        done = Handover(from_id=giver, to_id=successor, by_id=giver, lines=lines, made_at=MORNING)
        db.add(done)
        db.flush()
        return done.id or 0

    assert read(desk.make(PaperKind.HANDOVER, desk.world.run(hand_over))) == [
        ["潘志明 交给 李明  2026年11月23日"],
        [SAMPLE],
        [MARK],
        ["序号", "类别", "内容", "日期"],
        [1, "待答", "W0001 祠堂可以摆酒吗", "2026年11月23日"],
        [2, "分工", "=医保"],
    ]


def test_a_sheet_of_matters_has_a_row_each_and_a_column_for_each_step(desk: Desk) -> None:
    holder = desk.person("潘志明")

    def carry_on(db: Session) -> None:
        unit, by = db.get_one(Unit, desk.unit_id), db.get_one(Person, holder)
        access.grant(db, by, Role.SECRETARY, unit)
        first = date(2026, 11, 2)
        proposal = Proposal(unit, "=1+1", "project", 400_000_000, first)
        matter = stepping.begin(db, proposal, by=by, now=MORNING)
        numbers = {"expected": 96, "present": 70, "agreed": 52}
        for step in ("discussed", "members", "villagers"):
            stepping.record(db, matter.id or 0, Held(step, first, numbers), by=by, now=MORNING)
        stepping.record(db, matter.id or 0, Held("resolved", date(2026, 11, 21)), by=by, now=MORNING)
        other = stepping.begin(db, replace(proposal, title="分红", kind="dividend", amount=0), by=by, now=MORNING)
        correcting.drop(db, other.id or 0, "不办了", by=by, now=MORNING)

    desk.world.run(carry_on)
    table = read(desk.make(PaperKind.MATTER_SHEET, f"{desk.unit_id}/month.2026-11-01"))
    before = read(desk.make(PaperKind.MATTER_SHEET, f"{desk.unit_id}/month.2026-10-01"))

    counted = "2026-11-02 应到96 实到70 赞成52"
    assert table[0] == ["潘一支部 2026年11月1日 – 2026年11月30日"]
    assert table[4:] == [
        [
            *(1, "潘一支部", "=1+1", "重大项目", 4_000_000, "2026-11-02", counted, counted, counted, "2026-11-21"),
            *(None, "决议公示第3天/共7天", "潘志明"),
        ],
        [2, "潘一支部", "分红", "股份分红", None, "2026-11-02", *[None] * 5, "已中止", "潘志明"],
    ]
    assert before[4:] == []
