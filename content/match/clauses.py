"""A long message cut where people stop, or begin something else."""

import re
from functools import cache

from content.match import tables
from content.match.normalise import LONGEST_TEXT

LONGEST_MESSAGE = 600
"""Characters of a message that are looked at for questions; a pasted book must not cost time."""

_MOST = 12
"""Clauses looked at: the first ones, whoever goes on for longer has asked before."""

_STOPS = re.compile(r"[。！？!?；;，,、：:…~～\n\r\t]+|(?<![ -~])\s+(?![ -~])|\s{2,}")


def clauses(message: str) -> list[str]:
    """Return the clauses of a message in their order, only the message where it has but one."""
    parts = (piece.strip() for part in _STOPS.split(message[:LONGEST_MESSAGE]) for piece in _openers().split(part))
    return [part[:LONGEST_TEXT] for part in parts if part][:_MOST]


@cache
def _openers() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, tables.words("clause_openers.txt"))))
