"""How names and numbers are spelt when people type them."""

import unicodedata

_CARD = (15, 18)
_MARKS_BETWEEN = 4


def tidy(text: str) -> str:
    """Return a text in half width with single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_card_number(text: str) -> bool:
    """Tell whether a text is an identity-card number, of the old kind or the new, and little else."""
    plain = tidy(text).upper().replace(" ", "")
    digits = [mark for mark in plain if mark.isdecimal() or mark == "X"]
    return len(digits) in _CARD and len(plain) - len(digits) <= _MARKS_BETWEEN
