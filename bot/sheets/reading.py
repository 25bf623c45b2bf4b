"""Reads a table row by row, whatever kind of file it is in: what a file is, its first bytes say, not its name."""

from collections.abc import Iterator
from pathlib import Path

from bot.sheets.delimited import text_rows
from bot.sheets.faults import Fault, UnreadableSheet
from bot.sheets.rows import Row

LARGEST = 20 * 1024 * 1024
"""Bytes of the largest file that is opened."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read(path: Path, *, name: str = "", most: int) -> Iterator[Row]:
    """Yield the rows of a file that are not blank, without holding the file; ``name`` is what its sender calls it.

    Raises :class:`UnreadableSheet` when it is no table, and as soon as it turns out to have more than ``most`` rows.
    """
    for count, row in enumerate(_rows(path, name or path.name), start=1):
        if count > most:
            raise UnreadableSheet(Fault.TOO_LONG)
        yield row


def insist_on_excel(path: Path, *, largest: int = LARGEST) -> None:
    """Refuse, with :class:`UnreadableSheet`, a file that is no Excel file of today by its first bytes."""
    if not _is_excel(path, largest):
        raise UnreadableSheet(Fault.NOT_A_TABLE)


def _is_excel(path: Path, largest: int) -> bool:
    size = path.stat().st_size
    if size == 0:
        raise UnreadableSheet(Fault.EMPTY)
    if size > largest:
        raise UnreadableSheet(Fault.TOO_LARGE)
    with path.open("rb") as file:
        head = file.read(8)
    if head == _OLE:
        raise UnreadableSheet(Fault.LOCKED if _ENCRYPTED in path.read_bytes() else Fault.OLD_EXCEL)
    return head.startswith(_ZIP)


def _rows(path: Path, name: str) -> Iterator[Row]:
    if _is_excel(path, LARGEST):
        from bot.sheets.excel import excel_rows  # noqa: PLC0415  # as what ``doors`` opens

        return excel_rows(path)
    if name.lower().endswith((".csv", ".txt", ".tsv")):
        return text_rows(path)
    raise UnreadableSheet(Fault.NOT_A_TABLE)
