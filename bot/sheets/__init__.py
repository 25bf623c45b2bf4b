"""Tables in files: Excel and CSV to rows, rows to Excel. The one home of openpyxl; knows no feature."""

from bot.sheets.faults import Fault, UnreadableSheet
from bot.sheets.filling import Source, filled
from bot.sheets.places import Looked, Problem, Trouble, look
from bot.sheets.reading import LARGEST, read
from bot.sheets.rows import Cell, Row
from bot.sheets.writing import Page, workbook

__all__ = [
    "LARGEST",
    "Cell",
    "Fault",
    "Looked",
    "Page",
    "Problem",
    "Row",
    "Source",
    "Trouble",
    "UnreadableSheet",
    "filled",
    "look",
    "read",
    "workbook",
]
