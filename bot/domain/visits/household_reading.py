"""From the rows of a file to the lines of a list of households; cells are read as those of rosters are."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.persons.people import name_key
from bot.domain.rosters import roster_cells as cells
from bot.domain.rosters.roster_header import HOUSEHOLDS, Header, header_of
from bot.domain.rosters.roster_reading import Place, tables, text_of
from bot.domain.visits.households import LONGEST_ADDRESS, tidy_address
from bot.sheets import Row, read
from content import rosters

_LONGEST_NAME = 30


@dataclass(slots=True)
class Line:
    """What a row says of one household; what it does not say is empty and changes nothing."""

    place: Place
    address: str = ""
    holder: str = ""
    mobile: str = ""
    unit: str = ""
    contact: str = ""
    contact_mobile: str = ""


@dataclass(slots=True)
class Reading:
    """All that a file says: its lines, the rows that cannot be taken with their reasons, what stands above them.

    ``count`` is how many rows are households, whether or not they can be taken.
    """

    lines: list[Line] = field(default_factory=list[Line])
    problems: dict[Place, list[str]] = field(default_factory=dict[Place, list[str]])
    about: dict[str, str] = field(default_factory=dict[str, str])
    count: int = 0
    sheets: int = 0
    has_header: bool = False

    def where(self, place: Place) -> str:
        """Say where a row stands, with its sheet where there are several."""
        return rosters.where(*place, is_only_sheet=self.sheets < 2)  # noqa: PLR2004  # one or none

    def refuse(self, line: Line, reason: str) -> None:
        """Note that a line cannot be taken, and why."""
        self.problems.setdefault(line.place, []).append(reason)


def read_households(path: Path, *, name: str, most: int) -> Reading:
    """Read a list; raise :class:`bot.sheets.UnreadableSheet` when the file is no table or has over ``most`` rows."""
    reading = Reading()
    for sheet, header, row in tables(read(path, name=name, most=most), HOUSEHOLDS):
        if header is None:
            reading.has_header = reading.has_header or header_of(row, HOUSEHOLDS) is not None
            reading.about[sheet] = f"{reading.about.get(sheet, f'{name} {sheet}')} {text_of(row)}"
            continue
        reading.about.setdefault(sheet, f"{name} {sheet}")
        _take(reading, header, row)
    reading.count = len(reading.lines) + len(reading.problems)
    reading.sheets = len({place[0] for place in reading.problems} | {line.place[0] for line in reading.lines})
    return reading


def _take(reading: Reading, header: Header, row: Row) -> None:
    first = next((said for cell in row.cells if (said := cells.words(cell))), "")
    if header.says_nothing(row) or rosters.is_no_person(first):
        return
    line = Line((row.sheet, row.number), unit=cells.words(header.cell(row, "unit")))
    reasons: list[str] = []
    for reader in (_read_address, _read_holder, _read_phone, _read_contact):
        try:
            reader(line, header, row)
        except cells.Unread as reason:
            reasons.append(str(reason))
    if reasons:
        reading.problems[line.place] = reasons
    else:
        reading.lines.append(line)


def _read_address(line: Line, header: Header, row: Row) -> None:
    line.address = tidy_address(cells.words(header.cell(row, "address")))
    if rosters.is_nothing(line.address):
        raise cells.Unread(rosters.problem("address_missing"))
    if len(line.address) > LONGEST_ADDRESS:
        raise cells.Unread(rosters.problem("address_long", most=LONGEST_ADDRESS))


def _read_holder(line: Line, header: Header, row: Row) -> None:
    said = _name(cells.words(header.cell(row, "holder")))
    if rosters.is_nothing(said):
        return
    if len(said) > _LONGEST_NAME or not name_key(said) or any(map(str.isdecimal, said)):
        raise cells.Unread(rosters.problem("holder_odd", value=said[:_LONGEST_NAME]))
    line.holder = said


def _read_phone(line: Line, header: Header, row: Row) -> None:
    line.mobile = cells.mobile(header.cell(row, "phone"))


def _read_contact(line: Line, header: Header, row: Row) -> None:
    said = _name(cells.words(header.cell(row, "contact")))
    line.contact = "" if rosters.is_nothing(said) else said[:_LONGEST_NAME]
    line.contact_mobile = cells.mobile(header.cell(row, "contact_phone"))


def _name(said: str) -> str:
    return said if said.isascii() else said.replace(" ", "")
