"""How flows read when something is to be: one moment, or a few to choose from, as plain data that a form can keep."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain.house import house_of
from bot.domain.messages import Choice
from content.moments import Outcome, read

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
