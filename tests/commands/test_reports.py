"""The superior's workbook from the command line."""

from pathlib import Path

import pytest

from tests.commands.conftest import CommandLine
from tests.kit.spreadsheets import excel


@pytest.fixture
def organised(installed: CommandLine, tmp_path: Path) -> CommandLine:
    (tmp_path / "units.csv").write_text("名称,类型,上级\n番村,village,石湾镇\n石湾镇,党委,\n", encoding="utf-8")
    installed("units", "import", tmp_path / "units.csv")
    return installed


def test_a_workbook_is_kept_for_a_unit_or_for_all(organised: CommandLine, tmp_path: Path) -> None:
    form = excel(tmp_path / "月报.xlsx", [["{{答疑}}", "{{活动.名称}}"]])

    said = [organised("reports", "template", form).out, organised("reports", "template", form, "--unit", "番村").out]

    assert said == [
        "石湾镇 and all below it report with 月报.xlsx: 2 places.\n",
        "番村 and all below it report with 月报.xlsx: 2 places.\n",
    ]


def test_what_is_wrong_is_named_by_its_cell_and_kept_by_nobody(organised: CommandLine, tmp_path: Path) -> None:
    wrong, empty = excel(tmp_path / "a.xlsx", [["{{答题}}"]]), excel(tmp_path / "b.xlsx", [["x"]])
    (tmp_path / "c.xlsx").write_bytes(b"hello")

    ran = [organised("reports", "template", one) for one in (wrong, empty, tmp_path / "c.xlsx")]

    assert [one.code for one in ran] == [1, 1, 1]
    assert [one.err for one in ran] == [
        f"{wrong} is not in order:\nA1: 没有“答题”这一项\n",
        f"There is no place to fill in in {empty}.\n",
        f"Cannot read {tmp_path / 'c.xlsx'}: the file is neither .xlsx nor .csv, whatever its name says.\n",
    ]


def test_a_unit_there_is_not_is_refused(organised: CommandLine, tmp_path: Path) -> None:
    form = excel(tmp_path / "月报.xlsx", [["{{答疑}}"]])

    assert organised("reports", "template", form, "--unit", "深村").complaints == [
        "There is no unit 深村; see: hongyan units list"
    ]
