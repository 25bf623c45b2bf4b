"""What the bot answers: listed, seen as it is said, asked, written anew; with every text there was."""

from collections.abc import Mapping

from bot.admin.asked import Asked, Misfilled, NoSuchPage
from bot.admin.entry_form import draft_of, fields_of, read_entry
from bot.admin.list_pages import ListPage
from bot.admin.tables import Column
from bot.admin.views import Go, Page, View
from bot.domain import entries, scopes
from bot.domain.access import Act
from bot.domain.answers import caring, comparing
from bot.domain.console.visiting import Visit
from bot.domain.lists import entries as entry_list
from bot.domain.lists.entries import EntryRow
from content import console

_FILTERS = ("state",)
_MAY = frozenset({Act.EDIT_ENTRIES, Act.ANSWER_CASES})
_MAY_EDIT = frozenset({Act.EDIT_ENTRIES})


def _path(row: EntryRow) -> str:
    return f"/admin/entries/{row.entry.id}"


def _state(row: EntryRow) -> str:
    key = "retired" if row.record.retired else "stale" if row.is_stale else "spoken"
    return console.word("entry_states", key)


COLUMNS = (
    Column("title", lambda row: row.entry.title, link=_path),
    Column("scope", lambda row: row.entry.scope, sort="place"),
    Column("state", _state),
    Column("check_by", lambda row: row.entry.check_by),
    Column("changed_at", lambda row: row.changed_at, sort="changed"),
)


def choices(visit: Visit) -> Mapping[str, object]:
    """Return what the filters offer."""
    return {"may_edit": visit.may(Act.EDIT_ENTRIES), "states": list(console.words("entry_states"))}


LIST = ListPage("entries", _FILTERS, entry_list.listing, COLUMNS, _MAY, choices)


def try_(visit: Visit, asked: Asked) -> View:
    """Show what the bot would do with a question, and why."""
    question = asked.query.get("q", "").strip()
    decision = entry_list.asked(visit, question) if question else None
    library = visit.library.entries
    found = [(one, library[one.entry_id]) for one in decision.matches] if decision else []
    lines = visit.library.matcher.explain(question).lines() if question else []
    spoken = entry_list.as_spoken(visit, found[0][1]) if decision and decision.outcome == "answer" else ""
    values = {"question": question, "decision": decision, "found": found, "spoken": spoken, "lines": lines}
    return View("entry_try", values, part="entry_try_part")


def show(visit: Visit, asked: Asked) -> View:
    """Show an entry as the bot says it, and its history."""
    row = entry_list.found(visit, asked.place["entry_id"])
    values = {
        "row": row,
        "state": _state(row),
        "spoken": entry_list.as_spoken(visit, row.entry),
        "may_edit": visit.may(Act.EDIT_ENTRIES) and entry_list.may_edit(visit, row.entry.scope),
        "may_tend": caring.may_edit(visit.db, visit.person, row.entry),
        "texts": caring.history(visit.db, row.entry.id),
    }
    return View("entry", values)


def tend(visit: Visit, asked: Asked) -> Go:
    """Put an entry away, speak it again, or let it hold for another year."""
    entry_id = asked.place["entry_id"]
    match asked.form.get("do", ""):
        case "retire":
            caring.retire(visit.db, entry_id, by=visit.person, now=visit.now)
        case "restore":
            caring.restore(visit.db, entry_id, by=visit.person, now=visit.now)
        case "extend":
            caring.extend(visit.db, entry_id, by=visit.person, now=visit.now)
        case _:
            raise Misfilled("empty", "do")
    return Go(asked.path, said="entry_saved")


def disagreeing_(visit: Visit, _asked: Asked) -> View:
    """List entries that say different things to the same question."""
    return View("disagreeing", {"pairs": comparing.known(visit.db, visit.library.entries)})


def write(visit: Visit, asked: Asked) -> View:
    """Show an entry's fields to be written anew, or as they were written when they could not be taken."""
    entry_id = asked.place.get("entry_id", "")
    row = entry_list.found(visit, entry_id) if entry_id else None
    if row and not entry_list.may_edit(visit, row.entry.scope):
        raise NoSuchPage(asked.path)
    filled = draft_of(asked) if asked.form else fields_of(row.entry if row else None)
    preview = ""
    if asked.form:
        try:
            preview = entry_list.as_spoken(visit, read_entry(asked, entry_id, visit.library.entries))
        except Misfilled:
            preview = ""
    values = {"entry_id": entry_id, "filled": filled, "scopes": entry_list.scopes(visit), "preview": preview}
    return View("entry_form", values)


def save(visit: Visit, asked: Asked) -> Go | View:
    """Speak what was written from now on, or only show how it would be said."""
    entry_id = asked.place.get("entry_id", "")
    entry = read_entry(asked, entry_id, visit.library.entries)
    if not entry_id and entry_list.is_known(visit, entry.id):
        raise Misfilled("id_taken", "id")
    scopes.insist_clear(visit.db, entry.scope)
    if not entry_list.may_write(visit, entry):
        raise Misfilled("not_your_scope", "scope")
    if asked.form.get("do", "") == "preview":
        return write(visit, asked)
    entries.edit(visit.db, entry, author=visit.person, now=visit.now)
    return Go(f"/admin/entries/{entry.id}", said="entry_saved")


PAGES = (
    LIST.page(),
    Page("/admin/entries/ask", try_, needs=_MAY),
    Page("/admin/entries/new", write, takes=save, needs=_MAY_EDIT),
    Page("/admin/entries/disagreeing", disagreeing_, needs=_MAY),
    Page("/admin/entries/{entry_id}", show, takes=tend, needs=_MAY),
    Page("/admin/entries/{entry_id}/edit", write, takes=save, needs=_MAY_EDIT),
)
