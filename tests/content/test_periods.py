"""Weeks and months as a cadre says them."""

from datetime import date

import pytest

from content.periods import read

THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("周报", ("week", THURSDAY)),
        ("本周", ("week", THURSDAY)),
        ("上周周报", ("week", date(2026, 11, 19))),
        ("上個星期", ("week", date(2026, 11, 19))),
        ("月报", ("month", THURSDAY)),
        ("上月", ("month", date(2026, 10, 31))),
        ("9月月报", ("month", date(2026, 9, 1))),
        ("九月的月报", ("month", date(2026, 9, 1))),
        ("11月", ("month", date(2026, 11, 1))),
        ("12月月报", ("month", date(2025, 12, 1))),
        ("去年9月", ("month", date(2025, 9, 1))),
        ("2025年3月份", ("month", date(2025, 3, 1))),
        ("13月", None),
        ("0月", None),
        ("1999年3月", None),
        ("下周", None),
        ("月", None),
        ("", None),
    ],
)
def test_a_week_or_month_is_read(text: str, expected: tuple[str, date] | None) -> None:
    assert read(text, THURSDAY) == expected
