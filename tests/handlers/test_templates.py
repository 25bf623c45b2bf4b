"""The superior's workbook by chat: sent, looked through, filled in with what the records hold, taken back."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access
from bot.domain.files import IncomingFile
from bot.domain.reports.periods import PeriodKind, period_of
from bot.domain.reports.report import FIGURES, report
from bot.papers.press import Circumstances
from content import figures
from db.models import AuditLine, FileKind, FileState, ReportTemplate, Role, StoredFile, Unit
from tests.handlers.conftest import Heard, Neighbour, Village
from tests.kit.databases import HOUSE
from tests.kit.pressed import pressed
from tests.kit.records import make_up
from tests.kit.spreadsheets import excel

FORM = [
    ["{{单位}}", "{{答疑}}", "{{上期答疑}}"],
    ["{{待办.序号}}", "{{待办.编号}}", None],
    ["合计", "=COUNTA(B2:B2)", None],
]
MONTH = period_of(date(2026, 11, 1), PeriodKind.MONTH)


def sent(who: Neighbour, path: Path, text: str = "") -> Heard:
    data = path.read_bytes()
    file = IncomingFile(FileKind.DOCUMENT, digest=HOUSE.store.keep(data), name=path.name, size=len(data))
    return who.sends(who.inbound(text, files=(file,)))


def form(tmp_path: Path, rows: Sequence[Sequence[Any]] = FORM, name: str = "镇月报.xlsx") -> Path:
    return excel(tmp_path / name, rows)


def taken_along(village: Village, heard: Heard) -> list[list[object]]:
    [attachment] = heard.message.attachments
    data = village.world.run(lambda db: pressed(db, attachment.file_id, Circumstances(village.world.clock)))
    return [list(row) for row in openpyxl.load_workbook(BytesIO(data)).active.iter_rows(values_only=True)]


def audited(village: Village) -> list[tuple[str, str]]:
    acts = select(AuditLine.act, AuditLine.subject).where(col(AuditLine.act).startswith("reports."))
    return village.world.run(lambda db: [tuple(one) for one in db.execute(acts.order_by(col(AuditLine.id)))])


def test_a_workbook_that_is_sent_with_the_word_is_used_from_then_on(
    village: Village, secretary: Neighbour, tmp_path: Path
) -> None:
    heard = sent(secretary, form(tmp_path), "模板")

    assert heard.text == "模板收好了，有5处要填。\n番村和下级“导出”时都用它。"
    assert heard.labels == ["试填一份"]
    assert taken_along(village, secretary.says("导出")) == [
        ["番村", 0, 0],
        [None, None, None],
        ["合计", "=COUNTA(B2:B2)", None],
    ]
    assert audited(village)[0] == ("reports.template", "unit 2: 镇月报.xlsx")


def test_asked_for_first_the_next_file_is_the_template(secretary: Neighbour, tmp_path: Path) -> None:
    asked = secretary.says("模板")

    assert (asked.text.split("\n")[0], asked.labels) == ("把上级的 Excel（.xlsx）发给我就行。", ["能填哪些"])
    assert sent(secretary, form(tmp_path)) == "reports/template_taken"
    assert secretary.says("模板").text.endswith("现在用的是“镇月报.xlsx”。")


def test_every_cell_equals_a_count_of_the_records(village: Village, tmp_path: Path) -> None:
    admin = village.person("admin")

    def founded(db: Session) -> int:
        made = make_up(db, 3)
        access.grant(db, admin.record(db), Role.ADMIN, made.units[0])
        return made.units[0].id or 0

    town = village.world.run(founded)
    names = [figures.name(key) for key in FIGURES]
    sent(
        admin,
        form(tmp_path, [[f"{{{{{name}}}}}" for name in names], [f"{{{{上期{name}}}}}" for name in names]]),
        "模板",
    )

    filled = taken_along(village, admin.says("导出 11月"))

    counted = village.world.run(lambda db: report(db, db.get_one(Unit, town), MONTH, now=village.world.clock.now()))
    assert filled == [list(counted.figures.values()), list(counted.before.values())]
    assert sum(counted.figures.values()) > 100


def test_what_is_wrong_is_said_cell_by_cell_and_nothing_is_changed(
    village: Village, secretary: Neighbour, tmp_path: Path
) -> None:
    sent(secretary, form(tmp_path), "模板")
    wrong = [["{{答题}}", "{{答疑}}"], ["{{活动.名称}}", "{{待办.编号}}"], ["{{x}}", "{{y}}"]]

    heard = sent(secretary, form(tmp_path, wrong, "新.xlsx"), "模板")

    assert heard.text == (
        "模板有4处不对，先不换：\nA1 没有“答题”这一项\nA3 没有“x”这一项\nB3 没有“y”这一项\n请改好再发一次。"
    )
    assert sent(secretary, form(tmp_path, [["没有要填的"]], "空.xlsx")) == "reports/template_empty"
    assert secretary.says("模板").text.endswith("现在用的是“镇月报.xlsx”。")
    assert [act for act, _ in audited(village)] == ["reports.template"]


def test_what_is_no_workbook_gets_a_clear_sentence(secretary: Neighbour, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"hello")

    heard = sent(secretary, tmp_path / "a.xlsx", "模板")

    assert (heard, heard.text) == ("reports/unreadable", "这不是 Excel（.xlsx）或 CSV 表格，我读不了。")


def test_a_file_nobody_asked_for_is_no_template(secretary: Neighbour, tmp_path: Path) -> None:
    assert sent(secretary, form(tmp_path)).startswith("roster/")


def test_the_unit_below_uses_the_template_of_the_unit_above(
    village: Village, secretary: Neighbour, tmp_path: Path
) -> None:
    town = village.cadre("town", "石湾镇街道", Role.ADMIN)
    sent(town, form(tmp_path), "模板")

    assert taken_along(village, secretary.says("导出"))[0] == ["番村", 0, 0]


def test_a_newer_one_takes_its_place_and_none_goes_back_to_ours(
    village: Village, secretary: Neighbour, tmp_path: Path
) -> None:
    sent(secretary, form(tmp_path), "模板")
    sent(secretary, form(tmp_path, [["新的{{答疑}}"]], "新.xlsx"), "模板")
    assert taken_along(village, secretary.says("导出")) == [["新的0"]]

    assert secretary.says("模板", "不用模板") == "reports/template_dropped"

    assert taken_along(village, secretary.says("导出"))[2][0] == "指标"
    assert village.world.run(lambda db: db.execute(select(ReportTemplate)).scalars().all()) == []
    states = select(StoredFile.state).where(col(StoredFile.name) == "新.xlsx")
    assert village.world.run(lambda db: list(db.execute(states).scalars())) == [FileState.LOST]


def test_a_template_stays_when_who_sent_it_is_erased(village: Village, secretary: Neighbour, tmp_path: Path) -> None:
    sent(secretary, form(tmp_path), "模板")
    secretary.says("注销", "确认注销")
    other = village.cadre("other", "番村")

    assert taken_along(village, other.says("导出"))[0] == ["番村", 0, 0]


def test_who_keeps_no_templates_may_send_none(village: Village, li: Neighbour, tmp_path: Path) -> None:
    cadre = village.cadre("cadre", "番村", Role.CADRE)

    assert [sent(one, form(tmp_path), "模板") for one in (li, cadre)] == ["access/not_yours"] * 2


def test_what_may_be_filled_in_is_shown(secretary: Neighbour) -> None:
    lines = secretary.says("模板", "能填哪些").text.split("\n")

    assert lines[0] == "两边加双花括号就能填："
    assert lines[3] == "活动.名称、日期、开始、结束、地点、单位、人次、小时"
