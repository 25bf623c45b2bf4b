"""What was last offered to pick from, so that a digit means what the person saw."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.conversation.turn import Turn
from bot.domain.messages import Choice, Message
from bot.domain.outgoing import outbox

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
    offer = _kept(turn)
    if turn.conversation.pushed_at is None:
        return offer
    pushed = outbox.last_pushed(turn.db, target(turn), since=turn.conversation.last_turn_at or turn.now - KEPT)
    if pushed is None:
        return offer
    outbox_id, message, pushed_at = pushed
    if turn.conversation.open_form and turn.now - pushed_at < _JUST_PUSHED:
        return offer and offer.model_copy(update={"fresh": False})
    return Offer(outbox_id=outbox_id, question=message.text, choices=message.choices, offered_at=pushed_at)


def _kept(turn: Turn) -> Offer | None:
    """Return the saved offer with what can still be picked from it, if that is anything."""
    try:
        offer = Offer.model_validate(turn.conversation.offer) if turn.conversation.offer else None
    except ValidationError:
        return None
    if offer is None or turn.now - offer.offered_at > KEPT:
        return None
    if answers_open_form(turn, offer.outbox_id):
        return offer
    leading = tuple(choice for choice in offer.choices if choice.go)
    return offer.model_copy(update={"choices": leading}) if leading else None


def answers_open_form(turn: Turn, outbox_id: int) -> bool:
    """Tell whether a message put the question that is open now."""
    form = turn.conversation.open_form
    return bool(form) and form.get("asked_in") == outbox_id


def pressed(turn: Turn) -> Choice | None:
    """Return the choice behind a pressed button (``<outbox id>:<key>``), or ``None`` when it was never offered here."""
    key = turn.inbound.button.partition(":")[2]
    outbox_id = pressed_id(turn)
    message = outbox.spoken(turn.db, outbox_id, target(turn)) if outbox_id else None
    choices = message.choices if message else ()
    return next((choice for choice in choices if choice.key == key), None)


def quoted(turn: Turn) -> tuple[int, Message] | None:
    """Return the message of ours that was replied to, if it offered something, and its row's id.

    It was pushed here, or was a reply to whoever quotes it now.
    """
    remote_id, here = turn.inbound.quoted, target(turn)
    if not remote_id:
        return None
    pushed = outbox.quoted(turn.db, here, remote_id)
    return pushed or outbox.quoted_reply(turn.db, here, turn.inbound.sender, remote_id)


def pressed_id(turn: Turn) -> int:
    """Return the id of the message a pressed button stands under, 0 when it was never ours."""
    row = turn.inbound.button.partition(":")[0]
    return int(row) if row.isascii() and row.isdigit() and len(row) < 19 else 0  # noqa: PLR2004  # fits 64 bits


def remember(turn: Turn, outbox_id: int, message: Message, *, question: str) -> None:
    """Keep what a reply offered; a reply that offers nothing makes the offer before it stale."""
    form = turn.conversation.open_form
    if form:
        turn.conversation.open_form = {**form, "asked_in": outbox_id}
    if message.choices:
        offer = Offer(outbox_id=outbox_id, question=question, choices=message.choices, offered_at=turn.now)
        turn.conversation.offer = _plain(offer)
    elif turn.conversation.offer:
        turn.conversation.offer = {**turn.conversation.offer, "fresh": False}


def target(turn: Turn) -> outbox.Target:
    """Return the chat this turn answers in."""
    return outbox.Target(turn.inbound.channel, turn.inbound.account, turn.inbound.chat)


def _plain(offer: Offer) -> dict[str, Any]:
    return offer.model_dump(mode="json")
