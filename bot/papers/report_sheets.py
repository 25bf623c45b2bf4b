"""A unit's week or month as a workbook: the superior's own where there is one, else a plain one of ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from bot.domain.reports import exporting, templates
from bot.domain.reports.exporting import Contents
from bot.domain.reports.periods import from_name
from bot.papers.marks import mark, taken_by
from bot.papers.press import Circumstances
from bot.sheets import Cell, Page, filled, workbook
from content import figures
from content.words import on_paper
from db.models import Unit


@dataclass(frozen=True, slots=True)
class Sheets:
    """What is written, and who takes it along."""

    contents: Contents
    mark: str
    template: Path | None = None


def gather(db: Session, subject: str, press: Circumstances) -> Sheets:
    """Gather a unit's week or month: ``unit id/period``."""
    unit_id, _, named = subject.partition("/")
    unit = db.get(Unit, int(unit_id))
    if unit is None:
        raise LookupError(subject)
    found = exporting.contents(db, unit, from_name(named), by=taken_by(db, press), now=press.clock.now())
    template = templates.of(db, unit)
    return Sheets(found, mark(db, press), template.path if template else None)


def draw(facts: Sheets) -> bytes:
    """Fill the template in; without one write a sheet of the figures with their definitions, and one for each list."""
    if facts.template is not None:
        return filled(facts.template, Answers(facts.contents), mark=facts.mark)
    return workbook([_figures(facts), *_lists(facts)], mark=facts.mark)


@dataclass(frozen=True, slots=True)
class Answers:
    """What goes into the places of a template."""

    contents: Contents

    def list_of(self, words: str) -> str | None:
        """Return of which list some words are."""
        return figures.list_of(words)

    def value(self, words: str) -> Cell:
        """Return the figure that is called so."""
        asked = _asked(words)
        return (self.contents.before if asked.is_before else self.contents.values)[asked.key]

    def rows(self, list_: str) -> int:
        """Return how many rows a list has."""
        return len(self.contents.rows[list_])

    def cell(self, list_: str, words: str, row: int) -> Cell:
        """Return what a column of a list says in a row; which row it is, counted from 1, where that is asked."""
        key = _asked(words).key
        return row + 1 if key == figures.ROW else self.contents.rows[list_][row][key]


def _asked(words: str) -> figures.Asked:
    asked = figures.asked_for(words)
    if asked is None:
        raise LookupError(words)
    return asked


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
