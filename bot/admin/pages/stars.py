"""Stars on the console: the sheets, and one with what records say, what the meeting decided, publicity and a file."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.admin.asked import Asked, Misfilled
from bot.admin.list_pages import ListPage
from bot.admin.tables import EXCEL, Column
from bot.admin.views import Download, Go, Outcome, Page, View
from bot.domain import audit
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import stars
from bot.domain.lists.stars import SheetRow
from bot.domain.stars import deciding, sheets
from bot.domain.stars.sheets import Rated
from bot.sheets import Cell, workbook
from bot.sheets import Page as Sheet
from content import console, moments
from content.stars import MOST, criteria, sample_mark, star_name
from db.models import StarState, Unit

_FILTERS = ("state",)
_MAY = frozenset({Act.KEEP_POINTS})
_LONGEST_REASON = 40


def _path(row: SheetRow) -> str:
    return f"/admin/stars/{row.sheet.id}"


COLUMNS = (
    Column("year", lambda row: row.sheet.year, sort="year", link=_path),
    Column("unit", lambda row: row.unit, link=_path),
    Column("state", lambda row: console.word("star_states", row.sheet.state)),
)


def choices(visit: Visit) -> Mapping[str, object]:
    """Return what the filter offers, and the branches a sheet may be begun for."""
    return {"states": list(StarState), "branches": sheets.branches(visit.db, visit.person)}


LIST = ListPage("stars", _FILTERS, stars.listing, COLUMNS, _MAY, choices)


def begin(visit: Visit, asked: Asked) -> Go:
    """Draft this year's sheet of a branch, or go on with it."""
    unit = visit.db.get(Unit, asked.id("unit_id"))
    if unit is None:
        raise Misfilled("empty", "unit_id")
    sheet = sheets.begin(visit.db, unit, by=visit.person, now=visit.now)
    return Go(f"/admin/stars/{sheet.id}")


def ask(visit: Visit, _asked: Asked) -> View:
    """Ask for a branch."""
    return View("star_begin", {"branches": sheets.branches(visit.db, visit.person)})


def show(visit: Visit, asked: Asked) -> View:
    """Show a sheet: everybody by name with what records say, and what the meeting decided."""
    row, rated = stars.sight(visit, asked.number("sheet_id"))
    values = {
        "row": row,
        "sheet": row.sheet,
        "rated": rated,
        "criteria": criteria(),
        "sample": sample_mark(),
        "names": {count: star_name(count) for count in range(1, MOST + 1)},
        "today": visit.now.astimezone(visit.zone).date().isoformat(),
    }
    return View("star_sheet", values)


def act(visit: Visit, asked: Asked) -> Outcome:
    """Enter what the meeting decided, change one member's stars, make it public, or give it as a file."""
    sheet_id, db, by, now = asked.number("sheet_id"), visit.db, visit.person, visit.now
    match asked.form.get("do", ""):
        case "decide":
            rated = sheets.rated(db, sheets.for_keeper(db, sheet_id, by))
            given = {one.rating.id or 0: _stars(asked, f"stars_{one.rating.id}") for one in rated}
            deciding.decide(db, sheet_id, given, _day(visit, asked), by=by, now=now)
            return Go(asked.path, said="stars_decided")
        case "set":
            rating = deciding.rating_for_keeper(db, asked.id("rating_id"), by)
            count = asked.whole("stars", least=1, most=MOST)
            deciding.set_stars(db, rating.id or 0, count, asked.text("reason", most=_LONGEST_REASON), by=by, now=now)
            return Go(asked.path, said="stars_set")
        case "publish":
            deciding.publish(db, sheet_id, by=by, now=now)
            return Go(asked.path, said="stars_public")
        case "excel":
            return _file(visit, sheet_id)
        case _:
            raise Misfilled("empty", "do")


def _stars(asked: Asked, field: str) -> int:
    """Return the stars chosen for one member, 0 where none are."""
    return asked.whole(field, least=1, most=MOST) if asked.form.get(field, "") else 0


def _day(visit: Visit, asked: Asked) -> date:
    found = moments.read_day(asked.text("met_on", most=20), visit.now, visit.zone)
    if not found:
        raise Misfilled("no_day", "met_on")
    return found[0]


def _file(visit: Visit, sheet_id: int) -> Download:
    """Write a sheet as Excel, with who took it along."""
    row, rated = stars.sight(visit, sheet_id)
    local = visit.now.astimezone(visit.zone)
    mark = console.word("export", "mark").format(who=visit.person.name, when=local.strftime("%Y-%m-%d %H:%M"))
    headings = [console.word("columns", "name"), *(f"{one.name}{sample_mark()}" for one in criteria())]
    headings += [console.word("columns", "drafted"), console.word("columns", "stars")]
    title = f"{row.unit} {row.sheet.year} {console.word('nav', 'stars')}"
    audit.note(visit.db, "stars.export", f"stars:{sheet_id} {len(rated)} rows", actor_id=visit.person.id, now=visit.now)
    page = Sheet(console.word("nav", "stars"), headings, (_cells(one) for one in rated), [[mark]])
    return Download(f"{title}.xlsx", workbook([page]), EXCEL)


def _cells(one: Rated) -> Sequence[Cell]:
    said = [one.rating.marks.get(criterion.key, {}).get("value") for criterion in criteria()]
    return [one.name, *said, star_name(one.rating.drafted), star_name(one.rating.stars)]


PAGES = (
    LIST.page(),
    Page("/admin/stars/new", ask, takes=begin, needs=_MAY),
    Page("/admin/stars/{sheet_id}", show, takes=act, needs=_MAY, writes=True),
)
