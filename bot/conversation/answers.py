"""Words to values: a digit in any shape, an ordinal, a label, yes and no."""

import functools
import string
import unicodedata
from collections.abc import Sequence

from bot.domain.messages import Choice
from content.match import normalise
from content.words import answer_words

_LONGEST_DIGIT = 4


class InvalidAnswer(Exception):  # it is an answer of the person's, not a fault
    """What was said does not answer the question; ``template`` tells the person what would."""

    def __init__(self, template: str, **values: object) -> None:
        """Keep what the person is to be told."""
        super().__init__(template)
        self.template = template
        self.values = values


def digit(text: str) -> str:
    """Return the digit somebody meant in whatever shape, or an empty string."""
    plain = text.strip(answer_words()["around"] + string.whitespace)
    if plain in _digit_words():
        return _digit_words()[plain]
    if 0 < len(plain) <= _LONGEST_DIGIT and all(unicodedata.decimal(mark, None) is not None for mark in plain):
        return "".join(str(unicodedata.decimal(mark)) for mark in plain)
    return _digit_words().get(normalise(plain), "")


def is_emergency(text: str) -> bool:
    """Tell whether what was said holds a word that means danger."""
    said = normalise(text)
    return any(word in said for word in answer_words()["emergency"])


def pick(text: str, choices: Sequence[Choice], *, whole: bool = False) -> Choice | None:
    """Return the choice somebody meant by digit, ordinal or label (``whole``: not by a part of it), or ``None``."""
    said = normalise(text)
    meant = "0" if said in _words("none") else digit(text)
    for choice in choices:
        if meant and choice.key == meant:
            return choice
    for choice in choices:
        if said and normalise(choice.label) == said:
            return choice
    close = [choice for choice in choices if not whole and len(said) > 1 and normalise(choice.label).startswith(said)]
    return close[0] if len(close) == 1 else None


def yes_or_no(text: str) -> bool:
    """Read a yes or a no; raise :class:`InvalidAnswer` for anything else."""
    said = normalise(text)
    if said in _words("yes"):
        return True
    if said in _words("no"):
        return False
    raise InvalidAnswer("engine/say_yes_or_no")


@functools.cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(normalise(word) for word in answer_words()[kind])


@functools.cache
def _digit_words() -> dict[str, str]:
    return {word: key for key, words in answer_words()["digits"].items() for word in words}
