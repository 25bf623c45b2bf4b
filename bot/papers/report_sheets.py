"""A unit's week or month as a workbook of our own: every figure with its definition, and the rows behind them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.domain.reports import exporting
from bot.domain.reports.exporting import Contents
from bot.domain.reports.periods import from_name
from bot.papers.marks import mark, taken_by
from bot.papers.press import Circumstances
from bot.sheets import Cell, Page, workbook
from content import figures
from content.words import on_paper
from db.models import Unit


@dataclass(frozen=True, slots=True)
class Sheets:
    """What is written, and who takes it along."""

    contents: Contents
    mark: str


def gather(db: Session, subject: str, press: Circumstances) -> Sheets:
    """Gather a unit's week or month: ``unit id/period``."""
    unit_id, _, named = subject.partition("/")
    unit = db.get(Unit, int(unit_id))
    if unit is None:
        raise LookupError(subject)
    found = exporting.contents(db, unit, from_name(named), by=taken_by(db, press), now=press.clock.now())
    return Sheets(found, mark(db, press))


def draw(facts: Sheets) -> bytes:
    """Write a sheet of the figures and one for each list; whatever a title says, it is never a formula."""
    return workbook([_figures(facts), *_lists(facts)], mark=facts.mark)


def _figures(facts: Sheets) -> Page:
    found = facts.contents
    header = [on_paper(f"sheet_heading_{one}") for one in ("figure", "now", "before", "counts")]
    keys = [key for key in found.values if key in found.before]
    rows = [[figures.name(one), found.values[one], found.before[one], figures.counts(one)] for one in keys]
    about = f"{found.report.unit}  {found.values['period']}"
    return Page(on_paper("sheet_figures"), header, rows, above=[[about], [facts.mark]])


def _lists(facts: Sheets) -> Iterable[Page]:
    for key, columns in figures.lists().items():
        header = [figures.row_number(), *columns.values()]
        yield Page(figures.list_name(key), header, _numbered(facts.contents.rows[key], columns), above=[[facts.mark]])


def _numbered(rows: Sequence[Mapping[str, Cell]], columns: Mapping[str, str]) -> Iterable[list[Cell]]:
    for number, row in enumerate(rows, start=1):
        yield [number, *(row[one] for one in columns)]
