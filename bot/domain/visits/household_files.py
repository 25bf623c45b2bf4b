"""Lists of households that come by a page: the file somebody sent, and the rows of it that are to be mended.

They are kept and dropped as files of rosters are: :mod:`bot.domain.rosters.roster_files`.
"""

from pathlib import Path

from bot.domain.files import KeptFile
from bot.domain.rosters.roster_files import MOST_ROWS
from bot.domain.rosters.roster_header import HOUSEHOLDS
from bot.domain.rosters.roster_sheets import problem_pages
from bot.domain.visits.household_judging import Plan
from bot.domain.visits.household_reading import Reading, read_households
from bot.sheets import read, workbook


def opened(file: KeptFile) -> Reading:
    """Read a list that somebody sent; raise :class:`bot.sheets.UnreadableSheet` when it is none."""
    return read_households(file.path, name=file.name, most=MOST_ROWS)


def problems_file(path: Path, plan: Plan, *, name: str, most: int) -> bytes:
    """Return the rows that could not be taken as a file like the one they came in, each with its problem.

    Numbers of identity cards are left out. Raises :class:`bot.sheets.UnreadableSheet`.
    """
    return workbook(problem_pages(read(path, name=name, most=most), dict(plan.problems()), HOUSEHOLDS))
