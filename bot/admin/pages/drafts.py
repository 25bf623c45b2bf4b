"""Entries in the making: written from an answer, mended, handed to a second person, published or given back."""

from bot.admin.asked import Asked, Misfilled
from bot.admin.views import Go, Page, View
from bot.domain import scopes
from bot.domain.access import Act
from bot.domain.answers import drafting, publishing, reviewing
from bot.domain.console.visiting import Visit
from bot.domain.lists import entries as entry_list
from bot.domain.persons import people
from bot.errors import DomainError
from db.models import DraftState, EntryDraft

_MAY = frozenset({Act.ANSWER_CASES, Act.EDIT_ENTRIES})
_OPEN = (DraftState.WRITING, DraftState.RETURNED)
_LONGEST = 2000


def show(visit: Visit, asked: Asked) -> View:
    """Show a draft to who wrote it, with its fields, or to who may publish it, with what to say to it."""
    draft = _found(visit, asked.number("draft_id"))
    entry = drafting.entry_of(draft)
    is_mine = draft.author_id == visit.person.id and draft.state in _OPEN
    shown = reviewing.shown(visit.db, draft, entry)
    values = {
        "draft": draft,
        "entry": entry,
        "spoken": entry_list.as_spoken(visit, entry),
        "author": people.by_id(visit.db, draft.author_id).name,
        "other": shown["other"],
        "is_mine": is_mine,
        "version": reviewing.version(draft),
        "may_publish": draft.state is DraftState.WAITING and reviewing.may_publish(visit.db, draft, visit.person),
    }
    return View("draft", values)


def act(visit: Visit, asked: Asked) -> Go:
    """Change it, hand it on, drop it; publish it, or give it back with a reason."""
    draft = _found(visit, asked.number("draft_id"))
    do = asked.form.get("do", "")
    match do:
        case "change" | "send":
            _change(visit, asked, draft)
            if do == "change":
                return Go(asked.path, said="draft_kept")
            reviewers = drafting.send(visit.db, draft, by=visit.person, now=visit.now)
            return Go("/admin", said="draft_sent" if reviewers else "draft_waits")
        case "drop":
            drafting.drop(visit.db, draft, by=visit.person, now=visit.now)
            return Go("/admin", said="draft_dropped")
        case "publish":
            seen = asked.form.get("seen", "")
            entry = publishing.publish(visit.db, draft.id or 0, by=visit.person, now=visit.now, seen=seen)
            return Go(f"/admin/entries/{entry.id}", said="draft_published")
        case "return":
            reason = asked.text("reason", most=200)
            publishing.give_back(visit.db, draft.id or 0, reason, by=visit.person, now=visit.now)
            return Go("/admin", said="draft_returned")
        case _:
            raise Misfilled("empty", "do")


def _change(visit: Visit, asked: Asked, draft: EntryDraft) -> None:
    fields = {name: asked.text(name, most=_LONGEST) for name in ("title", "answer", "scope", "check_by")}
    ways = [line.strip() for line in asked.text("ask", most=_LONGEST, least=0).splitlines() if line.strip()]
    scopes.insist_clear(visit.db, fields["scope"])
    drafting.change(visit.db, draft, by=visit.person, now=visit.now, **fields, ask=ways)


def _found(visit: Visit, draft_id: int) -> EntryDraft:
    draft = visit.db.get(EntryDraft, draft_id)
    is_theirs = draft is not None and (
        draft.author_id == visit.person.id or reviewing.may_publish(visit.db, draft, visit.person)
    )
    if draft is None or not is_theirs:
        raise DomainError("access/not_yours")
    return draft


PAGES = (Page("/admin/drafts/{draft_id}", show, takes=act, needs=_MAY),)
