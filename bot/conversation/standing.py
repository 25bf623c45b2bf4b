"""Where a conversation stands: locked for one turn, watched for floods, reset when left alone."""

from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.conversation.turn import Inbound
from db.claims import put_if_missing
from db.models import Conversation

BURST = timedelta(seconds=30)
BURST_LIMIT = 20
"""Messages one person may send within a burst before they are asked, once, to slow down."""


class Pace(Enum):
    """How fast somebody writes."""

    CALM = 0
    TOO_FAST = 1
    STILL_TOO_FAST = 2


def lock(db: Session, inbound: Inbound) -> Conversation:
    """Return the conversation of an inbound, held by this transaction until it ends."""
    key = {
        "channel": inbound.channel,
        "account": inbound.account,
        "chat": inbound.chat,
        "sender": inbound.sender,
    }
    here = [col(getattr(Conversation, name)) == value for name, value in key.items()]
    held = select(Conversation).where(*here).with_for_update()
    found = db.execute(held).scalar_one_or_none()
    if found is None:
        put_if_missing(
            db,
            Conversation,
            {**key, "large_text": False, "burst_count": 0},
            key=("channel", "account", "chat", "sender"),
        )
        found = db.execute(held).scalar_one()
    return found


def pace(conversation: Conversation, now: datetime) -> Pace:
    """Count this message and tell whether its sender is too fast; each burst is answered once."""
    began = conversation.burst_began_at
    if began is None or now - began > BURST:
        conversation.burst_began_at = now
        conversation.burst_count = 0
    conversation.burst_count += 1
    if conversation.burst_count <= BURST_LIMIT:
        return Pace.CALM
    if conversation.burst_count == BURST_LIMIT + 1:
        return Pace.TOO_FAST
    return Pace.STILL_TOO_FAST
