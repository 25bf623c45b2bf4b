"""Important matters: listed, seen with every line, carried on, put right, given up; a new one is written on a page."""

from collections.abc import Mapping
from datetime import date

from bot.admin.asked import Asked, Misfilled
from bot.admin.list_pages import ListPage
from bot.admin.picking import picked
from bot.admin.tables import Column
from bot.admin.views import Download, Go, Outcome, Page, View
from bot.domain import enclosing
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.house import today
from bot.domain.lists import matters
from bot.domain.lists.matters import MatterRow
from bot.domain.matters import correcting, stepping, telling
from bot.domain.matters.correcting import Right
from bot.domain.matters.stepping import Held, Proposal
from bot.errors import DomainError
from bot.web.enclosures import enclosed_as, file_name
from content import console
from content.matter_words import money, money_shown
from content.matters import kind_name, kinds, step, steps
from content.moments.past import past_day
from db.models import FileKind, MatterState, MatterStep, StoredFile

_FILTERS = ("state", "kind", "unit", "text")
_MAY = frozenset({Act.KEEP_MATTERS})
_LONGEST, _LONGEST_TITLE, _LONGEST_DAY = 200, 40, 20
_MOST_PEOPLE, _MOST_DAYS = 999_999, 90
_COUNTED = ("expected", "present", "agreed")
_SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_PROOFS = frozenset({FileKind.PHOTO, FileKind.DOCUMENT})


def _path(row: MatterRow) -> str:
    return f"/admin/matters/{row.matter.id}"


def _now(row: MatterRow) -> str:
    if row.hangs and row.hangs.day:
        return console.word("matter_now", "hangs").format(
            called=row.hangs.called, day=row.hangs.day, days=row.hangs.days
        )
    return step(row.matter.step).name if row.matter.step else ""


COLUMNS = (
    Column("title", lambda row: row.matter.title, link=_path),
    Column("kind", lambda row: kind_name(row.matter.kind)),
    Column("amount", lambda row: money_shown(row.matter.amount)),
    Column("unit", lambda row: row.unit),
    Column("state", lambda row: console.word("matter_states", row.matter.state)),
    Column("step", _now),
    Column("holder", lambda row: row.holder or None),
    Column("changed_at", lambda row: row.matter.stepped_at, sort="stepped"),
)


def choices(visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"states": list(MatterState), "kinds": list(kinds().items()), "units": matters.places(visit)}


LIST = ListPage("matters", _FILTERS, matters.listing, COLUMNS, _MAY, choices)


def show(visit: Visit, asked: Asked) -> View:
    """Show a matter with its steps, and what may be done about it."""
    sight = matters.sight(visit, asked.number("matter_id"))
    matter = sight.row.matter
    values = {
        "sight": sight,
        "matter": matter,
        "kind": kind_name(matter.kind),
        "amount": money_shown(matter.amount),
        "steps": {one.line.id: step(one.line.step) for one in sight.lines},
        "numbers": {one.line.id: telling.numbers(one.line) for one in sight.lines},
        "today": today(visit.db, visit.now),
    }
    return View("matter", values)


def act(visit: Visit, asked: Asked) -> Go:
    """Write the next step down, put a line right or take it back, give the matter up or let it go on."""
    matter_id, db, by, now = asked.number("matter_id"), visit.db, visit.person, visit.now
    match asked.form.get("do", ""):
        case "record":
            stepping.record(db, matter_id, _held(visit, asked), by=by, now=now)
            return Go(asked.path, said="matter_recorded")
        case "correct":
            line = _line(visit, asked, matter_id)
            right = Right(_day(visit, asked), _counts(asked), asked.text("words", most=_LONGEST, least=0))
            correcting.amend(db, line.id or 0, right, reason=asked.text("reason", most=_LONGEST), by=by, now=now)
            return Go(asked.path, said="matter_corrected")
        case "withdraw":
            line = _line(visit, asked, matter_id)
            correcting.withdraw(db, line.id or 0, reason=asked.text("reason", most=_LONGEST), by=by, now=now)
            return Go(asked.path, said="matter_withdrawn")
        case "drop":
            correcting.drop(db, matter_id, asked.text("reason", most=_LONGEST), by=by, now=now)
            return Go(asked.path, said="matter_dropped")
        case "resume":
            correcting.resume(db, matter_id, by=by, now=now)
            return Go(asked.path, said="matter_resumed")
        case _:
            raise Misfilled("empty", "do")


def write(visit: Visit, _asked: Asked) -> View:
    """Show where a matter is written."""
    return View("matter_form", {"units": matters.places(visit), "kinds": kinds(), "first": steps()[0].name})


def take(visit: Visit, asked: Asked) -> Go:
    """Begin a matter."""
    kind = asked.form.get("kind", "")
    if kind not in kinds():
        raise Misfilled("empty", "kind")
    amount = money(asked.text("amount", most=_LONGEST_TITLE, least=0) or "0")
    if amount is None:
        raise Misfilled("not_a_sum", "amount")
    title = asked.text("title", most=_LONGEST_TITLE)
    proposal = Proposal(picked(visit, asked, Act.KEEP_MATTERS), title, kind, amount, _day(visit, asked))
    matter = stepping.begin(visit.db, proposal, by=visit.person, now=visit.now)
    return Go(f"/admin/matters/{matter.id}", said="matter_begun")


def proof(visit: Visit, asked: Asked) -> Outcome:
    """Show a photo of a matter; anything else of it is to be kept."""
    kept = matters.proof(visit, asked.number("matter_id"), asked.number("file_id"))
    is_shown = kept.media_type in _SHOWN
    media_type = kept.media_type if is_shown else "application/octet-stream"
    return Download(kept.name or str(kept.id), kept.path.read_bytes(), media_type, is_shown=is_shown)


def _held(visit: Visit, asked: Asked) -> Held:
    """Read the step that was written into the form."""
    meant = step(asked.form.get("step", ""))
    days = asked.whole("days", least=1, most=_MOST_DAYS) if meant.days else 0
    words = asked.text("words", most=_LONGEST, least=0)
    return Held(meant.key, _day(visit, asked), _counts(asked), words, days, _files(visit, asked))


def _line(visit: Visit, asked: Asked, matter_id: int) -> MatterStep:
    """Return the line a form names, which is one of the matter's."""
    line = visit.db.get(MatterStep, asked.id("line_id"))
    if line is None or line.matter_id != matter_id:
        raise DomainError("matters/not_yours")
    return line


def _day(visit: Visit, asked: Asked) -> date:
    day = past_day(asked.text("held_on", most=_LONGEST_DAY), today(visit.db, visit.now))
    if day is None:
        raise Misfilled("not_a_day", "held_on")
    return day


def _counts(asked: Asked) -> dict[str, int]:
    given = [name for name in _COUNTED if asked.form.get(name, "").strip()]
    return {name: asked.whole(name, least=0, most=_MOST_PEOPLE) for name in given}


def _files(visit: Visit, asked: Asked) -> list[StoredFile]:
    """Return the file that came with the form, if one did."""
    if not asked.file:
        return []
    kind = enclosed_as(asked.file_name, asked.file)
    if kind is None or kind[0] not in _PROOFS:
        raise Misfilled("not_enclosed", "file")
    name = file_name(asked.file_name)
    return [
        enclosing.enclose(visit.db, asked.file, kind[0], name=name, media_type=kind[1], by=visit.person, now=visit.now)
    ]


PAGES = (
    LIST.page(),
    Page("/admin/matters/new", write, takes=take, needs=_MAY),
    Page("/admin/matters/{matter_id}", show, takes=act, needs=_MAY, writes=True),
    Page("/admin/matters/{matter_id}/files/{file_id}", proof, needs=_MAY),
)
