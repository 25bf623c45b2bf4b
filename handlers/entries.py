"""Answers from the entries: found by what people type, picked from a few, or honestly not there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot import metrics
from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import cases, files, questions, scopes, units
from bot.domain.answers import suggestions
from bot.domain.messages import Choice
from bot.domain.questions import Outcome
from content.match import Decision, Match, Talk
from content.match import Outcome as Found
from content.schema import LOCAL, Entry
from content.words import entry_list, label

_MOST_RELATED = 2
_BRIEF = 2
_LIKELY = 0.65
"""Score from which the answers of several villages together are surely what is meant."""

_JUST_SENT = timedelta(minutes=10)


class Words(Form):
    """A question in the person's own words."""

    text: str
    is_aside: bool = False


class Picked(Form):
    """An entry, and the words that led to it."""

    entry_id: str
    asked: str = ""


@flow("entries.search", Words)
def search(turn: Turn, form: Words) -> Reply:
    """Answer, offer up to three, or say honestly that there is no answer."""
    decision = _of_their_place(turn, turn.library.matcher.decide(form.text))
    metrics.matched(decision.outcome)
    match decision.outcome:
        case Found.ANSWER:
            best = decision.matches[0]
            _log(turn, form.text, Outcome.ANSWERED, best)
            return _shown(turn, turn.library.entries[best.entry_id], asked=form.text, is_aside=form.is_aside)
        case Found.CANDIDATES:
            offered = _here_first(turn, decision.matches)
            _log(turn, form.text, Outcome.OFFERED, offered[0])
            return Reply("entries/candidates", choices=_candidates(turn, form.text, offered))
        case Found.NONE if decision.talk:
            return _talked(decision.talk)
        case Found.NONE:
            return _unanswered(turn, form.text)


def _of_their_place(turn: Turn, decision: Decision) -> Decision:
    """Leave out what was written at the desk of another village; of several villages' answers their own is the one."""
    unit_id = turn.person.unit_id if any(one.entry_id.startswith(LOCAL) for one in decision.matches) else None
    if unit_id is None:
        return decision
    theirs = tuple(one for one in decision.matches if _concerns(turn, one.entry_id, unit_id))
    if len(theirs) == len(decision.matches):
        return decision
    likely = sum(one.score for one in decision.matches) >= _LIKELY and not decision.parts
    outcome = Found.ANSWER if len(theirs) == 1 and likely else Found.CANDIDATES if theirs else Found.NONE
    return replace(decision, outcome=outcome, matches=theirs)


def _concerns(turn: Turn, entry_id: str, unit_id: int) -> bool:
    is_local = entry_id.startswith(LOCAL)
    return not is_local or scopes.concerns(turn.db, turn.library.entries[entry_id].scope, unit_id)


@flow("entries.show", Picked)
def show(turn: Turn, form: Picked) -> Reply:
    """Show an entry that was picked."""
    entry = turn.library.entries.get(form.entry_id)
    if entry is None:
        return Reply("entries/gone")
    if form.asked:
        questions.log(
            turn.db,
            form.asked,
            Outcome.ANSWERED,
            address_id=turn.conversation.address_id,
            now=turn.now,
            entry_id=entry.id,
            score=1.0,
        )
        suggestions.note(turn.db, entry, form.asked, turn.conversation.person_id, is_for=True, now=turn.now)
    return _shown(turn, entry, asked=form.asked)


@flow("entries.none_of_these", Words)
def none_of_these(turn: Turn, form: Words) -> Reply:
    """Nothing that was offered fits: the same as no answer."""
    return _unanswered(turn, form.text)


@flow("entries.not_solved", Picked)
def not_solved(turn: Turn, form: Picked) -> Reply:
    """Note that an answer did not help, and offer a person."""
    questions.log(
        turn.db,
        form.asked,
        Outcome.NOT_SOLVED,
        address_id=turn.conversation.address_id,
        now=turn.now,
        entry_id=form.entry_id,
    )
    entry = turn.library.entries.get(form.entry_id)
    if entry is not None:
        suggestions.note(turn.db, entry, form.asked, turn.conversation.person_id, is_for=False, now=turn.now)
    return Reply("entries/not_solved", choices=_pass_on(turn, form.asked, entry_id=form.entry_id))


@flow("entries.useful", Picked)
def useful(turn: Turn, form: Picked) -> Reply:
    """Close what still waits for an answer that came late: it is what they wanted."""
    cases.close_asked(turn.db, turn.person, form.asked, now=turn.now)
    return Reply("cases/glad")


@flow("entries.centres")
def centres(turn: Turn, _form: Form) -> Reply:
    """List the service centres and stations the entries know."""
    return Reply("entries/centres", choices=_listed(turn, "centres"))


@flow("entries.popular")
def popular(turn: Turn, _form: Form) -> Reply:
    """List what many ask."""
    return Reply("entries/popular", choices=_listed(turn, "popular"))


def _listed(turn: Turn, name: str) -> tuple[Choice, ...]:
    known = [turn.library.entries[one] for one in entry_list(name) if one in turn.library.entries]
    return tuple(Choice(label=entry.title, go="entries.show", fill={"entry_id": entry.id}) for entry in known)


def _shown(turn: Turn, entry: Entry, *, asked: str, is_aside: bool = False) -> Reply:
    is_stale = turn.now.astimezone(turn.zone).date() > entry.check_by
    if is_aside:
        return Reply("entries/aside", entry=entry, is_stale=is_stale)
    lines = entry.answer.count("\n") + 1 + bool(entry.unstated)
    return Reply(
        "entries/entry",
        choices=_next_steps(turn, entry, asked or entry.title),
        entry=entry,
        is_stale=is_stale,
        is_brief=lines <= _BRIEF,
    )


def _next_steps(turn: Turn, entry: Entry, asked: str) -> tuple[Choice, ...]:
    steps = [
        Choice(label=label("ask_cadre"), go="cases.hand_off", fill=_handed_on(turn, asked, entry.id)),
        Choice(label=label("find_centre"), go="entries.centres"),
        Choice(label=label("not_solved"), go="entries.not_solved", fill={"entry_id": entry.id, "asked": asked}),
    ]
    related = [turn.library.entries[one] for one in entry.related if one in turn.library.entries][:_MOST_RELATED]
    return (*steps, *(Choice(label=one.title, go="entries.show", fill={"entry_id": one.id}) for one in related))


def _talked(talk: Talk) -> Reply:
    """Answer what asks nothing as it was said; whoever is angry is offered a person."""
    if talk is Talk.ABUSE:
        choice = Choice(label=label("menu_hand_off"), go="cases.hand_off")
        return Reply("entries/angry", choices=(choice, Choice(label=label("menu_help"), go="help")))
    return Reply.leading({Talk.THANKS: "thanks", Talk.FAREWELL: "thanks", Talk.SMALL_TALK: "about"}.get(talk, "menu"))


def _here_first(turn: Turn, matches: Sequence[Match]) -> list[Match]:
    """Put what concerns this town before what concerns another."""
    scopes_of = {one.entry_id: turn.library.entries[one.entry_id].scope for one in matches}
    different = {*scopes_of.values()}
    if len(different) == 1:
        return [*matches]
    here = {scope for scope in different if units.is_here(turn.db, scope)}
    return sorted(matches, key=lambda one: scopes_of[one.entry_id] not in here)


def _candidates(turn: Turn, text: str, matches: Sequence[Match]) -> tuple[Choice, ...]:
    titles = [
        Choice(
            label=turn.library.entries[one.entry_id].title,
            go="entries.show",
            fill={"entry_id": one.entry_id, "asked": text},
        )
        for one in matches
    ]
    return (*titles, Choice(key="0", label=label("none_of_these"), go="entries.none_of_these", fill={"text": text}))


def _unanswered(turn: Turn, text: str) -> Reply:
    questions.log(turn.db, text, Outcome.UNANSWERED, address_id=turn.conversation.address_id, now=turn.now)
    return Reply("entries/none", choices=_pass_on(turn, text))


def _pass_on(turn: Turn, text: str, *, entry_id: str = "") -> tuple[Choice, ...]:
    """Offer a person."""
    return (
        Choice(label=label("pass_on"), go="cases.hand_off", fill=_handed_on(turn, text, entry_id)),
        Choice(label=label("never_mind"), go="cases.never_mind"),
    )


def _handed_on(turn: Turn, text: str, entry_id: str) -> dict[str, object]:
    """Return what a person is told of a question; what came with the words or just before them is sent along."""
    sent = files.just_sent(turn.db, turn.conversation.person_id, since=turn.now - _JUST_SENT)
    return {"question": text, "entry_id": entry_id, "files": list(sent)}


def _log(turn: Turn, text: str, outcome: Outcome, best: Match) -> None:
    questions.log(
        turn.db,
        text,
        outcome,
        address_id=turn.conversation.address_id,
        now=turn.now,
        entry_id=best.entry_id,
        score=best.score,
    )
