"""Formulas of a sheet in which rows are put in below a row that is repeated."""

import pytest

from bot.sheets.formulas import Gap, area, moved, reaches_outside, repeated

GAP = Gap("月报", 5, 3)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=SUM(D5:D5)", "=SUM(D5:D8)"),
        ("=SUM(D4:D6)", "=SUM(D4:D9)"),
        ("=SUM($D$2:$D$5)", "=SUM($D$2:$D$8)"),
        ("=D4+D5+D6", "=D4+D5+D9"),
        ("=SUM(D1:D4)", "=SUM(D1:D4)"),
        ("=月报!D6", "=月报!D9"),
        ("='月报'!D6", "='月报'!D9"),
        ("=别处!D6", "=别处!D6"),
        ("=SUM(A:A)", "=SUM(A:A)"),
        ("=SUM(5:6)", "=SUM(5:9)"),
        ('="D6"&D6', '="D6"&D9'),
        ("=LOG10(D6)", "=LOG10(D9)"),
        ("=Total", "=Total"),
        ("=IF(D6>0, SUM(D5:E5), {1,2})", "=IF(D9>0, SUM(D5:E8), {1,2})"),
        ("=D6#", "=D6#"),
    ],
)
def test_what_a_formula_refers_to_moves_along(formula: str, expected: str) -> None:
    assert moved(formula, GAP, sheet="月报") == expected


def test_another_sheet_refers_to_it_by_name() -> None:
    assert [moved(one, GAP, sheet="汇总") for one in ("=D6", "=月报!D6")] == ["=D6", "=月报!D9"]


def test_the_row_itself_goes_on_taking_from_one_row() -> None:
    assert moved("=SUM(B5:C5)/D6", GAP, sheet="月报", is_repeated=True) == "=SUM(B5:C5)/D9"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("=B5*C5", "=B7*C7"), ("=B5/B$9", "=B7/B$9"), ("=SUM(B5:C5)", "=SUM(B7:C7)"), ("=D5#", "=D5#")],
)
def test_a_repeated_formula_counts_its_own_row(formula: str, expected: str) -> None:
    assert repeated(formula, 5, 2) == expected


def test_ranges_are_moved_one_by_one() -> None:
    assert area("A1:F5 B7 C5:C6,D4", GAP) == "A1:F8 B10 C5:C9,D4"


@pytest.mark.parametrize(
    "formula",
    [
        "=[1]Sheet1!A1",
        "='[报表.xlsx]Sheet1'!A1 + [2]X!B2",
        "=cmd|'/c calc'!A1",
        "=cmd|A1",
        '=WEBSERVICE("http://127.0.0.1/")',
        "=_xlfn.WEBSERVICE(A1)",
        '=RTD("x",,"y")',
        "=D5#",
        "='\\\\server\\share\\[a.xlsx]x'!A1",
    ],
)
def test_what_reaches_outside_is_seen(formula: str) -> None:
    assert reaches_outside(formula)


@pytest.mark.parametrize(
    "formula", ["=SUM(A1:A3)", '="a|b"', "=Table1[合计]", "=IF(A1>1,1,2)", '=HYPERLINK("#A1","上")']
)
def test_what_stays_within_is_left_alone(formula: str) -> None:
    assert not reaches_outside(formula)
