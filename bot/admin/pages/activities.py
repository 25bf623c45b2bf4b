"""Activities: listed, seen as a board, people checked in by a tap."""

from collections.abc import Mapping

from bot.admin import calling
from bot.admin.asked import Asked, Misfilled, NoSuchPage
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.times import read_moment
from bot.admin.views import Go, Outcome, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import activities
from bot.domain.lists.activities import ActivityRow
from bot.domain.volunteers import presence, seats, service, volunteering
from bot.domain.volunteers.volunteering import Move
from content import console
from db.models import CheckInWay, OccasionState

_FILTERS = ("state", "text")
_MAY = frozenset({Act.HOLD_ACTIVITIES})
_LONGEST_LINE = 40


def _path(row: ActivityRow) -> str:
    return f"/admin/activities/{row.activity.id}"


COLUMNS = (
    Column("title", lambda row: row.activity.title, link=_path),
    Column("starts_at", lambda row: row.activity.starts_at, sort="starts"),
    Column("place", lambda row: row.activity.place),
    Column("unit", lambda row: row.unit),
    Column("seats", lambda row: row.seats),
    Column("taken", lambda row: row.taken),
    Column("waiting", lambda row: row.waiting),
    Column("state", lambda row: console.word("occasion_states", row.activity.state)),
)


def choices(_visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"states": list(OccasionState)}


LIST = ListPage("activities", _FILTERS, activities.listing, COLUMNS, _MAY, choices)


def show(visit: Visit, asked: Asked) -> View:
    """Show an activity as a board: seats, who has one, who waits, who came."""
    board = activities.board(visit, asked.number("activity_id"))
    open_ones = service.proposed(visit.db, board.activity.id or 0)
    values = {"board": board, "open_minutes": open_ones, **calling.shown(visit, board.activity)}
    return View("activity", values, part="activity_board")


def act(visit: Visit, asked: Asked) -> Outcome:
    """Note that somebody came, or change it as the button says."""
    activity_id = asked.number("activity_id")
    if asked.form.get("do", "") == "came":
        person_id = asked.id("person_id")
        if not activities.board(visit, activity_id).has(person_id):
            raise NoSuchPage(asked.path)
        presence.mark(visit.db, activity_id, [person_id], CheckInWay.TAPPED, by=visit.person, now=visit.now)
        return show(visit, asked) if asked.is_part else Go(asked.path, said="came")
    if asked.form.get("do", "") == "called":
        return calling.tick(visit, asked)
    return Go(asked.path, said=_change(visit, asked, activity_id))


def _change(visit: Visit, asked: Asked, activity_id: int) -> str:
    """Change an activity as the button says; return what is said of it."""
    db, by, now = visit.db, visit.person, visit.now
    match asked.form.get("do", ""):
        case "confirm_minutes":
            service.confirm_all(db, activity_id, by=by, now=now)
            return "minutes_confirmed"
        case "publish":
            volunteering.publish(db, activity_id, by=by, now=now)
            return "published"
        case "cancel":
            volunteering.cancel(db, activity_id, asked.text("reason", most=60), by=by, now=now)
            return "cancelled"
        case "move":
            volunteering.move(db, activity_id, _move(visit, asked), by=by, now=now)
            return "moved"
        case "seats":
            count = asked.whole("seats", least=1, most=volunteering.MOST_SEATS)
            seats.set_seats(db, activity_id, None, count, by=by, now=now)
            return "seats_changed"
        case _:
            raise Misfilled("empty", "do")


def _move(visit: Visit, asked: Asked) -> Move:
    found = read_moment(visit, asked, "moved_to", past="volunteering/in_the_past")
    if found is None or found.rule:
        raise Misfilled("empty" if found is None else "not_a_moment", "moved_to")
    if found.when.ends_at is None:
        raise Misfilled("no_end", "moved_to")
    place, reason = asked.text("place", most=_LONGEST_LINE), asked.text("reason", most=60)
    return Move(found.when.starts_at, found.when.ends_at, place, reason)


PAGES = (
    LIST.page(),
    Page("/admin/activities/{activity_id}", show, takes=act, needs=_MAY),
)
