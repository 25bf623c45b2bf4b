"""What was last offered to pick from, so that a digit means what the person saw."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from bot.conversation.turn import Turn
from bot.domain import outbox
from bot.domain.messages import Choice, Message

KEPT = timedelta(hours=24)
"""How long an offer may still be picked from by a digit."""

_JUST_PUSHED = timedelta(seconds=20)


class Offer(BaseModel):
    """The choices of one message. ``fresh`` while nothing else has been said since; ``question`` is its text."""

    outbox_id: int
    question: str
    choices: tuple[Choice, ...]
    offered_at: datetime
    fresh: bool = True


def standing(turn: Turn) -> Offer | None:
    """Return what a digit now refers to: the last reply's choices, or those of a message pushed since."""
    kept = turn.conversation.offer
    offer = Offer.model_validate(kept) if kept else None
    if offer and turn.now - offer.offered_at > KEPT:
        offer = None
    pushed = outbox.last_pushed(turn.db, target(turn), since=turn.conversation.last_turn_at or turn.now - KEPT)
    if pushed is None:
        return offer
    outbox_id, message, pushed_at = pushed
    if offer and turn.conversation.open_form and turn.now - pushed_at < _JUST_PUSHED:
        return offer.model_copy(update={"fresh": False})
    return Offer(outbox_id=outbox_id, question=message.text, choices=message.choices, offered_at=pushed_at)


def pressed(turn: Turn) -> Choice | None:
    """Return the choice behind a pressed button (``<outbox id>:<key>``), or ``None`` when it was never offered here."""
    row, _, key = turn.inbound.button.partition(":")
    if not (row.isascii() and row.isdigit() and len(row) < 19):  # noqa: PLR2004  # what fits a 64-bit id
        return None
    message = outbox.spoken(turn.db, int(row), target(turn))
    choices = message.choices if message else ()
    return next((choice for choice in choices if choice.key == key), None)


def is_current(turn: Turn) -> bool:
    """Tell whether the pressed button belongs to the last thing that was offered."""
    kept = turn.conversation.offer
    return bool(kept) and turn.inbound.button.startswith(f"{kept['outbox_id']}:")


def remember(turn: Turn, outbox_id: int, message: Message) -> None:
    """Keep what a reply offered; a reply that offers nothing makes the offer before it stale."""
    if message.choices:
        offer = Offer(outbox_id=outbox_id, question=message.text, choices=message.choices, offered_at=turn.now)
        turn.conversation.offer = _plain(offer)
    elif turn.conversation.offer:
        turn.conversation.offer = {**turn.conversation.offer, "fresh": False}


def target(turn: Turn) -> outbox.Target:
    """Return the chat this turn answers in."""
    return outbox.Target(turn.inbound.channel, turn.inbound.account, turn.inbound.chat)


def _plain(offer: Offer) -> dict[str, Any]:
    return offer.model_dump(mode="json")
