"""What was said before anybody takes it: a code, a command, or nothing that can be read."""

import unicodedata

from bot.conversation.turn import Reply, Turn
from bot.domain import codes
from content.match import normalise

LONGEST = 1000
"""Characters of the longest message that is read."""


def code_in(turn: Turn, *, is_free: bool) -> str:
    """Return the code that was scanned (``/start CODE``), or typed while no question takes words."""
    word, _, rest = turn.text.partition(" ")
    if word.partition("@")[0] == "/start":
        return codes.read(rest) or ""
    return (codes.read(turn.text) or "") if is_free else ""


def command(text: str) -> str:
    """Return ``/menu@bot anything`` as ``menu``; other words as they are."""
    if not (text.startswith("/") and text[1:2].isalpha()):
        return text
    return text[1:].split(maxsplit=1)[0].partition("@")[0]


def unreadable(turn: Turn) -> Reply | None:
    """Say why nothing can be read, or nothing when something can."""
    inbound = turn.inbound
    if len(inbound.text) > LONGEST:
        return Reply("engine/too_long", most=LONGEST)
    if inbound.files or inbound.pin or inbound.contact:
        return None
    if not any(unicodedata.category(mark)[0] in "LN" for mark in inbound.text) and not normalise(inbound.text):
        return Reply("engine/nothing_to_read")
    return None
