"""A roster by chat: the file a cadre has is looked at, taken in, mended, taken back and given out."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.conversation.turn import Traits
from bot.domain import files, units
from bot.domain.files import IncomingFile
from bot.domain.persons import people
from bot.papers.press import Circumstances
from bot.sheets import read
from content.words import label
from db.models import AuditLine, FileKind, FileState, Member, Person, Role, StoredFile, Unit, UnitKind
from tests.handlers.conftest import Heard, Neighbour, Village, unit_named
from tests.kit.databases import HOUSE
from tests.kit.pressed import pressed
from tests.kit.spreadsheets import excel

HEADER = ["序号", "姓名", "性别", "身份证号", "手机号码", "所在支部", "入党时间"]
PHONES = iter(range(13800100000, 13800199999))
NAMES = "赵钱孙李周吴郑王冯陈"


def row(number: int, name: str, phone: Any = None, branch: str = "潘一支部", joined: Any = "2001.7") -> list[Any]:
    return [number, name, "男", "440600195801011234", phone or next(PHONES), branch, joined]


def good(count: int) -> list[list[Any]]:
    return [row(one, f"{NAMES[one % 10]}{NAMES[one // 10]}大文") for one in range(count)]


def sent(who: Neighbour, path: Path, text: str = "") -> Heard:
    """Send a file as the web chat does: its bytes are kept already."""
    data = path.read_bytes()
    file = IncomingFile(FileKind.DOCUMENT, digest=HOUSE.store.keep(data), name=path.name, size=len(data))
    return who.sends(who.inbound(text, files=(file,)))


def paper(village: Village, heard: Heard, tmp_path: Path) -> Path:
    """What the press makes of the paper that goes along."""
    [attachment] = heard.message.attachments

    here = Circumstances(village.world.clock)
    path = tmp_path / "paper.xlsx"
    path.write_bytes(village.world.run(lambda db: pressed(db, attachment.file_id, here)))
    return path


def roster(village: Village) -> list[tuple[str, str, str]]:
    """Everybody on the roster: name, masked phone, branch."""
    listed = (
        select(Person, col(Unit.name))
        .join(Member, col(Member.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Member.unit_id))
        .order_by(col(Member.id))
    )
    return village.world.run(
        lambda db: [(one.name, people.masked_mobile(db, one), unit) for one, unit in db.execute(listed)]
    )


def audited(village: Village) -> list[str]:
    acts = select(col(AuditLine.act)).where(col(AuditLine.act).startswith("roster.")).order_by(col(AuditLine.id))
    return village.world.run(lambda db: list(db.execute(acts).scalars()))


@pytest.fixture
def keeper(village: Village) -> Neighbour:
    """The secretary of 番村, which has two branches."""

    def found(db: Session) -> None:
        for name in ("番村潘一支部", "番村潘二支部"):
            units.add(db, name, UnitKind.BRANCH, unit_named(db, "番村"))
        units.add(db, "深村一支部", UnitKind.BRANCH, unit_named(db, "深村"))

    village.world.run(found)
    return village.cadre("keeper", "番村")


def with_bad_rows() -> Sequence[list[Any]]:
    """96 rows below a title and a header, three of them bad, as J9 has them."""
    rows = good(96)
    rows[11] = row(11, "陈大文", 13822367712)
    rows[12] = row(12, "李小红", 1382236771)
    rows[34] = row(34, "潘亚水", branch="潘2")
    rows[77] = row(77, "陈大文", "138 2236 7712")
    return [["番村党员名册"], HEADER, *rows]


def test_a_file_with_three_bad_rows_is_taken_in_but_for_them_and_mended(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    heard = sent(keeper, excel(tmp_path / "番村党员名册.xlsx", with_bad_rows()))

    assert heard.text.splitlines() == [
        "读到96行：新增93，更新0，有问题3。",
        "第15行：手机号少一位（1382236771）",
        "第37行：支部“潘2”没有，是“番村潘二支部”吗",
        "第80行：和第14行同一人",
    ]
    assert heard.labels == ["先导入93行", label("roster_problems"), label("roster_leave")]
    assert roster(village) == []

    taken = keeper.says("1")

    assert taken.text.splitlines() == [
        "已导入93人。",
        "问题表（3行）已发给您，改好再发回即可。",
        "24小时内发“撤销导入”可还原。",
    ]
    assert len(roster(village)) == 93
    assert ("陈大文", "138****7712", "番村潘一支部") in roster(village)

    mend = paper(village, taken, tmp_path)
    rows = [list(one.cells) for one in read(mend, most=99)]
    assert rows[:2] == [["番村党员名册"], [*HEADER, "问题"]]
    assert [one[3] for one in rows[2:]] == [None, None, None]
    assert [one[7] for one in rows[2:]] == [
        "手机号少一位（1382236771）",
        "支部“潘2”没有，是“番村潘二支部”吗",
        "和第14行同一人",
    ]
    rows[2][4], rows[3][5], rows[4][1] = "13822367713", "潘二支部", "陈大武"
    back = sent(keeper, excel(tmp_path / "问题表.xlsx", rows))

    assert back.text == "3行全部通过，已导入。\n24小时内发“撤销导入”可还原。"
    assert len(roster(village)) == 96
    assert audited(village) == ["roster.import", "roster.import"]


def test_sent_again_a_file_changes_nothing(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    path = excel(tmp_path / "名册.xlsx", [HEADER, *good(5)])
    sent(keeper, path)
    keeper.says("1")
    before = roster(village)

    assert sent(keeper, path) == "roster/nothing_new"
    assert (roster(village), audited(village)) == (before, ["roster.import"])


def test_whoever_taps_twice_imports_once(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    heard = sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *good(5)]))

    assert keeper.presses(heard, label("roster_take_all")) == "roster/taken_in"
    assert keeper.presses(heard, label("roster_take_all")) == "roster/nothing_new"
    assert len(roster(village)) == 5


def test_nobody_leaves_because_a_file_does_not_name_them(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    rows = good(5)
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *rows]))
    keeper.says("1")

    heard = sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *rows[:3], row(9, "新来的")]))

    assert heard.text.splitlines() == [
        "读到4行，没有问题。",
        "新增1，更新0，不变3。",
        "名册里有、表里没有的2人，不会动。",
    ]
    assert keeper.says("1").text.splitlines()[1] == "名册里有、表里没有的2人，没有动。"
    assert len(roster(village)) == 6


def test_who_is_missing_is_listed_beside_the_problems_and_not_read_again(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    rows = good(3)
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *rows]))
    keeper.says("1")
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, rows[0], row(7, "李某", "123")]))

    asked = keeper.says("1")

    made = paper(village, asked, tmp_path)
    pages = {one.sheet: [] for one in read(made, most=99)}
    for one in read(made, most=99):
        pages[one.sheet].append(one.cells)
    assert asked == "roster/problems_sent"
    assert pages["名册里没有"] == [("姓名", "支部"), *((one[1], "番村潘一支部") for one in rows[1:])]
    assert sent(keeper, made).text.splitlines()[0] == "读到1行，没有一行能导入。"


def test_nothing_is_taken_in_when_the_cadre_would_rather_not(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *good(2)]))

    assert (keeper.says("2"), roster(village)) == ("roster/left", [])


def test_an_import_is_taken_back_within_a_day(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    rows = good(3)
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *rows]))
    keeper.says("1")
    before = roster(village)
    moved = [[*rows[0][:4], 13911112222, *rows[0][5:]], [*rows[1][:5], "潘二支部", rows[1][6]], row(8, "新来的")]
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *moved]))
    assert keeper.says("1").text.splitlines()[0] == "已导入3人。"
    assert roster(village) != before

    assert keeper.says("撤销导入").text.splitlines()[1] == "当时新增1，更新2。"
    assert keeper.says("1") == "roster/undone"

    assert roster(village) == before
    assert audited(village)[-1] == "roster.undo"
    assert sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *moved])).text.splitlines()[1] == "新增1，更新2，不变0。"


def test_after_a_day_an_import_stays(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *good(2)]))
    keeper.says("1")
    village.world.clock.turn(timedelta(hours=24))

    assert keeper.says("撤销导入") == "roster/too_late_to_undo"
    assert len(roster(village)) == 2


def test_an_import_stays_once_somebody_changed_what_it_wrote(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *good(2)]))
    keeper.says("1")

    def rename(db: Session) -> None:
        [first, *_] = db.execute(select(Person).join(Member, col(Member.person_id) == col(Person.id))).scalars()
        people.set_name(first, "改了名")
        db.add(first)

    village.world.run(rename)

    assert keeper.says("撤销导入", "1") == "roster/changed_since"
    assert len(roster(village)) == 2


def test_an_import_stays_once_somebody_it_added_has_spoken(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, row(1, "陈大文", 13822367712)]))
    keeper.says("1")
    li = village.person("li")
    village.world.run(
        lambda db: people.attach(db, people.by_mobile(db, "13822367712")[0], li.target, now=village.world.clock.now())
    )

    assert keeper.says("撤销导入", "1") == "roster/changed_since"


def test_there_is_nothing_to_take_back_where_nothing_was_imported(keeper: Neighbour) -> None:
    assert keeper.says("撤销导入") == "roster/nothing_to_undo"


def test_the_roster_is_given_out_and_comes_back_unchanged(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    assert keeper.says("导出名册") == "roster/nobody"
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, row(1, "陈大文", 13822367712), *good(3)]))
    keeper.says("1")

    heard = keeper.says("导出名册")

    made = paper(village, heard, tmp_path)
    assert heard.text == "名册给您，共4人，含完整电话，请妥善保管。"
    assert [one.cells for one in read(made, most=9)][1] == (
        "陈大文", "男", None, "2001-07-01", "13822367712", "番村潘一支部", "正式党员",
    )  # fmt: skip
    assert sent(keeper, made) == "roster/nothing_new"
    assert audited(village)[-1] == "roster.export"


def test_a_branch_of_somebody_else_is_refused(keeper: Neighbour, tmp_path: Path) -> None:
    heard = sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, row(1, "甲某", branch="深村一支部"), *good(1)]))

    assert heard.text.splitlines()[1] == "第2行：“深村一支部”不归您管"


def test_somebody_on_the_roster_of_another_village_is_not_taken_from_it(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    other = village.cadre("other", "深村")
    sent(other, excel(tmp_path / "名册.xlsx", [HEADER, row(1, "陈大文", 13822367712, branch="深村一支部")]))
    other.says("1")

    heard = sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, row(1, "陈大文", 13822367712)]))

    assert heard.text.splitlines()[1] == "第2行：在别处的名册上，请先联系那边或上级"
    assert roster(village) == [("陈大文", "138****7712", "深村一支部")]


def test_whoever_only_says_they_are_somebody_is_not_made_a_member(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    pretender = village.person("pretender")

    def claim(db: Session) -> int | None:
        person = pretender.record(db)
        people.set_name(person, "陈大文")
        people.set_mobile(db, person, "13822367712")
        return person.id

    pretender_id = village.world.run(claim)
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, row(1, "陈大文", 13822367712)]))
    keeper.says("1")

    [member_id] = village.world.run(lambda db: list(db.execute(select(Member.person_id)).scalars()))
    assert member_id != pretender_id


def test_whoever_keeps_no_roster_passes_a_file_on(village: Village, li: Neighbour, tmp_path: Path) -> None:
    path = excel(tmp_path / "名册.xlsx", [HEADER, *good(1)])

    assert sent(li, path) == "cases/received_document"
    assert sent(village.cadre("worker", "番村", Role.GRID_WORKER), path) == "cases/received_document"
    assert li.says("名册") == "access/not_yours"


def test_the_file_may_be_asked_for(keeper: Neighbour, tmp_path: Path) -> None:
    assert keeper.says("名册") == "roster/send_file"
    assert sent(keeper, excel(tmp_path / "a.xlsx", [HEADER, *good(1)])) == "roster/all_good"
    assert sent(keeper, excel(tmp_path / "a.xlsx", [HEADER, *good(1)]), "名册") == "roster/all_good"


def test_a_file_that_is_still_coming_is_looked_at_later(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    file = IncomingFile(FileKind.DOCUMENT, remote_id="far", name="名册.xlsx")
    assert keeper.sends(keeper.inbound(files=(file,))) == "roster/still_coming"
    assert keeper.says("1") == "roster/still_coming"
    digest = HOUSE.store.keep(excel(tmp_path / "a.xlsx", [HEADER, *good(1)]).read_bytes())
    village.world.run(lambda db: files.arrived(db, 1, digest, 1))

    assert keeper.says("1") == "roster/all_good"


def test_another_persons_file_cannot_be_taken_in(village: Village, keeper: Neighbour, tmp_path: Path) -> None:
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *good(1)]))
    other = village.cadre("other", "番村")

    def hand_over(db: Session) -> None:
        row = db.get_one(StoredFile, 1)
        row.person_id = other.record(db).id
        db.add(row)

    village.world.run(hand_over)

    assert (keeper.says("1"), roster(village)) == ("roster/no_such_file", [])


def test_a_channel_that_carries_no_personal_data_takes_no_roster(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    village.world.traits["test"] = Traits(has_buttons=True, carries_personal_data=False)

    assert sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *good(1)])) == "roster/not_here"
    assert keeper.says("名册") == "roster/not_here"
    assert village.world.run(lambda db: db.get_one(StoredFile, 1).state) is FileState.LOST


def test_it_goes_out_on_any_channel_which_makes_a_link_of_it_where_it_must(
    village: Village, keeper: Neighbour, tmp_path: Path
) -> None:
    sent(keeper, excel(tmp_path / "名册.xlsx", [HEADER, *good(1)]))
    assert keeper.says("1") == "roster/taken_in"
    village.world.traits["test"] = Traits(has_buttons=True, carries_personal_data=False)

    given = keeper.says("导出名册")

    assert (given, [one.name for one in given.message.attachments]) == ("roster/export", ["名册.xlsx"])


def test_no_roster_is_taken_where_others_listen(keeper: Neighbour) -> None:
    file = IncomingFile(FileKind.DOCUMENT, remote_id="far", name="名册.xlsx")

    assert keeper.sends(keeper.inbound(files=(file,), is_group=True)) == "roster/alone"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("名册.xlsx", b"%PDF-1.7 renamed", "这不是 Excel（.xlsx）或 CSV 表格，我读不了。"),
        ("名册.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "这是旧版 Excel（.xls）。请另存为 .xlsx 再发。"),
        ("名册.csv", "物资,数量\n口罩,3\n".encode(), "没找到表头。请让表头一行写明“姓名”和“手机”“支部”等。"),
        ("名册.csv", "姓名,手机\n".encode("gb18030"), "表头下面没有人员。"),
        ("名册.csv", ("姓名,手机\n" + "甲某,\n" * 2001).encode(), "这里一次最多读2000行，更大的请管理员用命令导入。"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_in_a_sentence(
    village: Village, keeper: Neighbour, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)

    assert (sent(keeper, tmp_path / name).text, roster(village)) == (said, [])
