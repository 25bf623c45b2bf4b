"""What people reported from the grid: listed, seen with its photos and history, seen to."""

from collections.abc import Mapping

from bot.admin import photos
from bot.admin.asked import Asked, Misfilled
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.views import Go, Outcome, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.grid import handling, joining, judging, routing, telling
from bot.domain.grid.history import Step
from bot.domain.lists import grid
from bot.domain.lists.grid import ReportRow
from content import console
from content.grid import kind_name, kinds
from db.models import ONGOING_REPORTS, GridState, Unit

_FILTERS = ("state", "kind", "unit", "late", "text")
_MAY = frozenset({Act.HANDLE_REPORTS})
_LONGEST = 500


def _path(row: ReportRow) -> str:
    return f"/admin/grid/{row.report.id}"


COLUMNS = (
    Column("number", lambda row: row.number, sort="id", link=_path),
    Column("what", lambda row: telling.what(row.report), link=_path),
    Column("kind", lambda row: kind_name(row.report.category)),
    Column("unit", lambda row: row.unit or None),
    Column("state", lambda row: console.word("grid_states", row.report.state)),
    Column("charge", lambda row: row.charge or console.word("who", "nobody_yet")),
    Column("due_at", lambda row: row.report.due_at, sort="due"),
    Column("opened_at", lambda row: row.report.opened_at),
)


def choices(visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {
        "states": [grid.ONGOING, *GridState],
        "kinds": [*kinds().items(), ("other", kind_name(""))],
        "units": grid.places(visit),
    }


LIST = ListPage("grid", _FILTERS, grid.listing, COLUMNS, _MAY, choices)


def show(visit: Visit, asked: Asked) -> View:
    """Show a report with its photos, what became of it, and what may be done about it."""
    sight = grid.sight(visit, asked.number("report_id"))
    report = sight.row.report
    values = {
        "sight": sight,
        "report": report,
        "kind": kind_name(report.category),
        "what": telling.what(report),
        "where": telling.where(visit.db, report),
        "kinds": kinds(),
        "history": [(_told(one), one.at) for one in sight.steps],
        "is_ongoing": report.state in ONGOING_REPORTS,
        "is_mine": report.holder_id == visit.person.id,
        "others": [one for one in routing.staffed(visit.db) if routing.may_get(report, one)]
        if sight.may_handle
        else [],
    }
    return View("grid_report", values)


def act(visit: Visit, asked: Asked) -> Go:
    """Take a report, say that it is done, pass it on, sort it, judge what was done, or make it one with another."""
    report_id, db, by, now = asked.number("report_id"), visit.db, visit.person, visit.now
    match asked.form.get("do", ""):
        case "take":
            handling.take(db, report_id, by=by, now=now)
            return Go(asked.path, said="grid_taken")
        case "done":
            words = asked.text("words", most=_LONGEST, least=0)
            handling.finish(db, report_id, words, photos.sent(visit, asked), by=by, now=now)
            return Go(asked.path, said="grid_done")
        case "pass_on":
            unit = db.get(Unit, asked.id("to_unit"))
            if unit is None:
                raise Misfilled("empty", "to_unit")
            handling.pass_on(db, report_id, unit, by=by, now=now)
            return Go("/admin/grid", said="grid_passed_on")
        case "sort":
            if asked.form.get("category", "") not in kinds():
                raise Misfilled("empty", "category")
            handling.sort(db, report_id, asked.form["category"], by=by, now=now)
            return Go(asked.path, said="grid_sorted")
        case "mended" | "not_mended" as said:
            judging.oversee(db, report_id, by=by, is_mended=said == "mended", now=now)
            return Go(asked.path, said="grid_judged")
        case "one":
            other_id = asked.id("other_id")
            other = joining.make_one(db, report_id, other_id, by=by, now=now)
            return Go(f"/admin/grid/{other.id}", said="grid_one")
        case _:
            raise Misfilled("empty", "do")


def photo(visit: Visit, asked: Asked) -> Outcome:
    """Show a photo of a report; anything else of it is to be kept."""
    kept = grid.photo(visit, asked.number("report_id"), asked.number("file_id"))
    return photos.shown(kept)


def _told(step: Step) -> str:
    """Say a line of the history in words."""
    actor, unit, words = (
        given or console.word("who", nobody)
        for given, nobody in ((step.actor, "reporter"), (step.unit, "nobody_yet"), (step.words, "photo"))
    )
    return console.word("became", step.became).format(actor=actor, unit=unit, words=words)


PAGES = (
    LIST.page(),
    Page("/admin/grid/{report_id}", show, takes=act, needs=_MAY, writes=True),
    Page("/admin/grid/{report_id}/photos/{file_id}", photo, needs=_MAY),
)
