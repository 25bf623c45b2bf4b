"""Names with stars as a secretary types them after a meeting: one a line, or several with commas between."""

import re
import unicodedata

from content.match import normalise
from content.stars import MOST, star_name

_BETWEEN = re.compile("[\n,;\u3001\uff0c\uff1b]+")


def read_stars(text: str) -> list[tuple[str, int]]:
    """Return each name with its stars, in order; what has no stars behind it is left out."""
    found = (_one(part) for part in _BETWEEN.split(_apart(text)))
    return [one for one in found if one]


def _apart(text: str) -> str:
    """Part what follows stars by a blank, so that names with blanks of their own stay whole."""
    plain = unicodedata.normalize("NFKC", text)
    return re.sub(r"(?<=[1-5星颗])[ \t]+", "\n", plain)


def _one(part: str) -> tuple[str, int] | None:
    said = part.strip(" :：\t")
    for count in range(MOST, 0, -1):
        for ending in (star_name(count), f"{count}颗星", f"{count}星", f"{count}颗", str(count)):
            name = said.removesuffix(ending).strip(" :：\t")
            if ending and name != said and normalise(name):
                return name, count
    return None
