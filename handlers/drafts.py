"""Entries in the making: kept from an answer, changed, handed to a second person, published or returned."""

from typing import Annotated

from bot.conversation.flow import Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.answers import drafting, publishing, reviewing
from bot.domain.house import house_of
from bot.domain.messages import Choice
from content.words import label
from db.models import Case, DraftState, EntryDraft
from handlers import draft_fields as fields
from handlers.personal import privately
from handlers.reading import words

_SHOWN = 6


class OfCase(Form):
    """A case whose answer may become an entry."""

    case_id: int


def good_as_it_is(turn: Turn, answers: dict[str, object]) -> str | None:
    """Ask for other words only where the answer cannot be kept as it was given."""
    case = turn.db.get(Case, answers["case_id"])
    return "" if case is not None and not drafting.fault_of(turn.db, case) else None


class Reworded(Form):
    """A case whose answer becomes an entry in other words."""

    case_id: int
    answer: Annotated[str, Ask("drafts/write_answer", known=good_as_it_is, reads=fields.an_answer, takes_anything=True)]


class OneDraft(Form):
    """A draft, by its id."""

    draft_id: int


@flow("drafts.keep", OfCase)
def keep(turn: Turn, form: OfCase) -> Reply:
    """Make a draft of an answer and hand it to a second person."""
    draft = drafting.from_case(turn.db, form.case_id, by=turn.person, now=turn.now)
    return _sent(turn, draft)


@flow("drafts.reword", Reworded)
def reword(turn: Turn, form: Reworded) -> Reply:
    """Make a draft of an answer, and let its author change it first."""
    draft = drafting.from_case(turn.db, form.case_id, by=turn.person, now=turn.now, answer=form.answer)
    return _shown(turn, draft)


@flow("drafts.leave")
def leave(_turn: Turn, _form: Form) -> Reply:
    """Make no entry of an answer."""
    return Reply("drafts/not_kept")


@flow("drafts.show", OneDraft)
def show(turn: Turn, form: OneDraft) -> Reply:
    """Show a draft to its author or to who may publish it, with what either may do."""
    draft = turn.db.get(EntryDraft, form.draft_id)
    if draft is not None and draft.author_id == turn.conversation.person_id:
        return _shown(turn, draft)
    waiting = reviewing.for_reviewer(turn.db, form.draft_id, turn.person)
    values = reviewing.shown(turn.db, waiting, drafting.entry_of(waiting))
    return Reply.of("drafts/for_reviewer", values, reviewing.to_decide(waiting))


@flow("drafts.change", fields.Change)
def change(turn: Turn, form: fields.Change) -> Reply:
    """Change one thing of a draft and show it again."""
    draft = drafting.mine(turn.db, form.draft_id, turn.person)
    drafting.change(turn.db, draft, by=turn.person, now=turn.now, **fields.changed(draft, form))
    return _shown(turn, draft)


@flow("drafts.send", OneDraft)
def send(turn: Turn, form: OneDraft) -> Reply:
    """Hand a draft to a second person."""
    return _sent(turn, drafting.mine(turn.db, form.draft_id, turn.person))


@flow("drafts.drop", OneDraft)
def drop(turn: Turn, form: OneDraft) -> Reply:
    """Let a draft be nothing any more."""
    drafting.drop(turn.db, drafting.mine(turn.db, form.draft_id, turn.person), by=turn.person, now=turn.now)
    return Reply("drafts/not_kept")


class ReadDraft(OneDraft):
    """A draft, and the version of it that was read."""

    seen: str = ""


@flow("drafts.publish", ReadDraft)
def publish(turn: Turn, form: ReadDraft) -> Reply:
    """Publish somebody's draft: it answers everybody from now on."""
    entry = publishing.publish(turn.db, form.draft_id, by=turn.person, now=turn.now, seen=form.seen)
    return Reply("drafts/published", title=entry.title, scope=entry.scope)


class GivenBack(Form):
    """A draft that is returned, with the reason its author is told."""

    draft_id: int
    reason: Annotated[str, Ask("drafts/why_back", offer=fields.usual_reasons, reads=words, takes_anything=True)]


@flow("drafts.return", GivenBack)
def give_back(turn: Turn, form: GivenBack) -> Reply:
    """Return a draft to its author."""
    draft = publishing.give_back(turn.db, form.draft_id, form.reason, by=turn.person, now=turn.now)
    return Reply("drafts/given_back", title=draft.body["title"])


@flow("drafts.waiting")
def waiting(turn: Turn, _form: Form) -> Reply:
    """List what waits for this person's word, and what they have not finished."""
    privately(turn)
    found = [*reviewing.waiting_for(turn.db, turn.person), *drafting.unfinished(turn.db, turn.person)]
    if not found:
        return Reply("drafts/none")
    choices = tuple(
        Choice(label=fields.in_a_line(one), go="drafts.show", fill={"draft_id": one.id}) for one in found[:_SHOWN]
    )
    return Reply("drafts/waiting", count=len(found), choices=choices)


def _shown(turn: Turn, draft: EntryDraft) -> Reply:
    """Show a draft to its author."""
    entry = drafting.entry_of(draft)
    values = reviewing.shown(turn.db, draft, entry)
    preview = {"entry": entry, "other": values["other"]}
    fill = {"draft_id": draft.id}
    if draft.state is DraftState.WAITING:
        seen = {**fill, "seen": reviewing.version(draft)}
        publish_it = Choice(label=label("publish_draft"), go="drafts.publish", fill=seen)
        return Reply.of("drafts/waits", preview, (publish_it,) if house_of(turn.db).own_drafts else ())
    if draft.state in {DraftState.PUBLISHED, DraftState.DROPPED}:
        return Reply("drafts/decided_already")
    steps = (
        Choice(label=label("send_draft"), go="drafts.send", fill=fill),
        Choice(label=label("change"), go="drafts.change", fill=fill),
        Choice(label=label("drop_draft"), go="drafts.drop", fill=fill),
    )
    return Reply.of("drafts/preview", preview, steps)


def _sent(turn: Turn, draft: EntryDraft) -> Reply:
    """Hand a draft on; where nobody else is there to publish it, say so or publish it as the house allows."""
    if draft.state is DraftState.WAITING:
        return _shown(turn, draft)
    reviewers = drafting.send(turn.db, draft, by=turn.person, now=turn.now)
    fill = {"draft_id": draft.id}
    if house_of(turn.db).own_drafts:
        seen = {**fill, "seen": reviewing.version(draft)}
        publish_it = Choice(label=label("publish_draft"), go="drafts.publish", fill=seen)
        return Reply("drafts/publish_yourself", title=draft.body["title"], choices=(publish_it,))
    return Reply("drafts/sent", title=draft.body["title"], asked=len(reviewers))
