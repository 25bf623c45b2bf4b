"""Pledges: listed, written, looked at, followed up and appraised on the console, by the rules of the chat."""

from collections.abc import Mapping
from datetime import date

from bot.admin import photos
from bot.admin.asked import Asked, Misfilled
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.views import Go, Outcome, Page, View
from bot.domain import units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists import pledges
from bot.domain.lists.pledges import PledgeRow
from bot.domain.pledges import appraising, judging, keeping, making
from bot.domain.pledges.appraising import Verdict
from bot.domain.pledges.making import Promise
from content import console, moments
from content.pledges import grades, stage_name
from db.models import PledgeState, Unit

_FILTERS = ("state", "unit")
_MAY = frozenset({Act.JUDGE_PLEDGES})
_MAKES = frozenset({Act.MAKE_PLEDGES})
_LONGEST, _LONGEST_REASON, _LONGEST_WORDS = 60, 40, 500


def _path(row: PledgeRow) -> str:
    return f"/admin/pledges/{row.pledge.id}"


COLUMNS = (
    Column("what", lambda row: row.pledge.words, link=_path),
    Column("unit", lambda row: row.unit),
    Column("name", lambda row: row.name),
    Column("due_on", lambda row: row.pledge.due_on.isoformat()),
    Column("state", lambda row: console.word("pledge_states", row.state)),
    Column("opened_at", lambda row: row.pledge.made_at, sort="id"),
)


def choices(visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer, and whether whoever looks may write one."""
    may_make = visit.may(Act.MAKE_PLEDGES)
    return {"states": [pledges.OVERDUE, *PledgeState], "units": pledges.places(visit), "may_make": may_make}


LIST = ListPage("pledges", _FILTERS, pledges.listing, COLUMNS, _MAY, choices)


def write(visit: Visit, _asked: Asked) -> View:
    """Show where a pledge is written."""
    return View("pledge_form", {"units": units.at(visit.db, visit.reach(Act.MAKE_PLEDGES))})


def take(visit: Visit, asked: Asked) -> Go:
    """Make it public, or show it to those above."""
    promise = _promise(visit, asked)
    unit = visit.db.get(Unit, asked.id("unit_id"))
    do = asked.form.get("do", "")
    if unit is None or do not in {"publish", "send"}:
        raise Misfilled("empty", "unit_id")
    pledge = making.make(visit.db, promise, unit, by=visit.person, is_reviewed=do == "send", now=visit.now)
    return Go(f"/admin/pledges/{pledge.id}", said="pledge_sent" if do == "send" else "pledge_public")


def show(visit: Visit, asked: Asked) -> View:
    """Show a pledge with what became of it, its appraisals, and what may be done about it."""
    sight = pledges.sight(visit, asked.number("pledge_id"))
    today = visit.now.astimezone(visit.zone).date().isoformat()
    stages = {one: stage_name(one) for one in sight.stages}
    values = {"sight": sight, "pledge": sight.row.pledge, "stages": stages, "grades": grades(), "today": today}
    return View("pledge", values)


def act(visit: Visit, asked: Asked) -> Go:
    """Say yes or no to a pledge, how far it is, that it is done or withdrawn, say it anew, or enter an appraisal."""
    pledge_id, db, by, now = asked.number("pledge_id"), visit.db, visit.person, visit.now
    match asked.form.get("do", ""):
        case "approve":
            judging.approve(db, pledge_id, asked.id("run"), by=by, now=now)
            return Go(asked.path, said="pledge_public")
        case "return":
            reason = asked.text("reason", most=_LONGEST_REASON)
            judging.give_back(db, pledge_id, asked.id("run"), reason, by=by, now=now)
            return Go(asked.path, said="pledge_returned")
        case "rewrite":
            making.rewrite(db, pledge_id, _promise(visit, asked), by=by, now=now)
            return Go(asked.path, said="pledge_sent")
        case "progress" | "done" as said:
            words = asked.text("words", most=_LONGEST_WORDS, least=0)
            keep = keeping.finish if said == "done" else keeping.tell
            keep(db, pledge_id, words, photos.sent(visit, asked), by=by, now=now)
            return Go(asked.path, said="pledge_told")
        case "withdraw":
            keeping.withdraw(db, pledge_id, asked.text("reason", most=_LONGEST_REASON), by=by, now=now)
            return Go(asked.path, said="pledge_withdrawn")
        case "appraise":
            stage, grade = asked.text("stage", most=24), asked.text("grade", most=24)
            words = asked.text("words", most=100, least=0)
            verdict = Verdict(stage, grade, _day(visit, asked, "on"), words)
            appraising.enter(db, pledge_id, verdict, by=by, now=now)
            return Go(asked.path, said="pledge_appraised")
        case _:
            raise Misfilled("empty", "do")


def photo(visit: Visit, asked: Asked) -> Outcome:
    """Show a photo of a pledge."""
    return photos.shown(pledges.photo(visit, asked.number("pledge_id"), asked.number("file_id")))


def _promise(visit: Visit, asked: Asked) -> Promise:
    words = " ".join(asked.text("pledge", most=_LONGEST).split())
    return Promise(words, _day(visit, asked, "due_on", or_in=words))


def _day(visit: Visit, asked: Asked, field: str, *, or_in: str = "") -> date:
    """Return the day a field says, or, where it says nothing, the words it is about."""
    said = asked.text(field, most=_LONGEST, least=0)
    found = moments.read_day(said or or_in, visit.now, visit.zone)
    if not found:
        raise Misfilled("no_day" if said or or_in else "empty", field)
    return found[0]


PAGES = (
    LIST.page(),
    Page("/admin/pledges/new", write, takes=take, needs=_MAKES),
    Page("/admin/pledges/{pledge_id}", show, takes=act, needs=_MAY, writes=True),
    Page("/admin/pledges/{pledge_id}/photos/{file_id}", photo, needs=_MAY),
)
