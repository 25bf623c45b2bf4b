"""Answers from the entries: found by what people type, picked from a few, or honestly not there."""

from collections.abc import Sequence
from datetime import timedelta

from bot import metrics
from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import files, questions, units
from bot.domain.messages import Choice
from bot.domain.questions import Outcome
from content.match import Match
from content.match import Outcome as Found
from content.schema import Entry
from content.words import entry_list, label

_MOST_RELATED = 2
_BRIEF = 2
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
    decision = turn.library.matcher.decide(form.text)
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
        case Found.NONE:
            return _unanswered(turn, form.text)


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
    return Reply("entries/not_solved", choices=_pass_on(turn, form.asked, entry_id=form.entry_id))


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
        _pass_on(turn, asked, entry_id=entry.id)[0].model_copy(update={"label": label("ask_cadre")}),
        Choice(label=label("find_centre"), go="entries.centres"),
        Choice(label=label("not_solved"), go="entries.not_solved", fill={"entry_id": entry.id, "asked": asked}),
    ]
    related = [turn.library.entries[one] for one in entry.related if one in turn.library.entries][:_MOST_RELATED]
    return (*steps, *(Choice(label=one.title, go="entries.show", fill={"entry_id": one.id}) for one in related))


def _here_first(turn: Turn, matches: Sequence[Match]) -> list[Match]:
    """Put what concerns this town before what concerns another."""
    return sorted(matches, key=lambda one: not units.is_here(turn.db, turn.library.entries[one.entry_id].scope))


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
    """Offer a person, and to send along what came with the words or just before them."""
    sent = files.just_sent(turn.db, turn.person, since=turn.now - _JUST_SENT)
    fill = {"question": text, "entry_id": entry_id, "files": list(sent)}
    return (
        Choice(label=label("pass_on"), go="cases.hand_off", fill=fill),
        Choice(label=label("never_mind"), go="cases.never_mind"),
    )


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
