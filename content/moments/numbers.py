"""Whole numbers as people write them: in digits or in words."""

from content.moments.words import words


def number_pattern() -> str:
    """Return a regular expression for a number up to 99, in digits or in words."""
    told = words()
    return f"(?:[0-9]{{1,2}}|[{''.join(told['digits'])}{told['ten']}{told['twenty']}]{{1,4}})"


def number(text: str) -> int | None:
    """Return the number a text writes, ``None`` when it writes none."""
    if text.isascii():
        return int(text)
    told = words()
    digits: dict[str, int] = told["digits"]
    text = text.replace(told["twenty"], told["two_tens"])
    before, has_ten, after = text.partition(told["ten"])
    if not has_ten:
        return int("".join(str(digits[one]) for one in text))
    if len(before) > 1 or len(after) > 1 or not {*before, *after} <= digits.keys():
        return None
    return 10 * (digits[before] if before else 1) + (digits[after] if after else 0)
