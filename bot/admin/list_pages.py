"""The page of a list: shown a part at a time, given as a file as it is filtered; one way for every list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.admin import tables
from bot.admin.asked import Asked
from bot.admin.tables import Column
from bot.admin.views import Download, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import Listing


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list at ``/admin/NAME``: its name is also that of its template, of its file and of its area in the audit.

    ``choices`` are what the filters offer to whoever looks.
    """

    name: str
    filters: Sequence[str]
    listing: Callable[[Visit, dict[str, str]], Listing[Any]]
    columns: Sequence[Column]
    needs: frozenset[Act]
    choices: Callable[[Visit], Mapping[str, object]]

    def show(self, visit: Visit, asked: Asked) -> View:
        """Show a part of the list."""
        want = tables.wanted(asked, self.filters)
        table = tables.shown(visit, asked, self.listing(visit, dict(want.filters)), want, self.columns)
        return View(self.name, {"table": table, **self.choices(visit)}, part="table_part")

    def export(self, visit: Visit, asked: Asked) -> Download:
        """Give the list as it is filtered as a file."""
        want = tables.wanted(asked, self.filters)
        return tables.as_file(visit, self.name, self.listing(visit, dict(want.filters)), want, self.columns)

    def page(self) -> Page:
        """Return its page."""
        return Page(f"/admin/{self.name}", self.show, takes=self.export, needs=self.needs)
