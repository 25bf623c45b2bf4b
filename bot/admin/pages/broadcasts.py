"""Broadcasts: listed, written with a look at whom they meet, approved, watched while they go out, called through."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.admin.asked import Asked, Misfilled
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.times import read_moment
from bot.admin.views import Go, Outcome, Page, View
from bot.domain import cases, enclosing
from bot.domain.access import Act
from bot.domain.broadcasts import (
    composing,
    deciding,
    looking,
    missed,
    progress,
    running,
    states,
    understanding,
)
from bot.domain.broadcasts.audiences import Audience
from bot.domain.broadcasts.composing import Draft
from bot.domain.console.visiting import Visit
from bot.domain.lists import broadcasts
from bot.domain.lists.broadcasts import BroadcastRow
from bot.domain.persons import identity, people
from bot.web.enclosures import enclosed_as, file_name
from content import console
from db.models import Broadcast, BroadcastState, StoredFile, Unit

_FILTERS = ("state",)
_MAY = frozenset({Act.BROADCAST})
_CALLED_AT_ONCE = 20
_LONGEST_WORDS = 200
_LARGEST_ID = 999_999_999


def _path(row: BroadcastRow) -> str:
    return f"/admin/broadcasts/{row[0].id}"


COLUMNS = (
    Column("text", lambda row: cases.one_line(row[0].text, longest=40), link=_path),
    Column("audience", lambda row: row[0].audience_words),
    Column("people", lambda row: row[0].people),
    Column("unit", lambda row: row[1]),
    Column("state", lambda row: console.word("broadcast_states", row[0].state)),
    Column("at", lambda row: row[0].due_at or row[0].created_at, sort="id"),
)


def choices(_visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"states": list(BroadcastState)}


LIST = ListPage("broadcasts", _FILTERS, broadcasts.listing, COLUMNS, _MAY, choices)


def write(visit: Visit, asked: Asked) -> View:
    """Show where a broadcast is written: to whom, and what."""
    files = enclosing.enclosed(visit.db, asked.ids("file_id"), by=visit.person)
    return View("broadcast_form", {"look": None, "words": "", "spoken": "", "channels": (), "files": files})


def compose(visit: Visit, asked: Asked) -> Go | View:
    """Show whom it meets and what they will see; or keep it."""
    audience = understanding.read(visit.db, asked.text("audience", most=_LONGEST_WORDS), by=visit.person, now=visit.now)
    files = _files(visit, asked)
    draft = _draft(asked, audience, files)
    if asked.form.get("do", "") != "keep":
        shown = composing.as_shown(visit.db, draft, by=visit.person, now=visit.now)
        unit = understanding.insist_on_units(visit.db, audience, visit.person)
        composing.check(draft)
        values = {
            "look": looking.look(visit.db, audience, now=visit.now),
            "words": understanding.in_words(visit.db, audience),
            "spoken": composing.message(visit.db, draft, unit).text,
            "channels": [(identity.channel_name(one.channel), one.people) for one in shown],
            "files": files,
        }
        return View("broadcast_form", values)
    kept = composing.compose(visit.db, draft, by=visit.person, now=visit.now)
    return Go(f"/admin/broadcasts/{kept.id}", said="broadcast_kept")


def show(visit: Visit, asked: Asked) -> View:
    """Show a broadcast, how it stands, and what may be done with it."""
    broadcast = states.for_cadre(visit.db, asked.number("broadcast_id"), visit.person)
    stands = progress.progress_of(visit.db, broadcast, now=visit.now)
    unit = visit.db.get_one(Unit, broadcast.unit_id)
    values = {
        "broadcast": broadcast,
        "unit": unit.name,
        "author": people.by_id(visit.db, broadcast.author_id).name,
        "spoken": composing.message(visit.db, composing.draft_of(broadcast), unit).text,
        "files": [one.name for one in composing.attachments(visit.db, broadcast.files)],
        "stands": stands,
        "is_moving": broadcast.state in (*states.UNDER_WAY, *states.BEFORE),
        "is_mine": broadcast.author_id == visit.person.id,
        "needs_second": deciding.needs_approval(visit.db, broadcast),
        "missing": _missing(visit, broadcast) if broadcast.state in states.ENDS else [],
    }
    return View("broadcast", values, part="broadcast_progress")


def act(visit: Visit, asked: Asked) -> Outcome:
    """Do what the button says: each leads back to the broadcast as it stands then."""
    number, by, now = asked.number("broadcast_id"), visit.person, visit.now
    match asked.form.get("do", ""):
        case "try":
            composing.show_me(visit.db, composing.draft_of(composing.own(visit.db, number, by)), by=by, now=now)
        case "submit":
            deciding.submit(visit.db, number, due_at=_when(visit, asked), by=by, now=now)
        case "approve":
            version = asked.whole("run", least=0, most=_LARGEST_ID)
            deciding.approve(visit.db, number, by=by, now=now, version=version)
        case "return":
            deciding.send_back(visit.db, number, asked.text("reason", most=200), by=by, now=now)
        case "pause":
            running.pause(visit.db, number, by=by, now=now)
        case "resume":
            running.resume(visit.db, number, by=by, now=now)
        case "recall":
            running.recall(visit.db, number, by=by, now=now)
        case "go_ahead":
            running.go_ahead(visit.db, number, by=by, now=now)
        case "called":
            missed.called(visit.db, number, asked.ids("person_id"), by=by, now=now)
        case _:
            raise Misfilled("empty", "do")
    return Go(asked.path, said=f"broadcast_{asked.form['do']}")


def _files(visit: Visit, asked: Asked) -> list[StoredFile]:
    """Return what goes along: what was added before and is still ticked, and what comes with this form."""
    found = enclosing.enclosed(visit.db, asked.ids("file_id"), by=visit.person)
    if not asked.file:
        return found
    kind = enclosed_as(asked.file_name, asked.file)
    if kind is None:
        raise Misfilled("not_enclosed", "file")
    name = file_name(asked.file_name)
    return [
        *found,
        enclosing.enclose(visit.db, asked.file, kind[0], name=name, media_type=kind[1], by=visit.person, now=visit.now),
    ]


def _draft(asked: Asked, audience: Audience, files: Sequence[StoredFile]) -> Draft:
    return Draft(
        audience=audience,
        files=tuple(one.id or 0 for one in files),
        text=asked.form.get("text", "").replace("\r\n", "\n").strip(),
        link=asked.form.get("link", "").strip(),
        is_urgent=bool(asked.form.get("urgent")),
        wants_receipts=bool(asked.form.get("receipts")),
    )


def _when(visit: Visit, asked: Asked) -> datetime | None:
    """Return when it is to go out, nothing for at once; raise :class:`Misfilled` for a time that is not one moment."""
    found = read_moment(visit, asked, "when", past="broadcasts/in_the_past")
    if found is not None and found.rule:
        raise Misfilled("not_a_moment", "when")
    return found.when.starts_at if found else None


def _missing(visit: Visit, broadcast: Broadcast) -> list[missed.Missing]:
    return missed.missed(visit.db, broadcast.id or 0, by=visit.person, now=visit.now, limit=_CALLED_AT_ONCE)


PAGES = (
    LIST.page(),
    Page("/admin/broadcasts/new", write, takes=compose, needs=_MAY),
    Page("/admin/broadcasts/{broadcast_id}", show, takes=act, needs=_MAY, writes=True),
)
