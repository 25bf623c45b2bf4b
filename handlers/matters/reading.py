"""How flows read and offer what important matters need: days that are over, sums, the numbers of a meeting, matters."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain.matters import keeping
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.matter_words import counts, money
from content.moments.past import past_day
from content.words import label
from db.models import Matter
from handlers.personal import privately
from handlers.reading import words

LONGEST = 200
"""Characters of what is made public with a step, and of a reason."""

_SHOWN = 5


def today(turn: Turn) -> date:
    """Return which day it is."""
    return turn.now.astimezone(turn.zone).date()


def day_that_is_over(turn: Turn) -> str:
    """Read a day that is today at the latest, as plain data."""
    day = past_day(turn.text, today(turn))
    if day is None:
        raise InvalidAnswer("matters/no_such_day")
    return day.isoformat()


def near_days(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer today and yesterday."""
    day = today(turn)
    return (
        Choice(label=label("matter_today"), fill={"value": day.isoformat()}),
        Choice(label=label("matter_yesterday"), fill={"value": (day - timedelta(days=1)).isoformat()}),
    )


def a_sum(turn: Turn) -> int:
    """Read a sum of money, in fen."""
    fen = money(turn.text)
    if fen is None:
        raise InvalidAnswer("matters/no_sum")
    return fen


def numbers(turn: Turn) -> dict[str, int]:
    """Read the numbers of a meeting, as far as they are said."""
    found = counts(turn.text)
    if not found:
        raise InvalidAnswer("matters/no_numbers")
    return found


def a_sentence(turn: Turn) -> str:
    """Read what fits a line or two."""
    said = " ".join(words(turn).split())
    if len(said) > LONGEST:
        raise InvalidAnswer("engine/too_long", most=LONGEST)
    return said


def kept(turn: Turn) -> Sequence[Matter]:
    """Return the newest matters that go on and somebody keeps; refuse whoever keeps none anywhere."""
    privately(turn)
    if not keeping.keeps_any(turn.db, turn.person):
        raise DomainError("access/not_yours")
    return keeping.of(turn.db, turn.person, most=_SHOWN)


def only_matter(turn: Turn, _answers: Answers) -> int | None:
    """Return the one matter that goes on; refuse where there is none."""
    found = kept(turn)
    if not found:
        raise DomainError("matters/none_goes_on")
    return found[0].id if len(found) == 1 else None


def matters_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the newest matters that go on."""
    return tuple(Choice(label=one.title, fill={"value": one.id}) for one in kept(turn))
