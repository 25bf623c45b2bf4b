"""Who saw, changed and took along what."""

from bot.admin import tables
from bot.admin.asked import Asked
from bot.admin.tables import Column
from bot.admin.views import Download, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import audits
from content import console

_FILTERS = ("who", "area", "day")
_MAY = frozenset({Act.SEE_AUDIT})

COLUMNS = (
    Column("at", lambda row: row.line.at, sort="at"),
    Column("who", lambda row: row.who or console.word("who", "nobody")),
    Column("did", lambda row: console.act(row.line.act)),
    Column("subject", lambda row: row.subject),
)


def list_(visit: Visit, asked: Asked) -> View:
    """List what was done, the newest first."""
    want = tables.wanted(asked, _FILTERS)
    table = tables.shown(visit, asked, audits.listing(visit, dict(want.filters)), want, COLUMNS)
    areas = [(key, words) for key, words in console.words("acts").items() if "." not in key and key != "other"]
    return View("audit", {"table": table, "areas": areas}, part="table_part")


def export(visit: Visit, asked: Asked) -> Download:
    """Give the list as it is filtered as a file."""
    want = tables.wanted(asked, _FILTERS)
    return tables.as_file(visit, "audit", audits.listing(visit, dict(want.filters)), want, COLUMNS)


PAGES = (Page("/admin/audit", list_, takes=export, needs=_MAY),)
