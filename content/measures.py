"""What the figures of a text measure: pure. 50元 and 80元 measure the same, 50元 and 3天 do not."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping

_HAN = r"[\u4e00-\u9fff]"
_MEASURED = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?)(?P<clock>:\d\d)?\s*"
    rf"(?P<unit>[%\u2103\u33a1]|[a-z]+|[\u4e2a\u540d\u4f4d\u9879\u6761\u5bb6\u6240\u95f4\u591a\u4f59]{_HAN}{{0,2}}|{_HAN})?"
)
"""A number and what follows it: a sign, a word, or behind a measure word (个, 名, 位, 项, 条, 家, 所, 间, 多, 余) what
is counted.
"""


def measured(text: str) -> Mapping[str, frozenset[str]]:
    """Return the numbers of a text by what they measure, times of day under a colon."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in _MEASURED.finditer(unicodedata.normalize("NFKC", text).lower()):
        is_clock = match["clock"] is not None
        found[":" if is_clock else match["unit"] or ""].add(match["number"] + (match["clock"] or ""))
    return {unit: frozenset(numbers) for unit, numbers in found.items()}


def contradict(one: str, other: str) -> bool:
    """Tell whether two texts measure something both, and not one number of it is the same."""
    first, second = measured(one), measured(other)
    return any(first[unit].isdisjoint(second[unit]) for unit in first.keys() & second.keys())
