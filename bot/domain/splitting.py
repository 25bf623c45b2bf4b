"""Long texts are cut into pieces a platform takes, at a border a reader would choose."""

import unicodedata
from collections.abc import Callable

Measure = Callable[[str], int]
"""The length of a text as a platform counts it."""

_SENTENCE_ENDS = frozenset(".!?;\u3002\uff01\uff1f\uff1b\u2026")
_JOINER = "\u200d"
_FIRST_TONE, _LAST_TONE = "\U0001f3fb", "\U0001f3ff"
_FIRST_FLAG, _LAST_FLAG = "\U0001f1e6", "\U0001f1ff"
_FIRST_TAG, _LAST_TAG = "\U000e0020", "\U000e007f"


def cut(text: str, *, limit: int, measure: Measure, widest: int) -> list[str]:
    """Cut a text into pieces of at most ``limit`` by ``measure`` that, joined, are the text again.

    ``widest`` is the measure of the widest character; ``limit`` must not be less.
    """
    done: list[str] = []
    start = 0
    while start < len(text):
        end = _furthest(text, start, limit, measure, widest)
        if end < len(text):
            end = _border(text, start, end)
        done.append(text[start:end])
        start = end
    return done


def cut_short(text: str, limit: int) -> str:
    """Keep the first ``limit`` characters of a text at most, and no half of what is seen as one."""
    return text if len(text) <= limit else text[: _whole(text, 0, limit)]


def _furthest(text: str, start: int, limit: int, measure: Measure, widest: int) -> int:
    end = min(len(text), start + limit)
    while (over := measure(text[start:end]) - limit) > 0:
        end -= max(1, over // widest)
    return end


def _border(text: str, start: int, end: int) -> int:
    """Find the best border up to ``end``: a line's, a sentence's, a word's, else between two characters.

    One in the first quarter is not worth the short piece it makes.
    """
    earliest = start + (end - start) // 4
    for is_border in (_ends_line, _ends_sentence, _ends_word):
        for at in range(end, earliest, -1):
            if is_border(text, at) and not _holds_together(text, at):
                return at
    return _whole(text, start, end)


def _ends_line(text: str, at: int) -> bool:
    return text[at - 1] == "\n"


def _ends_sentence(text: str, at: int) -> bool:
    last, following = text[at - 1], text[at]
    is_inside = following in _SENTENCE_ENDS or (last == "." and following.isalnum())
    return last in _SENTENCE_ENDS and not is_inside


def _ends_word(text: str, at: int) -> bool:
    return text[at - 1].isspace()


def _whole(text: str, start: int, end: int) -> int:
    """Return the last place up to ``end`` that cuts nothing in two, or ``end`` when there is none."""
    return next((at for at in range(end, start, -1) if not _holds_together(text, at)), end)


def _holds_together(text: str, at: int) -> bool:
    """Tell whether the characters before and after a place are seen as one, such as a flag or an accented letter."""
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return True
    if _JOINER in (before, after) or unicodedata.category(after).startswith("M"):
        return True
    if _FIRST_TONE <= after <= _LAST_TONE or _FIRST_TAG <= after <= _LAST_TAG:
        return True
    if not (_is_flag_half(before) and _is_flag_half(after)):
        return False
    run = at
    while run and _is_flag_half(text[run - 1]):
        run -= 1
    return (at - run) % 2 == 1


def _is_flag_half(letter: str) -> bool:
    return _FIRST_FLAG <= letter <= _LAST_FLAG
