"""Study: sessions listed, and each as a grid in which people are ticked off."""

from collections.abc import Mapping

from bot.admin import calling
from bot.admin.asked import Asked, Misfilled
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.times import read_moment
from bot.admin.views import Go, Outcome, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import sessions
from bot.domain.lists.sessions import SessionRow
from bot.domain.studies import attendance, leave, study
from content import console
from content.words import meeting_name
from db.models import CheckInWay, MeetingKind, OccasionState, StudySession

_FILTERS = ("state", "kind")
_MAY = frozenset({Act.HOLD_SESSIONS})
_LONGEST_LINE = 40


def _path(row: SessionRow) -> str:
    return f"/admin/study/{row.session.id}"


COLUMNS = (
    Column("title", lambda row: row.session.title, link=_path),
    Column("kind", lambda row: meeting_name(row.session.kind)),
    Column("starts_at", lambda row: row.session.starts_at, sort="starts"),
    Column("unit", lambda row: row.unit),
    Column("meant", lambda row: row.meant),
    Column("coming", lambda row: row.coming),
    Column("leave", lambda row: row.leave),
    Column("came", lambda row: row.present),
    Column("state", lambda row: console.word("occasion_states", row.session.state)),
)


def choices(_visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"states": list(OccasionState), "kinds": list(MeetingKind)}


LIST = ListPage("study", _FILTERS, sessions.listing, COLUMNS, _MAY, choices)


def show(visit: Visit, asked: Asked) -> View:
    """Show a session as a grid: who answered what, who came."""
    grid = sessions.grid(visit, asked.number("session_id"))
    return View("session", {"grid": grid, **calling.shown(visit, grid.session)}, part="session_grid")


def act(visit: Visit, asked: Asked) -> Outcome:
    """Note that somebody came, decide on leave, let the session be at another time or place, or call it off."""
    session = study.for_holder(visit.db, asked.number("session_id"), visit.person)
    match asked.form.get("do", ""):
        case "came":
            person_id = asked.id("person_id")
            attendance.part_of(visit.db, session.id or 0, person_id)
            attendance.tick(visit.db, session, [person_id], way=CheckInWay.TAPPED, by=visit.person, now=visit.now)
            return show(visit, asked) if asked.is_part else Go(asked.path, said="came")
        case "approve_leave":
            leave.approve(visit.db, asked.id("part_id"), by=visit.person, now=visit.now)
            return Go(asked.path, said="leave_approved")
        case "refuse_leave":
            leave.refuse(visit.db, asked.id("part_id"), by=visit.person, now=visit.now)
            return Go(asked.path, said="leave_refused")
        case "called":
            return calling.tick(visit, asked)
        case "move":
            _move(visit, asked, session)
            return Go(asked.path, said="moved")
        case "cancel":
            study.cancel(visit.db, session.id or 0, asked.text("reason", most=60), by=visit.person, now=visit.now)
            return Go(asked.path, said="cancelled")
        case _:
            raise Misfilled("empty", "do")


def _move(visit: Visit, asked: Asked, session: StudySession) -> None:
    found = read_moment(visit, asked, "moved_to", past="study/time_is_past")
    if found is not None and found.rule:
        raise Misfilled("not_a_moment", "moved_to")
    starts_at = found.when.starts_at if found else session.starts_at
    ends_at = (found.when.ends_at if found else None) or starts_at + (session.ends_at - session.starts_at)
    place = asked.text("place", most=_LONGEST_LINE)
    study.move(
        visit.db, session.id or 0, starts_at=starts_at, ends_at=ends_at, place=place, by=visit.person, now=visit.now
    )


PAGES = (
    LIST.page(),
    Page("/admin/study/{session_id}", show, takes=act, needs=_MAY),
)
