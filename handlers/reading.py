"""How flows read free words."""

from bot.conversation.answers import InvalidAnswer, yes_or_no
from bot.conversation.turn import Turn
from bot.domain.persons import people
from content.match import normalise
from content.words import trigger_phrases

LONGEST_LINE = 40
"""Characters of a title or a place."""

_FEWEST_DIGITS = 3
_FEWEST_LETTERS = 2
_LONGEST = 500
_LONGEST_NAME = 30
_MOBILE_DIGITS = 11


def words(turn: Turn) -> str:
    """Read a sentence or two; refuse nothing at all, whole letters, and a digit that picks something from elsewhere."""
    if not turn.text:
        raise InvalidAnswer("engine/nothing_to_read")
    if turn.text.isdecimal() and len(turn.text) < _FEWEST_DIGITS:
        raise InvalidAnswer("engine/too_short")
    if len(turn.text) > _LONGEST:
        raise InvalidAnswer("engine/too_long", most=_LONGEST)
    return turn.text


def a_question(turn: Turn) -> str:
    """Read what a cadre is to answer; refuse a word of one letter, such as a mere yes."""
    said = words(turn)
    if len(normalise(said)) < _FEWEST_LETTERS:
        raise InvalidAnswer("engine/too_short")
    return said


def short_words(turn: Turn) -> str:
    """Read a title or a place: what fits on a line."""
    said = " ".join(words(turn).split())
    if len(said) > LONGEST_LINE:
        raise InvalidAnswer("engine/too_long_for_a_line", most=LONGEST_LINE)
    return said


def yes_or_no_please(turn: Turn) -> bool:
    """Read a yes or a no, beside what is offered."""
    return yes_or_no(turn.text)


def person_name(turn: Turn) -> str:
    """Read a name, as it was written but for blanks around it."""
    name = " ".join(turn.text.split())
    is_command = name in trigger_phrases()
    if is_command or not people.name_key(name) or len(name) > _LONGEST_NAME or any(mark.isdigit() for mark in name):
        raise InvalidAnswer("engine/no_name")
    return name


def mobile_number(turn: Turn) -> str:
    """Read a mobile phone number in whatever shape."""
    number = people.plain_mobile(turn.text)
    if len(number) != _MOBILE_DIGITS or not number.startswith("1"):
        raise InvalidAnswer("engine/no_mobile")
    return number
