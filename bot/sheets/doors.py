"""What is done with workbooks: openpyxl, which takes 6 MB, is loaded by the first that is filled or written."""

import warnings
from collections.abc import Iterable
from pathlib import Path

from bot.sheets.asking import ListOf, Looked, Source
from bot.sheets.rows import Page

warnings.filterwarnings("ignore", module="openpyxl")  # about what it leaves out, such as drop-down lists


def look(path: Path, list_of: ListOf) -> Looked:
    """Look through a workbook for its places; raise :class:`bot.sheets.UnreadableSheet` for one that is none."""
    from bot.sheets import places  # noqa: PLC0415  # as said above

    return places.look(path, list_of)


def filled(path: Path, source: Source, *, mark: str) -> bytes:
    """Return a workbook with its places filled in; raise :class:`bot.sheets.UnreadableSheet` for one that is none.

    ``mark`` says who takes it along: it stands at the foot of printed pages and among the properties of the file.
    """
    from bot.sheets import filling  # noqa: PLC0415  # as said above

    return filling.filled(path, source, mark=mark)


def workbook(pages: Iterable[Page], *, mark: str = "") -> bytes:
    """Return the bytes of an .xlsx file; rows are taken one by one, and no row is held.

    ``mark`` stands at the foot of every printed page, and among the properties of the file.
    """
    from bot.sheets import writing  # noqa: PLC0415  # as said above

    return writing.workbook(pages, mark=mark)
