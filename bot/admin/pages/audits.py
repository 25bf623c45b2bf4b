"""Who saw, changed and took along what."""

from collections.abc import Mapping

from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
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


def choices(_visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    areas = [(key, words) for key, words in console.words("acts").items() if "." not in key and key != "other"]
    return {"areas": areas}


LIST = ListPage("audit", _FILTERS, audits.listing, COLUMNS, _MAY, choices)


PAGES = (LIST.page(),)
