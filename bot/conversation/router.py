"""Which part of the conversation takes what was said: a pure decision, in one fixed order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.answers import digit, pick
from bot.conversation.offers import Offer
from bot.domain.messages import Choice
from content.match import PhraseBook, normalise


class Control(StrEnum):
    """What works everywhere, by its name in ``triggers.yaml``."""

    BACK = "engine.back"
    CANCEL = "engine.cancel"


@dataclass(frozen=True, slots=True)
class Picked:
    """Something that was offered."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class Stale:
    """A digit that no longer means what it meant, or never did: show again what was offered."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Triggered:
    """A phrase that starts a flow."""

    flow: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words for the open question or, without one, for the search."""


@dataclass(frozen=True, slots=True)
class OnlyDigit:
    """A digit with nothing to pick from."""


Route = Control | Picked | Stale | Triggered | Spoken | OnlyDigit
_LONGEST_COMMAND = 16


def route(
    text: str, *, offer: Offer | None, phrases: PhraseBook, reads_words: bool, only: Collection[str] | None = None
) -> Route:
    """Decide: what was offered, then cancel and back, then triggers, then the open question or the search.

    ``reads_words`` tells that the open question takes free words, so that a bare number may be its answer; with
    ``only`` no other flows interrupt it.
    """
    number = digit(text)
    choices = offer.choices if offer and offer.fresh else ()
    if choice := pick(text, choices, whole=True):
        return Picked(choice)
    if number == "0":
        return Control.BACK
    if number and not reads_words:
        return Stale(offer) if offer else OnlyDigit()
    name = phrases.find(text) if len(normalise(text)) <= _LONGEST_COMMAND else None
    if name in set(Control):
        return Control(name)
    if name and (only is None or name in only):
        return Triggered(name)
    choice = pick(text, choices)
    return Picked(choice) if choice else Spoken()
