"""A person at a terminal: text with numbered choices, printed."""

from collections.abc import Callable

from bot.channels.base import Refused, as_lines
from bot.conversation.turn import Traits
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.pacing import Limits


class Terminal:
    """Prints what a person is told."""

    name = "terminal"
    account = "local"
    traits = Traits()
    limits: Limits | None = None
    repeats = False

    def __init__(self, show: Callable[[Message], None]) -> None:
        """Show messages with ``show``."""
        self._show = show

    async def send(self, parcel: Parcel) -> str:
        """Print one message."""
        self._show(parcel.message)
        return str(parcel.id)

    async def fetch(self, remote_id: str) -> bytes:
        """Refuse: a terminal sends no files."""
        raise Refused(f"nothing to fetch at {remote_id}")


def as_text(message: Message) -> str:
    """Write a message as a terminal shows it."""
    lines = [as_lines(message.text, message.choices)]
    lines += [f"[{one.kind}: {one.name or one.file_id}]" for one in message.attachments]
    if message.pin:
        lines.append(f"[{message.pin.latitude}, {message.pin.longitude}]")
    return "\n".join(lines)
