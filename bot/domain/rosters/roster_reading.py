"""From the rows of a file to the lines of a roster: finds the header of each sheet, reads what stands below it.

A file is read as a stream and outside of any write transaction where it is large; what is kept of a row is the few
fields a roster has. Identity-card columns are never looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.domain.persons.people import name_key
from bot.domain.rosters import roster_cells as cells
from bot.domain.rosters.roster_header import ROSTER, Header, Layout, header_of, is_again
from bot.sheets import Row, read
from content import rosters
from db.models import Category, MemberKind

Place = tuple[str, int]
"""Where a row stands: its sheet and its number."""

_LONGEST_NAME = 30
_CONTEXT_ROWS = 20


@dataclass(slots=True)
class Line:
    """What a row says of one person; what it does not say is empty and changes nothing."""

    place: Place
    name: str = ""
    mobile: str = ""
    unit: str = ""
    gender: str = ""
    born_on: date | None = None
    joined_on: date | None = None
    kind: MemberKind | None = None
    category: Category | None = None
    is_probationary: bool | None = None


@dataclass(slots=True)
class Reading:
    """All that a file says: its lines, the rows that cannot be taken with their reasons, and what stands around.

    ``count`` is how many rows are people, whether or not they can be taken.

    ``about`` are the words above each table and the names of sheet and file, which may name the branch of all.
    ``is_correction`` tells that it is a file of ours with problems to mend: whoever is not in it is not missing.
    """

    lines: list[Line] = field(default_factory=list[Line])
    problems: dict[Place, list[str]] = field(default_factory=dict[Place, list[str]])
    about: dict[str, str] = field(default_factory=dict[str, str])
    count: int = 0
    sheets: int = 0
    is_correction: bool = False
    has_header: bool = False

    def where(self, place: Place) -> str:
        """Say where a row stands, with its sheet where there are several."""
        return rosters.where(*place, is_only_sheet=self.sheets < 2)  # noqa: PLR2004  # one or none

    def refuse(self, line: Line, reason: str) -> None:
        """Note that a line cannot be taken, and why."""
        self.problems.setdefault(line.place, []).append(reason)


def read_roster(path: Path, *, name: str, most: int, today: date) -> Reading:
    """Read a roster; raise :class:`bot.sheets.UnreadableSheet` when the file is no table or has over ``most`` rows."""
    reading = Reading()
    for sheet, header, row in tables(read(path, name=name, most=most)):
        if header is None:
            reading.has_header = reading.has_header or header_of(row) is not None
            reading.about[sheet] = f"{reading.about.get(sheet, f'{name} {sheet}')} {text_of(row)}"
            continue
        reading.about.setdefault(sheet, f"{name} {sheet}")
        reading.is_correction = reading.is_correction or "problem" in header.columns
        _take(reading, header, row, today)
    reading.count = len(reading.lines) + len(reading.problems)
    reading.sheets = len({place[0] for place in reading.problems} | {line.place[0] for line in reading.lines})
    return reading


def tables(rows: Iterable[Row], layout: Layout = ROSTER) -> Iterator[tuple[str, Header | None, Row]]:
    """Yield every row with its sheet and the header it stands below, ``None`` for rows above one and headers."""
    sheet: str | None = None
    header: Header | None = None
    above = 0
    for row in rows:
        if row.sheet == rosters.word("absent_sheet"):
            continue
        if row.sheet != sheet:
            sheet, header, above = row.sheet, None, 0
        if header is None and above < _CONTEXT_ROWS:
            above += 1
            header = header_of(row, layout)
            yield row.sheet, None, row
        elif header is not None and is_again(header, row):
            header = header.joined(row)
            yield row.sheet, None, row
        elif header is not None:
            yield row.sheet, header, row


def text_of(row: Row) -> str:
    """Return all that a row says on one line, such as a title above a table."""
    return " ".join(filter(None, map(cells.words, row.cells)))[:200]


def _take(reading: Reading, header: Header, row: Row, today: date) -> None:
    if header.says_nothing(row):
        return
    first = next((said for cell in row.cells if (said := cells.words(cell))), "")
    if rosters.is_no_person(first):
        return
    line, reasons = _line(header, row, today)
    if reasons:
        reading.problems[line.place] = reasons
    else:
        reading.lines.append(line)


def _line(header: Header, row: Row, today: date) -> tuple[Line, list[str]]:
    line = Line((row.sheet, row.number), unit=cells.words(header.cell(row, "unit")))
    reasons: list[str] = []
    readers = (_read_name, _read_phone, _read_gender, _read_days, _read_category)
    for reader in readers:
        try:
            reader(line, header, row, today)
        except cells.Unread as reason:
            reasons.append(str(reason))
    if not reasons and line.born_on and line.joined_on and line.joined_on < line.born_on:
        reasons.append(rosters.problem("joined_before_born"))
    return line, reasons


def _read_name(line: Line, header: Header, row: Row, _today: date) -> None:
    said = cells.words(header.cell(row, "name"))
    line.name = said.replace(" ", "") if not said.isascii() else said
    if not said:
        raise cells.Unread(rosters.problem("name_missing"))
    if len(line.name) > _LONGEST_NAME or not name_key(line.name) or any(map(str.isdecimal, line.name)):
        raise cells.Unread(rosters.problem("name_odd", value=line.name[:_LONGEST_NAME]))


def _read_phone(line: Line, header: Header, row: Row, _today: date) -> None:
    line.mobile = cells.mobile(header.cell(row, "phone"))


def _read_gender(line: Line, header: Header, row: Row, _today: date) -> None:
    said = cells.words(header.cell(row, "gender"))
    if rosters.is_nothing(said):
        return
    gender = rosters.gender(said)
    if gender is None:
        raise cells.Unread(rosters.problem("gender_odd", value=said[:20]))
    line.gender = gender


def _read_days(line: Line, header: Header, row: Row, today: date) -> None:
    line.born_on = cells.day(header.cell(row, "born"), header.heading("born"), today=today)
    line.joined_on = cells.day(header.cell(row, "joined"), header.heading("joined"), today=today)


def _read_category(line: Line, header: Header, row: Row, _today: date) -> None:
    meant = rosters.categories(cells.words(header.cell(row, "category")))
    line.kind = next((kind for kind in MemberKind if kind.value in meant), None)
    if line.kind is None and meant:
        line.kind = MemberKind.PARTY_MEMBER
    line.category = next((one for one in (Category.FLOATING, Category.ENTERPRISE) if one.value in meant), None)
    if line.category is None and meant & {"regular", "full", "probationary"}:
        line.category = Category.REGULAR
    if meant & {"full", "probationary"}:
        line.is_probationary = "probationary" in meant
