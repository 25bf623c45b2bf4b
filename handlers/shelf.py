"""Entries looked after by chat: written, found, changed, put away and taken out again, their history, the old ones."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.answers import caring, drafting, reviewing
from bot.domain.answers.drafting import Wish
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.words import label
from db.models import Origin, Unit
from handlers import draft_fields as fields
from handlers.personal import privately
from handlers.reading import short_words

_SHOWN = 5
_WORTH = 0.2


def writes(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever writes no entries, before anything is asked."""
    privately(turn)
    if not reviewing.writes_for(turn.db, turn.person):
        raise DomainError("access/not_yours")


def only_place(turn: Turn, answers: Answers) -> int | None:
    """Return the unit somebody writes for when there is one."""
    writes(turn, answers)
    found = reviewing.writes_for(turn.db, turn.person)
    return found[0].id if len(found) == 1 else None


def which_place(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units somebody writes for."""
    found = reviewing.writes_for(turn.db, turn.person)[:_SHOWN]
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in found)


class Written(Form):
    """An entry somebody writes: what it is about, what it says, and for where."""

    title: Annotated[
        str, Ask("entries/write_title", known=writes, reads=fields.a_title, takes_anything=True, inline=True)
    ]
    unit_id: Annotated[int, Ask("drafts/which_place", known=only_place, offer=which_place)]
    answer: Annotated[str, Ask("drafts/write_answer", reads=fields.an_answer, takes_anything=True)]


@flow("entries.write", Written)
def write(turn: Turn, form: Written) -> Reply:
    """Begin a draft of a new entry and show it."""
    unit = turn.db.get_one(Unit, form.unit_id)
    until = drafting.a_year_on(turn.now, turn.db)
    wish = Wish(form.title, form.answer, unit.name, until, ask=(form.title,))
    draft = drafting.write(turn.db, wish, unit=unit, by=turn.person, now=turn.now)
    return Reply.leading("drafts.show", draft_id=draft.id)


def found_by_words(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the entries that words may mean, of those this person looks after."""
    return tuple(Choice(label=title, fill={"value": entry_id}) for entry_id, title in _found(turn, answers["named"]))


def only_entry(turn: Turn, answers: Answers) -> str | None:
    """Return the entry when words mean only one; refuse words that mean none."""
    writes(turn, answers)
    if "entry_id" in answers:
        return answers["entry_id"]
    found = _found(turn, answers["named"])
    if not found:
        raise DomainError("entries/none_to_manage", words=answers["named"])
    return found[0][0] if len(found) == 1 else None


def entry_known(turn: Turn, answers: Answers) -> str | None:
    """Ask for no words where the entry is known."""
    writes(turn, answers)
    return "" if "entry_id" in answers else None


class Managed(Form):
    """An entry that is looked after, found by words unless it is known."""

    named: Annotated[
        str, Ask("entries/which_to_manage", known=entry_known, reads=short_words, takes_anything=True, inline=True)
    ]
    entry_id: Annotated[str, Ask("entries/which_of_these", offer=found_by_words, known=only_entry)]


class OneEntry(Form):
    """An entry, by its id."""

    entry_id: str


@flow("entries.manage", Managed)
def manage(turn: Turn, form: Managed) -> Reply:
    """Show an entry as it stands with what may be done about it."""
    entry = caring.for_editor(turn.db, form.entry_id, turn.person)
    newest = caring.history(turn.db, entry.id)[0]
    fill = {"entry_id": entry.id}
    return Reply(
        "entries/managed",
        entry=entry,
        by=newest.author if newest.origin is Origin.LOCAL else "",
        at=newest.at,
        choices=(
            Choice(label=label("change"), go="entries.revise", fill=fill),
            Choice(label=label("still_true"), go="entries.extend", fill=fill),
            Choice(label=label("put_away"), go="entries.retire", fill=fill),
            Choice(label=label("its_history"), go="entries.history", fill=fill),
        ),
    )


@flow("entries.revise", OneEntry)
def revise(turn: Turn, form: OneEntry) -> Reply:
    """Begin a draft that is to replace an entry, and ask what to change."""
    entry = caring.for_editor(turn.db, form.entry_id, turn.person)
    unit = caring.unit_of(turn.db, entry) or reviewing.top(turn.db)
    draft = drafting.revise(turn.db, entry, unit=unit, by=turn.person, now=turn.now)
    return Reply.leading("drafts.change", draft_id=draft.id)


@flow("entries.extend", OneEntry)
def extend(turn: Turn, form: OneEntry) -> Reply:
    """Let an entry hold another year, by the word of who looked at it."""
    entry = caring.for_editor(turn.db, form.entry_id, turn.person)
    until = caring.extend(turn.db, form.entry_id, by=turn.person, now=turn.now)
    return Reply("entries/extended", title=entry.title, until=until)


@flow("entries.retire", OneEntry)
def retire(turn: Turn, form: OneEntry) -> Reply:
    """Put an entry away; it can be taken out again."""
    entry = caring.retire(turn.db, form.entry_id, by=turn.person, now=turn.now)
    back = Choice(label=label("take_out_again"), go="entries.restore", fill={"entry_id": entry.id})
    return Reply("entries/retired", title=entry.title, choices=(back,))


@flow("entries.restore", OneEntry)
def restore(turn: Turn, form: OneEntry) -> Reply:
    """Speak an entry again that was put away."""
    entry = caring.restore(turn.db, form.entry_id, by=turn.person, now=turn.now)
    return Reply("entries/restored", title=entry.title)


@flow("entries.put_away")
def put_away(turn: Turn, _form: Form) -> Reply:
    """List what was put away, to be taken out again."""
    writes(turn, {})
    found = caring.retired(turn.db, turn.person)[:_SHOWN]
    choices = tuple(Choice(label=one.title, go="entries.restore", fill={"entry_id": one.id}) for one in found)
    return Reply("entries/put_away", count=len(found), choices=choices)


@flow("entries.history", OneEntry)
def history(turn: Turn, form: OneEntry) -> Reply:
    """Tell who wrote an entry when, the newest first."""
    entry = caring.for_editor(turn.db, form.entry_id, turn.person)
    changes = caring.history(turn.db, form.entry_id)
    return Reply("entries/history", title=entry.title, changes=changes[:_SHOWN], more=len(changes[_SHOWN:]))


@flow("entries.old")
def old(turn: Turn, _form: Form) -> Reply:
    """List the entries whose day is over or comes soon."""
    writes(turn, {})
    found = caring.old(turn.db, turn.person, now=turn.now)
    choices = tuple(
        Choice(label=f"{one.entry.title} {one.entry.check_by}", go="entries.manage", fill={"entry_id": one.entry.id})
        for one in found[:_SHOWN]
    )
    return Reply("entries/old", count=len(found), choices=choices)


def _found(turn: Turn, words: str) -> list[tuple[str, str]]:
    """Return the entries words may mean, of those this person looks after, as id and title."""
    near = [one for one in turn.library.matcher.search(words, limit=_SHOWN) if one.score >= _WORTH]
    exact = [one for one in near if turn.library.entries[one.entry_id].title == words]
    entries = [turn.library.entries[one.entry_id] for one in exact or near]
    return [(one.id, one.title) for one in entries if caring.may_edit(turn.db, turn.person, one)]


FLOWS: tuple[Flow, ...] = (
    write,
    manage,
    revise,
    extend,
    retire,
    restore,
    put_away,
    history,
    old,
)
