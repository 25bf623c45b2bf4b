"""Which days are working days."""

from datetime import date

import pytest

from content.holidays import is_working_day


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 2, 13), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 15), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 9, 20), True),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 28), False),
        (date(2031, 1, 1), False),
        (date(2031, 10, 3), False),
        (date(2031, 10, 6), True),
        (date(2031, 10, 4), False),
    ],
)
def test_holidays_are_off_and_weekends_worked_instead_are_not(day: date, is_worked: bool) -> None:  # noqa: FBT001  # a table
    assert is_working_day(day) is is_worked
