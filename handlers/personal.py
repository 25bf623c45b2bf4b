"""How flows read names and phones, ask for consent, and keep personal matters out of groups."""

from bot.conversation.answers import InvalidAnswer, digit, yes_or_no
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain import spelling
from bot.domain.messages import Choice
from bot.domain.persons import consents, people
from bot.errors import DomainError
from content.words import label, trigger_phrases

_LONGEST_NAME = 30
_LAST = 4
_MOBILE = 11


def privately(turn: Turn) -> None:
    """Refuse to go on in a group: names and phones are nobody else's."""
    if turn.inbound.is_group:
        raise DomainError("identity/only_alone")


def agreed_before(turn: Turn, _answers: Answers) -> bool | None:
    """Return that somebody has agreed already, so that they are asked once for each version."""
    privately(turn)
    return True if consents.has_given(turn.db, turn.conversation.person_id) else None


def agree_or_not(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to agree to what is kept, or not."""
    return (
        Choice(label=label("agree"), fill={"value": True}),
        Choice(label=label("disagree"), fill={"value": False}),
    )


def yes_or_no_offered(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer yes and no."""
    return (
        Choice(label=label("yes"), fill={"value": True}),
        Choice(label=label("no"), fill={"value": False}),
    )


def reads_yes_or_no(turn: Turn) -> bool:
    """Read a yes or a no, beside what is offered."""
    return yes_or_no(turn.text)


def refused(answers: Answers) -> bool:
    """Tell whether somebody did not agree, so that nothing more is asked."""
    return answers.get("agreed") is False


def nothing_if_refused(_turn: Turn, answers: Answers) -> str | None:
    """Leave out a question of words when somebody did not agree."""
    return "" if refused(answers) else None


def a_name(turn: Turn) -> str:
    """Read a name of any people, with blanks and dots; refuse what is none, and a card number above all."""
    name = spelling.tidy(turn.text)
    _refuse_card(name)
    is_command = name in trigger_phrases()
    is_name = bool(people.name_key(name)) and not is_command and not any(mark.isdecimal() for mark in name)
    if not is_name or len(name) > _LONGEST_NAME:
        raise InvalidAnswer("identity/not_a_name")
    return name


def last_four(turn: Turn) -> str:
    """Read the last four digits of a phone number, or of all of it; kept sealed while the form is open."""
    _refuse_card(turn.text)
    digits = people.plain_mobile(_digits(turn.text))
    if len(digits) not in {_LAST, _MOBILE}:
        raise InvalidAnswer("identity/four_digits")
    return people.sealed(turn.db, digits[-_LAST:])


def a_mobile(turn: Turn) -> str:
    """Read a phone number however it is written, or the contact somebody shared; kept sealed while a form is open."""
    text = turn.text or turn.inbound.contact
    _refuse_card(text)
    plain = people.plain_mobile(_digits(text))
    if len(plain) != _MOBILE or not plain.startswith("1"):
        raise InvalidAnswer("identity/not_a_mobile")
    return people.sealed(turn.db, plain)


def _digits(text: str) -> str:
    """Return the digits of a text, also those written as words."""
    return "".join(digit(mark) for mark in spelling.tidy(text) if mark.strip())


def _refuse_card(text: str) -> None:
    if spelling.is_card_number(text):
        raise InvalidAnswer("identity/no_card_numbers")
