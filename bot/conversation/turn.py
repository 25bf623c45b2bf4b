"""What comes in, what a flow sees, and what it gives back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.messages import Attachment, Choice, Pin, readable
from db.models import Address, Person

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from bot.domain.files import IncomingFile
    from bot.domain.library import Library


_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing one person said. (channel, account, sender, message_id) is its key: a redelivery has the same.

    ``reply_to`` is the message the answer is to stand under, ``quoted`` the id, on the channel, of the message of ours
    that this one replies to.
    """

    channel: str
    account: str
    sender: str
    message_id: str
    chat: str
    sent_at: datetime
    text: str = ""
    button: str = ""
    files: tuple[IncomingFile, ...] = ()
    pin: Pin | None = None
    contact: str = ""
    reply_to: str = ""
    quoted: str = ""
    is_group: bool = False

    def __post_init__(self) -> None:
        """Drop what no database keeps and no eye sees: controls, half surrogates, direction marks."""
        for name in ("text", "button", "contact"):
            given = getattr(self, name)
            if not given.isprintable():  # what is printable is readable as it stands
                object.__setattr__(self, name, readable(given))
        for name in ("channel", "account", "sender", "chat", "message_id", "reply_to", "quoted"):
            given = getattr(self, name)
            if len(given) > _LONGEST_ID or not given.isprintable():
                object.__setattr__(self, name, _identifier(given))


@dataclass(frozen=True, slots=True)
class Traits:
    """What a channel can do that a flow may care about.

    Where it does not carry personal data, papers that hold some are not sent: their receiver gets a link instead.
    """

    enlarges_text: bool = False
    has_buttons: bool = False
    carries_personal_data: bool = True


class Reply:
    """What a flow says: a template, its values, what may be picked next and what goes along.

    Or nothing, when it leads on: ``leads_to`` is the flow that takes the turn instead, and what it knows already.
    """

    __slots__ = ("attachments", "choices", "continuation", "leads_to", "pin", "template", "values")

    def __init__(
        self,
        template: str,
        *,
        choices: tuple[Choice, ...] = (),
        attachments: tuple[Attachment, ...] = (),
        pin: Pin | None = None,
        **values: object,
    ) -> None:
        """Say ``template`` with ``values``; it must be given exactly the variables it names."""
        self.template = template
        self.values = values
        self.choices = choices
        self.attachments = attachments
        self.pin = pin
        self.continuation: Reply | None = None
        self.leads_to: tuple[str, dict[str, Any]] | None = None

    @classmethod
    def leading(cls, flow: str, **fill: object) -> Reply:
        """Let another flow take the turn, with what is known already."""
        reply = cls("")
        reply.leads_to = (flow, fill)
        return reply

    @classmethod
    def of(cls, template: str, values: Mapping[str, object], choices: tuple[Choice, ...] = ()) -> Reply:
        """Say ``template`` with values that are at hand as a mapping."""
        reply = cls(template, choices=choices)
        reply.values.update(values)
        return reply

    def then(self, continuation: Reply) -> Reply:
        """Say ``continuation`` after this in the same message; what it offers is what may be picked."""
        joined = Reply.of(self.template, self.values, continuation.choices or self.choices)
        joined.attachments = (*self.attachments, *continuation.attachments)
        joined.pin = continuation.pin or self.pin
        joined.continuation = self.continuation.then(continuation) if self.continuation else continuation
        return joined


@dataclass(slots=True)
class Standing:
    """Where one sender stands in one chat, as the conversation's row has it; it is saved at the end of the turn.

    ``pushed_at`` is when something to pick from was last pushed to that chat since its last turn, if it was.
    """

    id: int
    address_id: int
    person_id: int
    open_form: dict[str, Any] | None
    offer: dict[str, Any] | None
    large_text: bool
    burst_began_at: datetime | None
    burst_count: int
    last_turn_at: datetime | None
    pushed_at: datetime | None = None


@dataclass(slots=True)
class Turn:
    """All a flow needs to take one turn: who speaks, what they said, the database and the time."""

    inbound: Inbound
    db: Session
    now: datetime
    zone: ZoneInfo
    conversation: Standing
    library: Library
    traits: Traits
    files: tuple[int, ...] = ()

    @property
    def person(self) -> Person:
        """Who speaks; read from the database when it is first asked for."""
        return self.db.get_one(Person, self.conversation.person_id)

    @property
    def address(self) -> Address:
        """Where they are reached alone, also when they spoke in a group."""
        return self.db.get_one(Address, self.conversation.address_id)

    @property
    def text(self) -> str:
        """What was said, without blanks around it."""
        return self.inbound.text.strip()


def _identifier(text: str) -> str:
    """Return an id as it can be kept; one longer than any platform makes is kept as its digest."""
    kept = readable(text)
    return kept if len(kept) <= _LONGEST_ID else hashlib.sha256(kept.encode()).hexdigest()
