"""What is said of a report by its number: which one, whether it is taken or done, and what else."""

import re
from dataclasses import dataclass

from content.words import answer_words

TAKE, DONE = "take", "done"

_BETWEEN = " ,:;\u3000\uff0c\uff1a\uff1b\n\u3002."
_NUMBER = re.compile(r"[Ee\uff25\uff45] ?(\d{4,9})(?!\d)")


@dataclass(frozen=True, slots=True)
class Said:
    """A report's id (0: none is named), what is to become of it (:data:`TAKE`, :data:`DONE` or nothing), the rest."""

    report_id: int = 0
    act: str = ""
    words: str = ""


def read(text: str) -> Said:
    """Read a text that begins with a number or with what is to become of it, such as ``E0012`` and a word for done."""
    act, rest = _act(text.strip())
    found = _NUMBER.match(rest)
    if found is None:
        return Said(0, act, rest)
    rest = rest[found.end() :].lstrip(_BETWEEN)
    later, left = ("", rest) if act else _act(rest)
    return Said(int(found[1]), act or later, left)


def _act(text: str) -> tuple[str, str]:
    words = ((word, act) for act in (TAKE, DONE) for word in answer_words()[f"report_{act}"])
    for word, act in sorted(words, key=lambda pair: -len(pair[0])):
        rest = text.removeprefix(word)
        if rest != text and (not rest or rest[0] in _BETWEEN or _NUMBER.match(rest)):
            return act, rest.lstrip(_BETWEEN)
    return "", text
