"""What a line of the audit is about is told by titles and names: nobody reads a number or a word of the code."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.domain.lists import subjects
from content.loader import load_entries
from db.claims import table_of
from db.models import (
    Activity,
    AliasSuggestion,
    Attendance,
    Broadcast,
    CallItem,
    Course,
    EntryDraft,
    Person,
    Petition,
    Proxy,
    RosterImport,
    Series,
    ServiceRecord,
    StudySession,
    Unit,
)
from tests.kit.any_row import put

ENTRY = load_entries()[0]
Made = Callable[..., int]


@pytest.fixture
def made(db: Session) -> Made:
    def make(model: type[SQLModel], **values: Any) -> int:
        return put(db, table_of(model), **values)["id"]

    return make


def spoken(db: Session, line: str) -> str:
    return subjects.spoken(db, [line], {ENTRY.id: ENTRY})[0]


@pytest.mark.parametrize(
    ("model", "values", "line", "words"),
    [
        (Broadcast, {"text": "周五下午2点\n停水"}, "broadcast:{}", "群发“周五下午2点 停水”"),
        (StudySession, {"title": "主题党日"}, "session {} #2", "学习会“主题党日” #2"),
        (StudySession, {"title": "主题党日"}, "session {}: 3 rows", "学习会“主题党日”: 3 行"),
        (Activity, {"title": "清理村道"}, "activity:{} 清理村道 any 5", "活动“清理村道” 不限 5"),
        (Series, {"title": "周六值班"}, "series:{} 周六值班", "系列“周六值班”"),
        (Course, {"title": "党史"}, "course {}", "课程“党史”"),
        (EntryDraft, {"body": {"title": "祠堂摆酒"}}, "draft:{} local.d3", "草稿“祠堂摆酒” local.d3"),
        (RosterImport, {"file_name": "名册.xlsx"}, "import {}: 5 new, 2 refused", "名册“名册.xlsx”: 5 新增, 2 有问题"),
        (AliasSuggestion, {"words": "摆酒"}, "x.y suggestion:{}", "x.y 问法“摆酒”"),
        (Unit, {"name": "番村"}, "units {}: 30 people", "组织“番村”: 30 人"),
        (Person, {"name": "陈大文"}, "person:{} secretary 番村", "人员“陈大文” 书记 番村"),
        (Person, {"name": ""}, "person:{}", "人员 {}"),
    ],
)
def test_a_thing_is_told_by_its_title(  # a table of cases
    db: Session, made: Made, model: type[SQLModel], values: dict[str, Any], line: str, words: str
) -> None:
    number = made(model, **values)

    assert spoken(db, line.format(number)) == words.format(number)


@pytest.mark.parametrize(
    ("model", "column", "line", "words"),
    [
        (CallItem, "person_id", "call:{}", "电话名单“陈大文”"),
        (Petition, "person_id", "petition:{}", "申请“陈大文”"),
    ],
)
def test_what_is_somebodys_is_told_by_their_name(
    db: Session, made: Made, model: type[SQLModel], column: str, line: str, words: str
) -> None:
    chen = made(Person, name="陈大文")

    assert spoken(db, line.format(made(model, **{column: chen}))) == words


def test_who_came_and_what_was_done_for_whom_is_told_by_names(db: Session, made: Made) -> None:
    chen, huang = made(Person, name="陈大文"), made(Person, name="黄小妹")
    session, activity = made(StudySession, title="主题党日"), made(Activity, title="清理村道")
    attendance = made(Attendance, session_id=session, person_id=chen)
    record = made(ServiceRecord, activity_id=activity, person_id=huang)
    proxy = made(Proxy, agent_id=huang, principal_id=chen)
    lines = [
        f"session {session}: {chen}, {huang}",
        f"session {session}: {chen} absent -> present",
        f"attendance {attendance}",
        f"service:{record} 120",
        f"proxy:{proxy}",
        f"handover:9 person:{chen} to person:{huang}",
    ]

    assert subjects.spoken(db, lines, {}) == [
        "学习会“主题党日” 人员“陈大文” 人员“黄小妹”",
        "学习会“主题党日” 人员“陈大文” 缺席 改为 已到",
        "考勤“陈大文 主题党日”",
        "服务时长“黄小妹 清理村道” 120",
        "代办“黄小妹 陈大文”",
        "交接 9 人员“陈大文” 给 人员“黄小妹”",
    ]


@pytest.mark.parametrize("line", ["W0013", "", "番村 祠堂", "名册.xlsx", "session 99"])
def test_what_is_plain_already_or_gone_stays(db: Session, line: str) -> None:
    assert spoken(db, line).replace("学习会", "session") == line


def test_an_entry_is_told_by_its_title(db: Session) -> None:
    assert spoken(db, ENTRY.id) == f"条目“{ENTRY.title}”"
