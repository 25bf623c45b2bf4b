"""Units, rosters and roles from the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.sheets import read
from tests.commands.conftest import CommandLine
from tests.kit.spreadsheets import excel

UNITS = "名称,类型,上级\n潘一支部,支部,番村\n番村,village,石湾镇\n潘二支部,,番村\n石湾镇,党委,\n"
ROSTER = [
    ["姓名", "手机", "支部"],
    ["陈大文", 13822367712, "潘一支部"],
    ["李小红", "138 2236 7713", "潘二"],
    ["潘亚水", 1382236771, "潘一支部"],
]


@pytest.fixture
def organised(installed: CommandLine, tmp_path: Path) -> CommandLine:
    """An installation with a town, a village and two branches."""
    (tmp_path / "units.csv").write_text(UNITS, encoding="gb18030")
    ran = installed("units", "import", tmp_path / "units.csv")
    assert (ran.code, ran.out, ran.err) == (0, "Units: 4 new, 0 unchanged.\n", "")
    return installed


def roster(tmp_path: Path, rows: Sequence[Sequence[Any]] = ROSTER) -> Path:
    return excel(tmp_path / "名册.xlsx", rows)


def test_units_come_in_any_order_and_are_shown_as_a_tree(organised: CommandLine) -> None:
    assert organised("units", "list").out.splitlines() == [
        "石湾镇  committee",
        "  番村  village",
        "    潘二支部  branch",
        "    潘一支部  branch",
        "4 units.",
    ]


def test_units_that_are_there_stay_as_they_are(organised: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(
        "- {name: 潘三支部, kind: branch, parent: 石湾镇/番村}\n- {name: 番村, kind: village, parent: 石湾镇}\n",
        encoding="utf-8",
    )

    assert organised("units", "import", tmp_path / "more.yaml").out == "Units: 1 new, 1 unchanged.\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["深村", "village", "没有的镇"]], "units.xlsx: row 2: there is no 没有的镇 to be above 深村"),
        ([["深村", "县城", "石湾镇"]], "units.xlsx: row 2: 县城 is no kind of unit; write one of committee, "),
        ([["深村", "village", None]], "units.xlsx: row 2: 深村 needs a parent, for 石湾镇 is above all"),
        ([[None, "village", "石湾镇"]], "units.xlsx: row 2: a unit needs a name without slashes, of 80 letters"),
        ([["甲", "group", "乙"], ["乙", "group", "甲"]], "units.xlsx: row 2: 乙 is above itself"),
    ],
)
def test_a_tree_that_does_not_hold_together_changes_nothing(
    organised: CommandLine, tmp_path: Path, rows: list[list[str]], said: str
) -> None:
    file = excel(tmp_path / "units.xlsx", [["name", "kind", "parent"], ["东村", "village", "石湾镇"], *rows][:1] + rows)

    ran = organised("units", "import", file)

    assert (ran.code, ran.out, ran.complaints[0][: len(said)]) == (1, "", said)
    assert organised("units", "list").out.splitlines()[-1] == "4 units."


def test_a_roster_is_looked_at_taken_in_and_taken_again_without_a_change(
    organised: CommandLine, tmp_path: Path
) -> None:
    dry = organised("roster", "import", roster(tmp_path), "--dry-run")
    done = organised("roster", "import", roster(tmp_path))
    again = organised("roster", "import", roster(tmp_path))

    bad = ["第3行: 支部“潘二”没有，是“潘二支部”吗", "第4行: 手机号少一位（1382236771）"]
    assert dry.out.splitlines() == ["Read 3 rows: 1 new, 0 changed, 0 unchanged, 2 not right. Nothing was taken.", *bad]
    assert done.out.splitlines() == ["Read 3 rows: 1 new, 0 changed, 0 unchanged, 2 not right.", *bad]
    assert again.out.splitlines()[0] == "Read 3 rows: 0 new, 0 changed, 1 unchanged, 2 not right."


def test_the_rows_with_problems_are_mended_and_taken_in(organised: CommandLine, tmp_path: Path) -> None:
    mend = tmp_path / "mend.xlsx"
    organised("roster", "import", roster(tmp_path), "--problems", mend)
    rows = [list(row.cells) for row in read(mend, most=9)]
    rows[1][2], rows[2][1] = "潘二支部", "13822367714"

    assert organised("roster", "import", roster(tmp_path, rows)).out == (
        "Read 2 rows: 2 new, 0 changed, 0 unchanged, 0 not right.\n"
    )


def test_a_roster_goes_out_with_phones_in_full(organised: CommandLine, tmp_path: Path) -> None:
    organised("roster", "import", roster(tmp_path))

    ran = organised("roster", "export", tmp_path / "out.xlsx")

    assert (ran.code, [row.cell(4) for row in read(tmp_path / "out.xlsx", most=9)]) == (0, ["手机号", "13822367712"])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty."),
        (b"%PDF-1.7", "the file is neither .xlsx nor .csv, whatever its name says."),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(
    organised: CommandLine, tmp_path: Path, data: bytes, said: str
) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(data)

    ran = organised("roster", "import", file)

    assert (ran.code, ran.out, ran.err) == (1, "", f"Cannot read {file}: {said}\n")


def test_a_roster_needs_units_and_people(installed: CommandLine, tmp_path: Path) -> None:
    without_units = installed("roster", "import", roster(tmp_path))
    without_people = installed("roster", "import", excel(tmp_path / "b.xlsx", [["物资", "数量"]]))

    assert [(ran.code, len(ran.complaints)) for ran in (without_units, without_people)] == [(1, 1), (1, 1)]


def test_a_role_is_given_to_whom_a_number_means(organised: CommandLine, tmp_path: Path) -> None:
    organised("roster", "import", roster(tmp_path))

    ran = organised("grant", "--phone", "+86 138-2236-7712", "--role", "书记", "--unit", "番村")

    assert (ran.code, ran.out) == (0, "陈大文 138****7712 is secretary of 番村.\n")


def test_of_two_with_one_number_the_one_meant_is_named(organised: CommandLine, tmp_path: Path) -> None:
    organised("roster", "import", roster(tmp_path, [*ROSTER[:2], ["陈小文", 13822367712, "潘二支部"]]))
    command = ("grant", "--phone", "13822367712", "--role", "cadre", "--unit", "番村")

    unclear, clear = organised(*command), organised(*command, "--name", "陈小文")

    assert (unclear.code, unclear.err) == (
        1,
        "2 people have this number: 陈大文 (潘一支部), 陈小文 (潘二支部). Say whom you mean with --name.\n",
    )
    assert clear.out == "陈小文 138****7712 is cadre of 番村.\n"


def test_the_first_administrator_is_written_down_by_name(organised: CommandLine) -> None:
    command = ("grant", "--phone", "13900000001", "--role", "admin", "--unit", "石湾镇")

    assert organised(*command).err == "Nobody has the number ending in 0001; write them down with --name.\n"
    assert organised(*command, "--name", "周敏").out == "周敏 139****0001 is admin of 石湾镇.\n"
    assert organised(*command).out == "周敏 139****0001 is admin of 石湾镇.\n"


@pytest.mark.parametrize(
    ("phone", "role", "unit", "said"),
    [
        ("123", "admin", "番村", "123 is no mobile number of 11 digits.\n"),
        (
            "13900000001",
            "king",
            "番村",
            "There is no role king; write one of secretary, cadre, grid_worker, editor, admin.\n",
        ),
        ("13900000001", "admin", "天边", "There is no unit 天边; see: hongyan units list\n"),
    ],
)
def test_a_role_that_cannot_be_given_is_refused(
    organised: CommandLine, phone: str, role: str, unit: str, said: str
) -> None:
    ran = organised("grant", "--phone", phone, "--role", role, "--unit", unit)

    assert (ran.code, ran.err) == (1, said)


def test_a_list_of_households_is_looked_at_taken_in_and_its_problems_are_written_down(
    organised: CommandLine, tmp_path: Path
) -> None:
    organised("roster", "import", roster(tmp_path))
    rows = [["村", "地址", "户主", "联系党员"], ["番村", "东一巷1号", "李桂兰", "陈大文"], ["番村", "", "潘炳权", ""]]
    file = excel(tmp_path / "联系户.xlsx", rows)

    dry = organised("households", "import", file, "--dry-run")
    done = organised("households", "import", file, "--problems", tmp_path / "problems.xlsx")
    none = organised("households", "import", roster(tmp_path))

    assert dry.out == "Read 2 rows: 1 new, 0 changed, 0 unchanged, 1 not right. Nothing was taken.\n第3行: 地址空\n"
    assert done.out.splitlines()[0] == "Read 2 rows: 1 new, 0 changed, 0 unchanged, 1 not right."
    assert [row.cells[-1] for row in read(tmp_path / "problems.xlsx", most=9)] == ["问题", "地址空"]
    assert (none.code, none.complaints[0][:27]) == (1, "There is no household in " + str(tmp_path)[:2])
