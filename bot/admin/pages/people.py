"""People and rosters: listed with phones masked, seen one by one, shown a phone on purpose, taken in from a file."""

from collections.abc import Mapping

from bot.admin.asked import Asked
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.views import Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import people
from bot.domain.lists.people import PersonRow
from content import console
from db.models import MemberKind, MemberState

_FILTERS = ("name", "unit", "kind", "state", "bound")
_MAY = frozenset({Act.KEEP_ROSTER})


def _path(row: PersonRow) -> str:
    return f"/admin/people/{row.person.id}"


COLUMNS = (
    Column("name", lambda row: row.person.name, sort="name", link=_path),
    Column("unit", lambda row: row.unit),
    Column("kind", lambda row: console.word("member_kinds", row.member.kind)),
    Column("mobile", lambda row: row.mobile or None),
    Column("bound", lambda row: console.word("yes_no", "yes" if row.is_bound else "no")),
    Column("entered_at", lambda row: row.member.created_at, sort="entered"),
)


def choices(visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"units": people.kept_units(visit), "kinds": list(MemberKind), "states": list(MemberState)}


LIST = ListPage("people", _FILTERS, people.listing, COLUMNS, _MAY, choices)


def show(visit: Visit, asked: Asked) -> View:
    """Show somebody, phone masked; that one looked is written down."""
    return View("person", {"one": people.portrait(visit, asked.number("person_id")), "mobile": ""})


def reveal(visit: Visit, asked: Asked) -> View:
    """Show somebody's phone in full; that one saw it is written down."""
    mobile = people.reveal(visit, asked.number("person_id"))
    return View("person", {"one": people.portrait(visit, asked.number("person_id")), "mobile": mobile}, part="phone")


PAGES = (
    LIST.page(),
    Page("/admin/people/{person_id}", show, takes=reveal, needs=_MAY, writes=True),
)
