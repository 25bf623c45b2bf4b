"""How flows read free words."""

from bot.conversation.answers import InvalidAnswer
from bot.conversation.turn import Turn

_LONGEST = 500


def words(turn: Turn) -> str:
    """Read a sentence or two; refuse nothing at all and whole letters."""
    if not turn.text:
        raise InvalidAnswer("engine/nothing_to_read")
    if len(turn.text) > _LONGEST:
        raise InvalidAnswer("engine/too_long")
    return turn.text
