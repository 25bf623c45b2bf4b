"""Long texts are cut into pieces Telegram takes."""

from bot.domain.splitting import cut

LONGEST_TEXT = 4096
"""UTF-16 code units of the longest message (https://core.telegram.org/bots/api#sendmessage)."""

_WIDEST = 2


def width(text: str) -> int:
    """Return the length of a text as Telegram counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, *, limit: int = LONGEST_TEXT) -> list[str]:
    """Cut a text into pieces of at most ``limit`` code units (2 or more) that, joined, are the text again."""
    return cut(text, limit=limit, measure=width, widest=_WIDEST)
