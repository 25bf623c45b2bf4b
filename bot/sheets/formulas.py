"""Formulas of a workbook whose rows move: what they refer to moves along; and which of them reach outside. Pure."""

import re
from dataclasses import dataclass
from typing import Any

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.formula.translate import Translator, TranslatorError

_CELL = re.compile(r"(\$?[A-Za-z]{1,3}\$?)([0-9]{1,7})")
_ROW = re.compile(r"(\$?)([0-9]{1,7})")
_OUTSIDE = re.compile(r"\[[0-9]+\]|\||[\\/]{2}")
_REACHING = ("WEBSERVICE", "FILTERXML", "RTD", "CALL", "REGISTER", "REGISTER.ID", "EXEC", "DDE", "IMPORTDATA", "IMAGE")


@dataclass(frozen=True, slots=True)
class Gap:
    """So many rows that are put in below a row of a sheet, which is repeated in them."""

    sheet: str
    row: int
    count: int

    def moved(self, row: int) -> int:
        """Return where a row is afterwards."""
        return row if row <= self.row else row + self.count

    def end(self, row: int) -> int:
        """Return where a stretch ends afterwards that ended with a row: it grows over what is put in."""
        return row if row < self.row else row + self.count


def moved(formula: str, gap: Gap, *, sheet: str, is_repeated: bool = False) -> str:
    """Return a formula (with its ``=``) of a sheet as it is after rows were put in.

    One that ``is_repeated`` stands in the row itself: what it takes from there it takes from one row still.
    """
    try:
        read: Any = Tokenizer(formula)
    except (TokenizerError, IndexError):
        return formula
    for token in read.items:
        if token.type == Token.OPERAND and token.subtype == Token.RANGE:
            token.value = _moved(token.value, gap, sheet, is_repeated=is_repeated)
    return str(read.render())


def repeated(formula: str, row: int, below: int) -> str:
    """Return a formula of a row as it is so many rows below."""
    try:
        written: Any = Translator(formula, origin=f"A{row}")
        return str(written.translate_formula(f"A{row + below}"))
    except (TokenizerError, TranslatorError, IndexError):
        return formula


def reaches_outside(formula: str) -> bool:
    """Tell whether a formula takes something from another file, another program or the web, or cannot be read."""
    try:
        tokens = Tokenizer(formula).items
    except (TokenizerError, IndexError):
        return True
    for token in tokens:
        if token.type == Token.OPERAND and token.subtype != Token.TEXT and _OUTSIDE.search(token.value):
            return True
        name = token.value.rstrip("(").rpartition(".")[2] if "_xlfn" in token.value.lower() else token.value.rstrip("(")
        if token.type == Token.FUNC and name.upper() in _REACHING:
            return True
    return False


def area(reference: str, gap: Gap) -> str:
    """Return ranges of a sheet (``A1:B2 C3``), with blanks or commas between them, as they are afterwards."""
    parts = re.split(r"([ ,])", reference)
    return "".join(_moved(part, gap, gap.sheet, is_repeated=False) if part.strip(" ,") else part for part in parts)


def _moved(reference: str, gap: Gap, sheet: str, *, is_repeated: bool) -> str:
    where, mark, cells = reference.rpartition("!")
    named = where.strip("'").replace("''", "'") if where else sheet
    if named != gap.sheet:
        return reference
    first, colon, last = cells.partition(":")
    for shape in (_CELL, _ROW):
        begin, end = shape.fullmatch(first), shape.fullmatch(last)
        if begin and end:
            until = gap.moved(int(end[2])) if is_repeated else gap.end(int(end[2]))
            return f"{where}{mark}{begin[1]}{gap.moved(int(begin[2]))}:{end[1]}{until}"
        if begin and not colon and shape is _CELL:
            return f"{where}{mark}{begin[1]}{gap.moved(int(begin[2]))}"
    return reference
