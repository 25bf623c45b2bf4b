"""Keeps a workbook somebody sent from doing harm when all of it is held: looked at folded, before it is opened."""

import re
import zipfile
from collections import Counter
from xml.parsers import expat

from bot.sheets.faults import Fault, UnreadableSheet

LARGEST = 2 * 1024 * 1024
"""Bytes of the largest workbook that is held."""

_MOST_UNFOLDED = 10 * 1024 * 1024
_MOST_PARTS = 300
_MOST_CELLS = 40_000
_MOST_ROWS = 10_000
_MOST_MERGED = 50_000
_WORKBOOK = "xl/workbook.xml"
_XML = (".xml", ".rels", ".vml")
_AREA = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7}):\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MACROS = re.compile(rb"macroEnabled", re.IGNORECASE)


def insist_on_harmless(archive: zipfile.ZipFile) -> None:
    """Refuse what unfolds to too much, what brings macros, and what declares entities of its own."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableSheet(Fault.LOCKED)
    if _WORKBOOK not in names:
        raise UnreadableSheet(Fault.NOT_A_TABLE)
    if len(parts) > _MOST_PARTS or len(names) < len(parts) or sum(part.file_size for part in parts) > _MOST_UNFOLDED:
        raise UnreadableSheet(Fault.TOO_LARGE)
    if any("vbaproject" in name.lower() or "macrosheets" in name.lower() for name in names):
        raise UnreadableSheet(Fault.MACROS)
    for part in parts:
        if part.filename.lower().endswith(_XML):
            _look_into(part.filename, _unfolded(archive, part))


def _unfolded(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Return a part, no more of it than it says it is."""
    with archive.open(part) as file:
        return file.read(part.file_size)


def _look_into(name: str, data: bytes) -> None:
    if _DECLARATION.search(data) or (b"\x00<\x00!" in data or b"<\x00!\x00" in data):
        raise UnreadableSheet(Fault.DAMAGED)
    if name == "[Content_Types].xml" and _MACROS.search(data):
        raise UnreadableSheet(Fault.MACROS)
    if name.startswith("xl/worksheets/") and name.endswith(".xml"):
        _count(data)


def _count(sheet: bytes) -> None:
    """Count what a sheet unfolds to as whoever opens it will read it, however it is written."""
    counts = Counter[str]()

    def begins(name: str, given: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        counts[kind] += 1
        if kind == "mergeCell":
            counts["merged"] += _area(given.get("ref", ""))
        if counts["c"] > _MOST_CELLS or counts["row"] > _MOST_ROWS or counts["merged"] > _MOST_MERGED:
            raise UnreadableSheet(Fault.TOO_LARGE)

    reader = expat.ParserCreate()
    reader.StartElementHandler = begins
    try:
        reader.Parse(sheet, True)  # its own signature: all there is
    except expat.ExpatError:
        raise UnreadableSheet(Fault.DAMAGED) from None


def _area(reference: str) -> int:
    found = _AREA.fullmatch(reference.strip())
    if found is None:
        return 1
    left, top, right, bottom = found.groups()
    return (abs(_column(right) - _column(left)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
