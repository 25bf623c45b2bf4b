"""A roster as a file: what could not be taken in, in the layout it came in, and the roster as it stands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.house import house_of
from bot.domain.rosters import roster_cells as cells
from bot.domain.rosters.roster_header import ROSTER, Header, Layout
from bot.domain.rosters.roster_judging import Plan
from bot.domain.rosters.roster_reading import Place, tables
from bot.sheets import Cell, Page, Row, read, workbook
from content import rosters
from db.models import Category, Member, MemberKind, MemberState, Person, Unit

COLUMNS = ("name", "gender", "born", "joined", "phone", "unit", "category")
_PAGE = 1000


def problems_file(path: Path, plan: Plan, *, name: str, most: int) -> bytes:
    """Return the rows that could not be taken as a file like the one they came in, each with its problem.

    Mended and sent back, it takes only those rows. Whoever is on the roster but not in the file stands on a sheet of
    their own, which is not read again. Numbers of identity cards are left out. Raises :class:`UnreadableSheet`.
    """
    reasons = dict(plan.problems())
    pages = problem_pages(read(path, name=name, most=most), reasons)
    missing = Page(rosters.word("absent_sheet"), [rosters.heading("name"), rosters.heading("unit")], plan.absent)
    return workbook([*pages, *([missing] if plan.absent else [])])


def roster_file(db: Session, reach: Sequence[str], *, mark: str = "") -> bytes:
    """Return everybody on the rosters below some paths as a file, phones in full: only for who may see them.

    ``mark`` says who took it along, where it is printed: a row of its own would be read as somebody on the roster.
    """
    header = [rosters.heading(one) for one in COLUMNS]
    return workbook([Page(rosters.word("export_title"), header, _everybody(db, reach))], mark=mark)


def problem_pages(rows: Iterable[Row], reasons: Mapping[Place, str], layout: Layout = ROSTER) -> list[Page]:
    """Return the rows of a table that have a problem, sheet by sheet, each with what is wrong behind it."""
    made: dict[str, _Copy] = {}
    for sheet, header, row in tables(rows, layout):
        copy = made.setdefault(sheet, _Copy())
        if header is None:
            copy.above.append(row)
        elif (sheet, row.number) in reasons:
            copy.take(header, row, reasons[sheet, row.number])
    default = rosters.word("errors_title")
    return [copy.page(sheet or default) for sheet, copy in made.items() if copy.rows]


class _Copy:
    """A sheet with only the rows that have a problem; the problem stands in a column of its own behind the others."""

    def __init__(self) -> None:
        self.above: list[Row] = []
        self.rows: list[tuple[Header, Row, str]] = []

    def take(self, header: Header, row: Row, reason: str) -> None:
        self.rows.append((header, row, reason))

    def page(self, title: str) -> Page:
        """Return the sheet; the last row above the table is its header."""
        width = max(len(row.cells) for row in (*self.above, *(row for _, row, _ in self.rows)))
        column = self.rows[0][0].columns.get("problem", width)
        *above, last = [_copied(row) for row in self.above]
        body = [_with(_copied(row), column, reason) for _, row, reason in self.rows]
        return Page(title, _with(last, column, rosters.heading("problem")), body, above)


def _with(values: list[Cell], column: int, value: str) -> list[Cell]:
    values += [None] * (column + 1 - len(values))
    values[column] = value
    return values


def _copied(row: Row) -> list[Cell]:
    return [_plain(cell) for cell in row.cells]


def _plain(cell: Cell) -> Cell:
    """Return a cell that a person can mend: long numbers as text, and no identity card."""
    if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= 1e9:  # noqa: PLR2004  # a phone
        cell = cells.words(cell)
    return cells.without_identity_cards(cell)


def _everybody(db: Session, reach: Sequence[str]) -> Iterator[list[Cell]]:
    within = units.in_subtrees(reach)
    query = (
        select(Member, col(Person.name), col(Person.mobile_sealed), col(Unit.name))
        .join(Person, col(Person.id) == col(Member.person_id))
        .join(Unit, col(Unit.id) == col(Member.unit_id))
        .where(col(Member.state) == MemberState.ACTIVE, within)
        .order_by(col(Unit.path), col(Member.id))
    )
    keys = house_of(db).keys
    for member, name, sealed, unit in db.execute(query.execution_options(yield_per=_PAGE)):
        phone = keys.open(sealed) if sealed else ""
        born, joined = _shown(member.born_on), _shown(member.joined_on)
        yield [name, member.gender or None, born, joined, phone or None, unit, _category(member)]


def _shown(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _category(member: Member) -> str:
    if member.kind is not MemberKind.PARTY_MEMBER:
        return rosters.category_name(member.kind)
    names = [rosters.category_name("probationary")] if member.is_probationary else []
    if member.category is not Category.REGULAR or not names:
        names.append(rosters.category_name(member.category))
    return " ".join(names)
