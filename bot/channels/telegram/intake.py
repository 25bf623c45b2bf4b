"""One update, from being read to being kept."""

from bot.channels.base import ReachChange, Receiver
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.inbound import pressed
from bot.conversation.turn import Inbound


async def hand_on(read: Inbound | ReachChange | None, *, channel: Telegram, receiver: Receiver) -> None:
    """Hand on what was read and return once it is committed; then stop the spinner of a pressed button.

    Raises :class:`bot.errors.DatabaseUnavailable` when nothing was kept.
    """
    if isinstance(read, Inbound):
        await receiver.receive(read)
        if pressed(read):
            channel.answer_soon(pressed(read))
    elif read is not None:
        await receiver.note(read)
