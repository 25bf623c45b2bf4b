"""How what is said of a session is read: all of it in one go, and what of a card is to be something else."""

from typing import Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain.studies import study, study_desk
from bot.errors import DomainError
from content import edits
from content.match import normalise
from content.moments import read
from content.one_go import placed, take_apart
from content.words import meeting_names
from handlers.timing import is_only_time, span, span_anew, timing

LONGEST_TITLE = 30
"""Characters of a title or a place."""


def anew(turn: Turn) -> dict[str, Any]:
    """Read another time, place or name for a session that is being planned."""
    answers: Answers = (turn.conversation.open_form or {}).get("answers", {})
    given: Answers = answers.get("answers", answers)
    edit = edits.read(turn.text)
    if is_only_time(turn, edit):
        begins, ends, found = span_anew(turn, edit.words, *span(given["time"]))
        study.insist_possible(begins, ends, now=turn.now)
        time = (begins.isoformat(), ends.isoformat())
        rule = found.rule or (None if found.has_day else given["when"]["rule"])
        return {"time": time, "when": {"options": [time], "rule": rule}}
    words = edit.words if edit.part in {"title", "place"} else placed(edit.words)
    if not words or len(words) > LONGEST_TITLE:
        raise InvalidAnswer("sessions/change_how")
    return {"title" if edit.part == "title" else "place": words}


def in_one_go(turn: Turn) -> dict[str, Any]:
    """Read all that is said of a session at once; what is not clear is asked afterwards."""
    if not study_desk.units_of(turn.db, turn.person):
        raise DomainError("access/not_yours")
    parts = take_apart(read(turn.text, turn.now, turn.zone).rest)
    kind = next((kind for kind, name in meeting_names().items() if normalise(name) == normalise(parts.title)), "")
    given: dict[str, Any] = {"kind": kind} if kind else {}
    if parts.title and len(parts.title) <= LONGEST_TITLE:
        given["title"] = parts.title
    if parts.place and len(parts.place) <= LONGEST_TITLE:
        given["place"] = parts.place
    try:
        return {**given, "when": timing(turn)}
    except InvalidAnswer:
        return given
