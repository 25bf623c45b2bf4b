"""One table for every list: what its columns show, how it is sorted and paged, and the file of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.admin.asked import Asked
from bot.admin.views import Download
from bot.domain import audit
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import MOST_COUNTED, MOST_EXPORTED, PAGE, Listing, Wanted
from bot.sheets import Cell, workbook
from bot.sheets import Page as Sheet
from content import console

_TYPED = {"name", "text", "who"}
"""Filters people type, which may name somebody: they are not written down."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in ``console.yaml``, what it shows of a row, by which order it sorts, where it leads."""

    key: str
    of: Callable[[Any], Cell]
    sort: str = ""
    link: Callable[[Any], str] | None = None

    @property
    def heading(self) -> str:
        """What stands above it."""
        return console.word("columns", self.key)

    @property
    def is_short(self) -> bool:
        """Tell whether what it shows stands on one line: a number of ours, or a moment."""
        return self.key in {"number", "at"} or self.key.endswith("_at")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the template shows it."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    asked: Asked
    sort: str
    next: str
    previous: str
    total: str
    filters: Mapping[str, str] = field(default_factory=dict[str, str])

    def sorted_by(self, column: Column) -> str:
        """Return the address of the list sorted by a column, the other way round when it is already."""
        to = f"-{column.sort}" if self.sort == column.sort else column.sort
        return self.asked.with_query(sort=to, after="", before="")

    def direction(self, column: Column) -> str:
        """Return how it is sorted by a column, in the words of ``aria-sort``."""
        if self.sort.removeprefix("-") != column.sort or not column.sort:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    @property
    def next_page(self) -> str:
        """Where the next page is, nothing on the last."""
        return self.asked.with_query(after=self.next, before="") if self.next else ""

    @property
    def previous_page(self) -> str:
        """Where the page before is, nothing on the first."""
        return self.asked.with_query(before=self.previous, after="") if self.previous else ""


def wanted(asked: Asked, filters: Sequence[str]) -> Wanted:
    """Return what a request wants of a list that can be filtered by these names."""
    query = asked.query
    chosen = {name: query.get(name, "") for name in filters}
    return Wanted(chosen, query.get("sort", ""), query.get("after", ""), query.get("before", ""), PAGE)


def shown(visit: Visit, asked: Asked, listing: Listing[Any], want: Wanted, columns: Sequence[Column]) -> Table:
    """Return one page of a list as a table."""
    page = listing.page(visit.db, want)
    total = f"{MOST_COUNTED}+" if page.has_more_than_counted else str(page.count)
    return Table(columns, page.rows, asked, page.sort, page.next, page.previous, total, want.filters)


def as_file(visit: Visit, name: str, listing: Listing[Any], want: Wanted, columns: Sequence[Column]) -> Download:
    """Return a list as an Excel file that says who took it when, and write that down; no cell of it is a formula."""
    rows = listing.all(visit.db, want)
    local = visit.now.astimezone(visit.zone)
    said = " ".join(f"{key}={value}" for key, value in want.filters.items() if value and key not in _TYPED)
    mark = console.word("export", "mark").format(who=visit.person.name, when=local.strftime("%Y-%m-%d %H:%M"))
    above: list[list[Cell]] = [[mark]]
    if len(rows) == MOST_EXPORTED:
        above.append([console.word("export", "cut").format(most=MOST_EXPORTED)])
    audit.note(visit.db, f"{name}.export", f"{len(rows)} rows {said}", actor_id=visit.person.id, now=visit.now)
    title = console.word("nav", name)
    lines = ([_plain(one.of(row), visit) for one in columns] for row in rows)
    sheet = Sheet(title, [one.heading for one in columns], lines, above)
    return Download(f"{title} {local:%Y-%m-%d}.xlsx", workbook([sheet]), EXCEL)


def _plain(value: Cell, visit: Visit) -> Cell:
    """Return a cell as Excel takes it: a moment in local time, without its zone."""
    if isinstance(value, datetime):
        return value.astimezone(visit.zone).replace(tzinfo=None, second=0, microsecond=0)
    return value
