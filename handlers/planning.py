"""How what is said of an activity is read: when, how many, and what of a card is to be something else."""

from datetime import datetime
from typing import Any

from bot.conversation.answers import InvalidAnswer, yes_or_no
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain.house import house_of
from bot.domain.volunteers import volunteering
from bot.errors import DomainError
from content import counts, edits
from content.moments import Outcome, Read, When, read
from content.one_go import placed, take_apart
from handlers.reading import LONGEST_LINE
from handlers.timing import is_only_time, span_anew

_SPAN = ("starts_at", "ends_at")
_NO_END = "no_end"
"""Why a time is asked for anew that told only its beginning."""


def span(turn: Turn) -> dict[str, Any]:
    """Read when it begins and ends, and on which days it repeats."""
    found = read(turn.text, turn.now, turn.zone)
    when = found.options[0] if found.options else None
    if found.outcome is Outcome.AMBIGUOUS:
        raise InvalidAnswer("volunteering/which_time", times=[one.starts_at for one in found.options])
    if when is None or not when.has_time or when.ends_at is None:
        raise InvalidAnswer(_unclear(found))
    volunteering.check_times(when.starts_at, when.ends_at, now=turn.now)
    return _plain(when, found)


def _plain(when: When, found: Read) -> dict[str, Any]:
    return {
        "starts_at": when.starts_at.isoformat(),
        "ends_at": when.ends_at.isoformat() if when.ends_at else "",
        "rule": dict(found.rule) if found.rule else None,
    }


def _unclear(found: Read) -> str:
    match found.outcome:
        case Outcome.PAST:
            return "volunteering/in_the_past"
        case Outcome.IMPOSSIBLE:
            return "volunteering/no_such_time"
        case _:
            return "volunteering/from_when_until_when"


def seats_said(turn: Turn) -> dict[str, int]:
    """Read how many people, of which kinds."""
    return _seats_in(turn.text)


def _seats_in(words: str) -> dict[str, int]:
    wanted = counts.read(words)
    if sum(wanted.values()) < 1:
        raise InvalidAnswer("volunteering/no_seats")
    if sum(wanted.values()) > volunteering.MOST_SEATS:
        raise InvalidAnswer("volunteering/too_many_seats", most=volunteering.MOST_SEATS)
    return wanted


def decided(turn: Turn) -> str | dict[str, Any]:
    """Read a yes or a no, or a new value of something on the card."""
    try:
        return "publish" if yes_or_no(turn.text) else "change"
    except InvalidAnswer:
        return anew(turn)


def anew(turn: Turn) -> dict[str, Any]:
    """Read the new value of one part of what was said so far: another number of people, time, place or name."""
    form = turn.conversation.open_form or {}
    answers: Answers = form.get("answers", {})
    given: Answers = answers.get("given", answers)
    edit = edits.read(turn.text)
    if edit.part == "title" and edit.words:
        return {"title": edit.words[:LONGEST_LINE]}
    if given.get("when") and is_only_time(turn, edit):
        return {"when": _when_anew(turn, edit.words, given["when"])}
    if edit.part == "seats" or (not edit.part and _names_people(edit.words)):
        return {"seats": _seats_in(edit.words)}
    place = edit.words if edit.part == "place" else "" if edit.part else placed(edit.words)
    if not place or len(place) > LONGEST_LINE:
        raise InvalidAnswer("volunteering/change_how")
    return {"place": place}


def _names_people(words: str) -> bool:
    return bool(take_apart(words).people) or any(kind != counts.ANYBODY for kind in counts.read(words))


def _when_anew(turn: Turn, words: str, before: dict[str, Any]) -> dict[str, Any]:
    begins, ends, found = span_anew(turn, words, *(datetime.fromisoformat(before[key]) for key in _SPAN))
    volunteering.check_times(begins, ends, now=turn.now)
    rule = found.rule or (None if found.has_day else before.get("rule"))
    return {"starts_at": begins.isoformat(), "ends_at": ends.isoformat(), "rule": rule}


def timed(turn: Turn, found: Read) -> dict[str, Any]:
    """Return the time that was said, or why it has to be asked for again."""
    if found.outcome is Outcome.AMBIGUOUS and all(one.has_time and one.ends_at for one in found.options):
        return {"maybe": [(_in_words(turn, one.starts_at), _plain(one, found)) for one in found.options]}
    if found.outcome in {Outcome.PAST, Outcome.IMPOSSIBLE}:
        return {"why": found.outcome.value}
    try:
        return {"when": span(turn)}
    except (InvalidAnswer, DomainError):
        return {"why": _NO_END} if any(one.ends_at is None for one in found.options) else {}


def _in_words(turn: Turn, moment: datetime) -> str:
    return house_of(turn.db).renderer.render("sessions/time", {"starts_at": moment})
