"""For whom a broadcast is, read and shown; what it says may follow in the same breath."""

from typing import Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain.broadcasts import looking, understanding
from bot.domain.broadcasts.audiences import Audience
from bot.errors import DomainError

SAID = "said"
"""Beside a filter: what is to be said to these people, where it was said in the same breath."""

_WORDS_OF_AUDIENCE = 4
"""How many words before the text are looked at for whom it is."""

_UNKNOWN = "broadcasts/unknown_word"
_FINAL = ("access/not_yours", "broadcasts/not_your_unit")
"""Refusals after which nothing more is asked."""


def audience_said(turn: Turn) -> dict[str, Any]:
    """Read for whom it is, as a filter, and what is to be said where that follows; what nobody knows is named."""
    try:
        audience, text = _in_one_go(turn, turn.text)
    except DomainError as problem:
        if problem.template in _FINAL:
            raise
        raise InvalidAnswer(problem.template, **problem.values) from problem
    if not looking.look(turn.db, audience, now=turn.now).people:
        raise InvalidAnswer("broadcasts/nobody", words=understanding.in_words(turn.db, audience))
    return audience.as_data() | ({SAID: text} if text else {})


def says_whom(turn: Turn, words: str) -> bool:
    """Tell whether words say to whom somebody may write, so that they may stand right behind the wish to."""
    try:
        _in_one_go(turn, words)
    except DomainError:
        return False
    return True


def text_known(_turn: Turn, answers: Answers) -> str | None:
    """Return what was said along with for whom it is."""
    return answers["audience"].get(SAID)


def audience_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show who that is: in words, how many, and a few names."""
    audience = Audience.model_validate(answers["audience"])
    found = looking.look(turn.db, audience, now=turn.now)
    return {
        "words": understanding.in_words(turn.db, audience),
        "look": found,
        "names": [one.name for one in found.names],
        "is_partial": bool(audience.ages or audience.gender),
    }


def _in_one_go(turn: Turn, said: str) -> tuple[Audience, str]:
    """Return for whom it is, and the text behind it, if there is one: as many words as can be are the former."""
    try:
        return understanding.read(turn.db, said, by=turn.person, now=turn.now), ""
    except DomainError as problem:
        if problem.template != _UNKNOWN:
            raise
        for count in range(_WORDS_OF_AUDIENCE, 0, -1):
            *words, text = said.split(maxsplit=count)
            audience = _understood(turn, " ".join(words)) if len(words) == count else None
            if audience:
                return audience, text
        raise


def _understood(turn: Turn, words: str) -> Audience | None:
    """Return for whom words say it is, ``None`` when one of them says nothing."""
    try:
        return understanding.read(turn.db, words, by=turn.person, now=turn.now)
    except DomainError as problem:
        if problem.template != _UNKNOWN:
            raise
        return None
