"""Households and their visits: listed masked with the longest unseen first, seen one by one, given to a member."""

from collections.abc import Mapping

from bot.admin.asked import Asked, Misfilled
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.views import Download, Go, Outcome, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import households
from bot.domain.lists.households import HouseholdRow
from bot.domain.persons import people
from bot.domain.visits import contacts, keeping
from bot.domain.visits import households as known
from content.visits import unseen_days

_FILTERS = ("name", "who", "unit", "contact", "seen")
_MAY = frozenset({Act.KEEP_HOUSEHOLDS})
_LONGEST_NAME = 30
_MOBILE = 11


def _path(row: HouseholdRow) -> str:
    return f"/admin/households/{row.household.id}"


COLUMNS = (
    Column("householder", lambda row: row.holder, sort="holder", link=_path),
    Column("address", lambda row: row.address),
    Column("unit", lambda row: row.unit),
    Column("mobile", lambda row: row.mobile or None),
    Column("contact", lambda row: row.contact or None),
    Column("seen_at", lambda row: row.seen_at, sort="seen"),
)


def choices(visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"units": households.places(visit), "days": unseen_days()}


LIST = ListPage("households", _FILTERS, households.listing, COLUMNS, _MAY, choices)


def show(visit: Visit, asked: Asked) -> View:
    """Show a household with its address and its visits, the phone masked; that one looked is written down."""
    return _shown(visit, asked)


def act(visit: Visit, asked: Asked) -> Outcome:
    """Give a household (or all its contact has) to another, correct it, give its code, delete it; show a phone."""
    household_id, db, by, now = asked.number("household_id"), visit.db, visit.person, visit.now
    match asked.form.get("do", ""):
        case "assign" | "assign_all" as how:
            known.kept(db, household_id, by)
            contact = keeping.contact_named(db, asked.text("contact", most=_LONGEST_NAME), by=by)
            give = keeping.assign if how == "assign" else keeping.assign_all
            give(db, household_id, contact, by=by, now=now)
            return Go(asked.path, said="household_assigned")
        case "correct":
            known.kept(db, household_id, by)
            holder = asked.text("holder", most=_LONGEST_NAME, least=0)
            keeping.correct(db, household_id, holder, _mobile(asked), by=by, now=now)
            return Go(asked.path, said="household_corrected")
        case "code":
            given = contacts.code(db, known.kept(db, household_id, by), by=by, now=now)
            return _shown(visit, asked, code=given)
        case "remove":
            known.kept(db, household_id, by)
            if asked.form.get("sure") != "yes":
                raise Misfilled("empty", "sure")
            keeping.remove(db, household_id, by=by, now=now)
            return Go("/admin/households", said="household_removed")
        case _:
            return _shown(visit, asked, mobile=households.reveal(visit, household_id), part="phone")


def photo(visit: Visit, asked: Asked) -> Download:
    """Show a photo of a visit."""
    kept = households.photo(visit, asked.number("household_id"), asked.number("file_id"))
    return Download(kept.name or str(kept.id), kept.path.read_bytes(), kept.media_type, is_shown=True)


def _shown(visit: Visit, asked: Asked, *, mobile: str = "", code: str = "", part: str = "") -> View:
    one = households.portrait(visit, asked.number("household_id"))
    values = {"one": one, "mobile": mobile, "code": code, "days": contacts.CODE_LASTS.days}
    return View("household", values, part=part)


def _mobile(asked: Asked) -> str:
    """Return the digits of a phone number, nothing where the field is empty."""
    digits = people.plain_mobile(asked.form.get("mobile", ""))
    if digits and (len(digits) != _MOBILE or not digits.startswith("1")):
        raise Misfilled("not_a_phone", "mobile")
    return digits


PAGES = (
    LIST.page(),
    Page("/admin/households/{household_id}", show, takes=act, needs=_MAY, writes=True),
    Page("/admin/households/{household_id}/photos/{file_id}", photo, needs=_MAY),
)
