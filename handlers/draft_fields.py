"""What may be changed of a draft, and how each is asked for and read."""

from datetime import timedelta
from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form
from bot.conversation.turn import Turn
from bot.domain import house, scopes
from bot.domain.answers import drafting, reviewing
from bot.domain.messages import Choice
from content import moments
from content.words import label
from db.models import DraftState, EntryDraft
from handlers.reading import short_words, words

TITLE, ANSWER, ASK, SCOPE, UNTIL = "title", "answer", "ask", "scope", "until"
_HALF_A_YEAR = timedelta(days=182)
_MOST_PLACES = 4


def an_answer(turn: Turn) -> str:
    """Read an answer that may be kept for everybody."""
    said = words(turn)
    if problem := drafting.fault(said):
        raise InvalidAnswer(problem)
    return said


def a_title(turn: Turn) -> str:
    """Read a title: what fits on a line with its brackets."""
    said = short_words(turn)
    if len(said) > drafting.LONGEST_TITLE:
        raise InvalidAnswer("engine/too_long_for_a_line", most=drafting.LONGEST_TITLE)
    return said


def a_scope(turn: Turn) -> str:
    """Read the name of a unit this person writes for, or of several."""
    found = scopes.so_named(turn.db, turn.text, reviewing.writes_for(turn.db, turn.person))
    if not found:
        raise InvalidAnswer("drafts/no_such_place")
    return scopes.called(turn.db, found[0]) if len(found) == 1 else found[0].name


def the_only_scope(turn: Turn, answers: Answers) -> str | None:
    """Return what was said where it means one unit; ``None`` where it may mean several."""
    return answers["place"] if len(scopes.meant(turn.db, answers["place"])) <= 1 else None


def scopes_so_named(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the units of one name that this person writes for."""
    found = scopes.so_named(turn.db, answers["place"], reviewing.writes_for(turn.db, turn.person))
    names = scopes.all_called(turn.db, found)
    return tuple(Choice(label=name, fill={"value": name}) for name in names)


def a_day(turn: Turn) -> str:
    """Read a day to come, as people say it."""
    read = moments.read(turn.text, turn.now, turn.zone)
    if read.outcome is not moments.Outcome.FOUND:
        raise InvalidAnswer("drafts/no_day")
    return read.when.starts_at.astimezone(turn.zone).date().isoformat()


def what_to_change(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer each thing that may be changed; refuses who has no such draft."""
    drafting.mine(turn.db, answers["draft_id"], turn.person)
    return (
        Choice(label=label("its_title"), fill={"value": TITLE}),
        Choice(label=label("its_answer"), fill={"value": ANSWER}),
        Choice(label=label("its_ways"), fill={"value": ASK}),
        Choice(label=label("its_scope"), fill={"value": SCOPE}),
        Choice(label=label("its_until"), fill={"value": UNTIL}),
    )


def places(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the places this person writes for."""
    found = reviewing.writes_for(turn.db, turn.person)[:_MOST_PLACES]
    return tuple(Choice(label=name, fill={"value": name}) for name in scopes.all_called(turn.db, found))


def ends(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer half a year, a year and two years."""
    today = house.today(turn.db, turn.now)
    return (
        Choice(label=label("half_a_year"), fill={"value": (today + _HALF_A_YEAR).isoformat()}),
        Choice(label=label("one_year"), fill={"value": drafting.years_on(today, 1).isoformat()}),
        Choice(label=label("two_years"), fill={"value": drafting.years_on(today, 2).isoformat()}),
    )


def _not_the_title(_turn: Turn, answers: Answers) -> str | None:
    return None if answers["what"] == TITLE else ""


def _not_the_answer(_turn: Turn, answers: Answers) -> str | None:
    return None if answers["what"] == ANSWER else ""


def _not_the_ways(_turn: Turn, answers: Answers) -> str | None:
    return None if answers["what"] == ASK else ""


def _not_the_scope(_turn: Turn, answers: Answers) -> str | None:
    return None if answers["what"] == SCOPE else ""


def _not_the_end(_turn: Turn, answers: Answers) -> str | None:
    return None if answers["what"] == UNTIL else ""


class Change(Form):
    """A draft, and the one thing of it that is changed."""

    draft_id: int
    what: Annotated[str, Ask("drafts/change_what", offer=what_to_change)]
    title: Annotated[str, Ask("drafts/write_title", known=_not_the_title, reads=a_title, takes_anything=True)]
    answer: Annotated[str, Ask("drafts/write_answer", known=_not_the_answer, reads=an_answer, takes_anything=True)]
    way: Annotated[str, Ask("drafts/write_way", known=_not_the_ways, reads=short_words, takes_anything=True)]
    place: Annotated[str, Ask("drafts/which_place", known=_not_the_scope, offer=places, reads=a_scope)]
    scope: Annotated[str, Ask("drafts/which_of_them", known=the_only_scope, offer=scopes_so_named)]
    until: Annotated[str, Ask("drafts/until_when", known=_not_the_end, offer=ends, reads=a_day)]


def changed(draft: EntryDraft, form: Change) -> dict[str, object]:
    """Return the field of the entry that is changed, with its new value."""
    if form.what == ASK:
        ways = [one for one in draft.body["ask"] if one != form.way]
        return {"ask": [*ways, form.way]}
    values: dict[str, object] = {TITLE: form.title, ANSWER: form.answer, SCOPE: form.scope}
    return {form.what: values[form.what]} if form.what in values else {"check_by": form.until}


def usual_reasons(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the usual reasons for a draft to go back; refuses who may not decide."""
    reviewing.for_reviewer(turn.db, answers["draft_id"], turn.person)
    usual = (label("wrong_answer"), label("answer_unclear"), label("known_already"))
    return tuple(Choice(label=one, fill={"value": one}) for one in usual)


def in_a_line(draft: EntryDraft) -> str:
    """Return a draft on one line of a list: where it stands and what it is about."""
    states = {
        DraftState.WAITING: label("draft_waits"),
        DraftState.RETURNED: label("draft_is_back"),
        DraftState.WRITING: label("draft_in_hand"),
    }
    return f"{states[draft.state]} {reviewing.number(draft)}"
