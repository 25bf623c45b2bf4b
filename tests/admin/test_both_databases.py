"""What the console asks of a database is understood by both: every list with each of its filters and orders."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from db.models import AuditLine, Case, CaseKind, CaseState, GridReport, OutboxKind, OutboxRow, OutboxState
from db.sql import Database
from tests.kit.console import Desk, browser
from tests.kit.flows import learn
from tests.kit.talk import MORNING, World

LISTS = (
    *("/admin", "/admin/questions?state=open&text=问题", "/admin/questions?sort=id", "/admin/entries?state=stale"),
    *("/admin/entries?state=retired", "/admin/entries?state=differs&sort=place", "/admin/entries?sort=-changed"),
    *("/admin/people?sort=name&name=陈", "/admin/people?sort=-entered&unit=2&kind=party_member&bound=yes&state=active"),
    *("/admin/people?bound=no", "/admin/activities?state=draft&text=村", "/admin/study?state=closed&kind=party_day"),
    *("/admin/broadcasts?state=draft", "/admin/reports?kind=month", "/admin/suggestions", "/admin/entries/disagreeing"),
    *("/admin/audit?who=周&area=people&day=2026-11-23", "/admin/health", "/admin/health?state=uncertain"),
    *("/admin/grid", "/admin/grid/1", "/admin/grid?state=ongoing&kind=lamp&unit=2&late=yes&text=灯&sort=due"),
    *("/admin/matters", "/admin/matters?state=ongoing&kind=project&unit=2&text=水&sort=-stepped", "/admin/matters/new"),
    *("/admin/grid?state=taken&sort=-due", "/admin/grid?sort=-id"),
)


def fill(desk: Desk) -> None:
    """Some rows of each kind, more than fit a page of two."""
    learn(desk.world, "shiwan.second_reimbursement", "shiwan.red_station")
    people = [desk.enlist(f"陈{number}", mobile=2236 + number) for number in range(5)]

    def put(db: Session) -> None:
        address = desk.world.person("member 陈0").record(db)
        assert address.id == people[0]
        for number, person_id in enumerate(people):
            db.add(AuditLine(actor_id=person_id, act="people.look", subject=f"person:{number}", at=MORNING))
            db.add(
                OutboxRow(
                    cause=f"c{number}",
                    kind=OutboxKind.NOTICE,
                    priority=10,
                    channel="test",
                    account="bot",
                    chat="x",
                    content={},
                    state=OutboxState.FAILED,
                    due_at=MORNING,
                    next_at=MORNING,
                    created_at=MORNING,
                )
            )
            db.add(
                Case(
                    kind=CaseKind.QUESTION,
                    state=CaseState.OPEN,
                    question=f"第{number}个问题",
                    unit_id=desk.units["番村"],
                    asker_id=person_id,
                    address_id=1,
                    opened_at=MORNING,
                )
            )

    desk.world.run(put)
    desk.world.run(lambda db: report_lamps(desk, db, people))


def report_lamps(desk: Desk, db: Session, people: list[int]) -> None:
    """A lamp for each of these people, given to nobody yet, late by now."""
    for number, person_id in enumerate(people):
        seen = {"category": "lamp", "words": f"第{number}盏灯坏了", "opener_id": person_id}
        db.add(GridReport(unit_id=desk.units["番村"], opened_at=MORNING, due_at=MORNING - timedelta(1), **seen))


async def test_every_list_is_understood(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.admin.tables.PAGE", 2)
    desk = Desk(World(database))
    zhou = desk.hire("周敏")
    fill(desk)
    async with browser(desk) as opened:
        await opened.post("/admin/login", code=zhou.says("后台").text.split("输入 ")[1].split()[0])
        zhou.presses(zhou.hears()[-1], "是我")
        await opened.post("/admin/wait")
        shown = {path: await opened.get(path) for path in LISTS}
        onward = [
            await opened.get(one.text.split('rel="next" href="')[1].split('"', maxsplit=1)[0].replace("&amp;", "&"))
            for one in shown.values()
            if 'rel="next"' in one.text
        ]

    assert {path: one.status for path, one in shown.items()} == dict.fromkeys(LISTS, 200)
    assert [one.status for one in onward] == [200] * len(onward)
    assert len(onward) >= 4
