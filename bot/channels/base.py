"""What a channel is: it turns raw requests into inbounds and parcels into raw requests, and knows no feature.

Delivery errors, the most telling first::

    DeliveryError
    ├── Blocked        the person does not want to hear from us: stop pushing
    ├── ChatGone       there is no such chat: stop pushing
    ├── ChatMoved      the chat has a new id: send it there
    ├── Refused        the channel will never take this message (too long, malformed)
    ├── RateLimited    later, and not before ``retry_after`` seconds
    ├── TryLater       certainly not delivered: try again
    │   └── NotYet     a paper that goes along is still being made: try again in a moment
    ├── Kept           cannot be pushed: its channel shows it when the person comes next
    └── InDoubt        perhaps delivered: what happens next depends on the kind of message
        └── Unrepeatable  the same, where saying it twice is worse than not saying it
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.conversation.turn import Inbound, Traits
from bot.domain.messages import Choice
from bot.domain.outgoing.outbox import Parcel, Target
from bot.domain.outgoing.pacing import Limits
from bot.errors import DeliveryError

_SHORT_LABEL = 10


class Blocked(DeliveryError):
    """The person blocked us or left."""


class ChatGone(DeliveryError):
    """There is no such chat."""


class ChatMoved(DeliveryError):
    """The chat has a new id."""

    def __init__(self, new_chat: str) -> None:
        """Keep where the chat went."""
        super().__init__(f"moved to {new_chat}")
        self.new_chat = new_chat


class Refused(DeliveryError):
    """The channel will never take this message."""


class RateLimited(DeliveryError):
    """Too fast; ``retry_after`` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        """Keep how long to wait."""
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class TryLater(DeliveryError):
    """Certainly not delivered; it may work later."""


class NotYet(TryLater):
    """A paper that goes along is still being made."""


class InDoubt(DeliveryError):
    """Sent, but nothing came back: it may have been delivered."""


class Kept(DeliveryError):
    """Cannot be pushed; the channel keeps it and shows it when the person comes next."""


class Unrepeatable(InDoubt):
    """Perhaps delivered, and not to be sent again by itself: the channel shows it when the person comes next."""


class ReachKind(StrEnum):
    """What changed about reaching somebody."""

    LOST = "lost"
    REGAINED = "regained"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class ReachChange:
    """Somebody blocked us, came back, or their chat got a new id. It is no turn and gets no reply."""

    target: Target
    kind: ReachKind
    new_chat: str = ""


class Receiver(Protocol):
    """What a channel hands its inbounds to."""

    async def receive(self, inbound: Inbound) -> None:
        """Take the turn; return once it is committed (its reply is sent right afterwards, by itself).

        Raises :class:`bot.errors.DatabaseUnavailable` when nothing was kept: the platform should deliver again.
        """
        ...

    async def note(self, change: ReachChange) -> None:
        """Keep that somebody can, or can no longer, be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn said, if anything; ``is_new`` unless it was said before."""

    parcel: Parcel | None
    is_new: bool = True


class Answering(Receiver, Protocol):
    """What a channel hands its inbounds to that takes the reply back by itself, in answer to the same request."""

    async def answer(self, inbound: Inbound) -> Answer:
        """Take the turn and return, once it is committed, what it said; nothing is sent.

        What is not :meth:`told` for the length of a lease is sent as if nobody had waited for it. Raises as
        :meth:`Receiver.receive` does.
        """
        ...

    def told(self, parcel: Parcel) -> None:
        """Note that a person was told all of it."""
        ...

    def send(self, parcel: Parcel) -> None:
        """Send it in the background, as any other message."""
        ...


class Channel(Protocol):
    """One way to reach people.

    ``limits`` is how fast its account may send, ``None`` where nobody minds; a channel that ``repeats`` is one whose
    people never hear a parcel twice however often it is sent.
    """

    name: str
    account: str
    traits: Traits
    limits: Limits | None
    repeats: bool

    async def send(self, parcel: Parcel) -> str:
        """Deliver one message and return its id there; raise a :class:`bot.errors.DeliveryError` otherwise."""
        ...

    async def fetch(self, remote_id: str) -> bytes:
        """Fetch the bytes of a file somebody sent; raise a :class:`bot.errors.DeliveryError` otherwise."""
        ...


def as_lines(text: str, choices: tuple[Choice, ...], *, width: int = 28) -> str:
    """Write choices below a text, for channels without buttons: short ones side by side, long ones on their own."""
    lines = [text]
    row = ""
    for choice in choices:
        words = f"{choice.key} {choice.label}"
        fits = len(choice.label) <= _SHORT_LABEL and len(row) + len(words) + 2 <= width
        if row and fits:
            row = f"{row}  {words}"
        else:
            lines += [row] if row else []
            row = words
    return "\n".join([*lines, row] if row else lines)
