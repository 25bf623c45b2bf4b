"""Why a file cannot be read as a table; each reason is one sentence to whoever sent it."""

from enum import StrEnum

from bot.errors import HongyanError


class Fault(StrEnum):
    """What is wrong with a whole file."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    LOCKED = "locked"
    OLD_EXCEL = "old_excel"
    NOT_A_TABLE = "not_a_table"
    DAMAGED = "damaged"
    BLANK_ROWS = "blank_rows"
    FORMULAS = "formulas"
    MACROS = "macros"


_SENTENCES = {
    Fault.EMPTY: "the file is empty",
    Fault.TOO_LARGE: "the file is too large",
    Fault.TOO_LONG: "the table has too many rows",
    Fault.LOCKED: "the file is protected by a password",
    Fault.OLD_EXCEL: "the file is of an old Excel (.xls): save it as .xlsx",
    Fault.NOT_A_TABLE: "the file is neither .xlsx nor .csv, whatever its name says",
    Fault.DAMAGED: "the file is damaged",
    Fault.BLANK_ROWS: "the table goes on for thousands of blank rows: delete them",
    Fault.FORMULAS: "the table has formulas without their results: open it in Excel and save it",
    Fault.MACROS: "the file brings macros: save it as .xlsx",
}


class UnreadableSheet(HongyanError):
    """A file cannot be read as a table; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        """Keep what is wrong."""
        super().__init__(_SENTENCES[fault])
        self.fault = fault
