"""Takes apart what a cadre says of an activity or a session in one go: name, place and how many; pure."""

import re
import unicodedata
from dataclasses import dataclass

from content.words import answer_words

_BETWEEN = re.compile(r"[\s,;\u3001\u3002]+")
"""Blanks and the marks between parts, as NFKC leaves them."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What was said, apart; what nobody said is empty. ``people`` are the words for how many."""

    title: str = ""
    place: str = ""
    people: str = ""


def take_apart(text: str) -> Parts:
    """Return the parts of a text that is without its words for time: the first that is nothing else is the name.

    The second such part is the place, unless one shows by its words that it is.
    """
    pieces = [one for one in _BETWEEN.split(unicodedata.normalize("NFKC", text)) if one]
    people = [one for one in pieces if re.fullmatch(rf"\D{{0,4}}[0-9]{{1,4}}[{answer_words()['people']}]", one)]
    others = [one for one in pieces if one not in people]
    places = [one for one in others if _is_place(one)]
    names = [one for one in others if one not in places]
    title = names[0] if names else ""
    place = places[0] if places else names[1] if len(names) > 1 else ""
    return Parts(title, _without_mark(place), " ".join(people))


def _is_place(piece: str) -> bool:
    begins, ends = answer_words()["place_begins"], answer_words()["place_ends"]
    return piece.startswith(tuple(begins)) or piece.endswith(tuple(ends))


def _without_mark(place: str) -> str:
    for mark in answer_words()["place_begins"]:
        if place.startswith(mark):
            return place.removeprefix(mark).lstrip(":")
    return place
