"""Takes apart what a cadre says of an activity or a session in one go: name, place and how many; pure."""

import functools
import re
import unicodedata
from dataclasses import dataclass

from content.words import answer_words

_THINGS = "个"
"""What counts people and things alike."""

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
    plain = re.sub(rf"(?<=[0-9])\s+(?=[{answer_words()['people']}])", "", unicodedata.normalize("NFKC", text))
    pieces = [one for whole in _BETWEEN.split(plain) for one in _unglued(whole) if one]
    people = [one for one in pieces if re.fullmatch(rf"\D{{0,4}}[0-9]{{1,4}}个?[{answer_words()['people']}]", one)]
    others = [one for one in pieces if one not in people]
    places = [one for one in others if _is_place(one)]
    names = [one for one in others if one not in places]
    if not names and len(places) > 1:  # something is done to the first at the second, as in cleaning a hall
        names, places = places[:1], places[1:]
    title = names[0] if names else ""
    place = places[0] if places else names[1] if len(names) > 1 else ""
    return Parts(title, _without_mark(place), " ".join(people))


def _unglued(piece: str) -> tuple[str, ...]:
    """Part how many people from what it stands right behind: a tired thumb leaves out the blank."""
    people = answer_words()["people"].replace(_THINGS, "")
    found = re.fullmatch(rf"(?P<before>.*\D)(?P<count>[0-9]{{1,4}}个?[{people}])", piece)
    if not found or found["before"].rstrip(":") in _before_people():
        return (piece,)
    return found["before"], found["count"]


@functools.cache
def _before_people() -> frozenset[str]:
    """Return what stands before a number of people and belongs to it: a kind of people, or a word for how many."""
    told = answer_words()
    return frozenset([*told["people_begin"], *(word for words in told["kinds"].values() for word in words)])


def _is_place(piece: str) -> bool:
    begins, ends = answer_words()["place_begins"], answer_words()["place_ends"]
    return piece.startswith(tuple(begins)) or piece.endswith(tuple(ends))


def placed(words: str) -> str:
    """Return the place where words show by themselves that they are one, else nothing."""
    return _without_mark(words) if _is_place(words) else ""


def _without_mark(place: str) -> str:
    for mark in answer_words()["place_begins"]:
        if place.startswith(mark):
            return place.removeprefix(mark).lstrip(":")
    return place
