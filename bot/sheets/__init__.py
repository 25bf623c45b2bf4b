"""Tables in files: Excel and CSV to rows, rows to Excel. The one home of openpyxl; knows no feature."""

from bot.sheets.asking import Looked, Problem, Source, Trouble
from bot.sheets.doors import filled, look, workbook
from bot.sheets.faults import Fault, UnreadableSheet
from bot.sheets.reading import LARGEST, read
from bot.sheets.rows import Cell, Page, Row

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
