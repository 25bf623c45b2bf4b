"""How flows read when something is to be: one moment, or a few to choose from, as plain data that a form can keep."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain.house import house_of
from bot.domain.messages import Choice
from content.edits import Edit
from content.moments import Outcome, Read, read, read_day

USUAL = timedelta(hours=2)
"""How long something takes when nobody said until when."""

_REFUSED = {
    Outcome.NOTHING: "sessions/no_time",
    Outcome.PAST: "study/time_is_past",
    Outcome.IMPOSSIBLE: "sessions/no_such_time",
}


def timing(turn: Turn) -> dict[str, Any]:
    """Read when: what may be meant, as pairs of begin and end (empty when nobody said), and on what days it repeats."""
    found = read(turn.text, turn.now, turn.zone)
    if found.outcome in _REFUSED:
        raise InvalidAnswer(_REFUSED[found.outcome])
    if not all(one.has_time for one in found.options):
        raise InvalidAnswer("sessions/what_time_of_day")
    return {
        "options": [(_plain(one.starts_at), _plain(one.ends_at) if one.ends_at else "") for one in found.options],
        "rule": dict(found.rule) if found.rule else None,
    }


def says_when(turn: Turn, words: str) -> bool:
    """Tell whether words say when something is to be, so that they may stand right behind a phrase."""
    return read(words, turn.now, turn.zone).outcome is not Outcome.NOTHING


def day_said(turn: Turn, words: str) -> date | None:
    """Return the day that words name, past or to come; the next where two may be meant, nothing for none."""
    found = read_day(words, turn.now, turn.zone)
    return found[0] if found else None


def span_anew(turn: Turn, words: str, begins: datetime, ends: datetime) -> tuple[datetime, datetime, Read]:
    """Read another time: of a day alone the hours stay, of hours alone the day, without an end the length.

    Raises :class:`InvalidAnswer` for what is unclear, over, or no time there is.
    """
    found = read(words, turn.now, turn.zone)
    begins, ends = begins.astimezone(turn.zone), ends.astimezone(turn.zone)
    if found.options and not found.has_day:  # hours of the day that was said before
        found = read(words, datetime.combine(begins.date(), time(), turn.zone), turn.zone)
    if found.outcome is Outcome.AMBIGUOUS:
        raise InvalidAnswer("volunteering/which_time", times=[one.starts_at for one in found.options])
    if not found.options:
        raise InvalidAnswer(_REFUSED[found.outcome])
    said = found.options[0]
    day, clock = said.starts_at if found.has_day else begins, said.starts_at if said.has_time else begins
    anew = datetime.combine(day.date(), clock.time(), turn.zone)
    lasts = said.ends_at - said.starts_at if said.ends_at and said.has_time else ends - begins
    return anew, anew + lasts, found


def is_only_time(turn: Turn, edit: Edit) -> bool:
    """Tell whether a change is of the time: it says so, or says nothing but a time."""
    found = read(edit.words, turn.now, turn.zone)
    is_time = edit.part == "when" or (not edit.part and not found.rest)
    return is_time and found.outcome is not Outcome.NOTHING


def only_time(_turn: Turn, answers: Answers) -> Sequence[str] | None:
    """Return what was meant where only one time may have been."""
    options = answers["when"]["options"]
    return options[0] if len(options) == 1 else None


def times(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the times that may have been meant."""
    renderer = house_of(turn.db).renderer
    return tuple(
        Choice(
            label=renderer.render("sessions/time", {"starts_at": datetime.fromisoformat(begin)}),
            fill={"value": [begin, end]},
        )
        for begin, end in answers["when"]["options"]
    )


def span(chosen: Sequence[str], *, lasts: timedelta = USUAL) -> tuple[datetime, datetime]:
    """Return begin and end of a chosen time; without an end it lasts as long as such things do."""
    begin, end = chosen
    starts_at = datetime.fromisoformat(begin)
    return starts_at, datetime.fromisoformat(end) if end else starts_at + lasts


def rule_of(when: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return on what days it repeats, nothing when it does not."""
    return when["rule"]


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
