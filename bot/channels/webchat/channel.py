"""The built-in chat as a channel: delivering is putting a message into the visitor's mailbox."""

from bot.channels.base import Refused, TryLater
from bot.channels.webchat.mailbox import TOLD, Bell, Mailbox
from bot.clock import Clock
from bot.conversation.turn import Traits
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.pacing import Limits
from bot.errors import DatabaseUnavailable
from db.sql import Database


class WebChat:
    """Reaches people whose browser is, or comes, to our own page."""

    name = "web"
    account = "web"
    traits = Traits(enlarges_text=True, has_buttons=True)
    limits: Limits | None = None
    repeats = True

    def __init__(self, database: Database, *, clock: Clock, bell: Bell | None = None) -> None:
        """Keep messages in ``database`` and wake the streams of ``bell``."""
        self.mailbox = Mailbox(database)
        self.bell = bell or Bell()
        self._clock = clock

    async def send(self, parcel: Parcel) -> str:
        """Put one message into the visitor's mailbox and return its number there; a re-send returns the same."""
        try:
            number = await self.mailbox.put(parcel, now=self._clock.now())
        except DatabaseUnavailable as error:
            raise TryLater(str(error)) from error
        self.bell.ring(parcel.target.chat)
        return str(number)

    async def fetch(self, remote_id: str) -> bytes:
        """Refuse: what a browser sends arrives with its bytes."""
        raise Refused(f"nothing to fetch for {remote_id}")

    def hear(self, kind: str) -> None:
        """Wake the streams of a visitor for whom another process put a message in."""
        if kind.startswith(TOLD):
            self.bell.ring(kind.removeprefix(TOLD))

    def close(self) -> None:
        """End the open streams, so that the server can go down at once."""
        self.bell.close()
