"""Excel files as people make them, for tests that read them."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

Rows = Sequence[Sequence[Any]]


def excel(path: Path, rows: Rows | Mapping[str, Rows], *, merged: Sequence[str] = (), hidden: str = "") -> Path:
    """Write a workbook: its rows, or rows by sheet; ``merged`` ranges of the first sheet are merged."""
    book = Workbook()
    book.remove(book.worksheets[0])
    pages = rows if isinstance(rows, Mapping) else {"Sheet1": rows}
    for title, page in pages.items():
        sheet = book.create_sheet(title)
        for row in page:
            sheet.append(list(row))
        if title == hidden:
            sheet.sheet_state = "hidden"
    for area in merged:
        book.worksheets[0].merge_cells(area)
    book.save(path)
    return path


def repacked(path: Path, part: str, pattern: bytes, replacement: bytes) -> Path:
    """Change a part of a workbook as another program might have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = re.sub(pattern, replacement, parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path
