"""CSV as it comes from Excel and WPS in China: UTF-8 with or without a mark, UTF-16, or GB18030."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from bot.sheets.faults import Fault, UnreadableSheet
from bot.sheets.rows import WIDEST, Row, trimmed

_CHUNK = 1 << 20
_SAMPLE_LINES = 5
_DELIMITERS = ",\t;，"


def text_rows(path: Path) -> Iterator[Row]:
    """Yield the rows that are not blank; they are numbered as Excel would."""
    encoding = _encoding(path)
    delimiter = _delimiter(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        try:
            for number, values in enumerate(csv.reader(file, delimiter=delimiter), start=1):
                cells = trimmed(tuple(value or None for value in values[:WIDEST]))
                if cells:
                    yield Row("", number, cells)
        except csv.Error:
            raise UnreadableSheet(Fault.DAMAGED) from None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _that_reads(path, "utf-16")
    return _that_reads(path, "utf-8-sig", "gb18030")


def _that_reads(path: Path, *encodings: str) -> str:
    """Return the first of some encodings in which a file is text from end to end."""
    for encoding in encodings:
        try:
            with path.open(encoding=encoding) as file:
                if any("\0" in chunk for chunk in iter(lambda: file.read(_CHUNK), "")):
                    raise UnreadableSheet(Fault.NOT_A_TABLE)
        except UnicodeError:
            continue
        return encoding
    raise UnreadableSheet(Fault.NOT_A_TABLE)


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding) as file:
        sample = "".join(file.readline(_CHUNK) for _ in range(_SAMPLE_LINES))
    return max(_DELIMITERS, key=sample.count)
