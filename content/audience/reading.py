"""Takes what a cadre said of an audience apart: known names, kinds, ages, and words that are still to be understood."""

import functools
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from content.audience.words import OLDEST, Missing, meanings, words
from content.match import normalise
from content.moments.numbers import number, number_pattern
from content.rosters import branch_form

LONGEST = 200
"""Characters that are read: nobody is described at greater length."""

_CUT = "|"
_BREAKS = re.compile(r"[\s,;:.!?，、；：。！？“”\"'（）()]+")


@dataclass(slots=True)
class Said:
    """What was said: names that are known, in the order they came, and what else was understood.

    ``ages`` are from and to, both included. ``rest`` are the pieces nobody knows yet: names written differently,
    titles, or words that mean nothing here.
    """

    names: list[str] = field(default_factory=list[str])
    kinds: list[str] = field(default_factory=list[str])
    genders: list[str] = field(default_factory=list[str])
    ages: tuple[int, int] | None = None
    is_bound: bool | None = None
    missing: list[Missing] = field(default_factory=list[Missing])
    rest: list[str] = field(default_factory=list[str])


def read(text: str, names: Collection[str]) -> Said:
    """Take a text apart; ``names`` are the ways to write each unit, in the form of :func:`branch_form`."""
    said = Said()
    plain = unicodedata.normalize("NFKC", text)[:LONGEST]
    plain = _age_pattern().sub(lambda found: _note_ages(said, found), plain)
    longest_first = sorted(names, key=len, reverse=True)
    for token in _BREAKS.split(plain):
        form = branch_form(token)
        form = _cut(form, longest_first, said.names)
        form = _take_words(form, said)
        said.rest += [piece for piece in map(_bare, form.split(_CUT)) if piece]
    return said


def split(piece: str) -> list[str]:
    """Return a piece taken apart at the words that join two names, without what says nothing."""
    joins = "|".join(re.escape(one) for one in words()["joins"])
    return [bare for one in re.split(joins, piece) if (bare := _bare(one))]


def _cut(form: str, known: Collection[str], found: list[str]) -> str:
    """Take every known word out of a form and add it to those that were found."""
    for one in known:
        while one and one in form:
            found.append(one)
            form = form.replace(one, _CUT, 1)
    return form


def _take_words(form: str, said: Said) -> str:
    for what in Missing:
        hits: list[str] = []
        form = _cut(form, _spelt(what), hits)
        said.missing += [what] * bool(hits)
    for bound, section in ((False, "unbound"), (True, "bound")):
        hits = []
        form = _cut(form, _spelt(section), hits)
        said.is_bound = bound if hits else said.is_bound
    for section, found in (("kinds", said.kinds), ("gender", said.genders)):
        hits = []
        known = meanings(section)
        form = _cut(form, sorted(known, key=len, reverse=True), hits)
        found += [key for key in dict.fromkeys(known[one] for one in hits) if key not in found]
    hits = []
    form = _cut(form, sorted(words()["ages"], key=len, reverse=True), hits)
    for one in hits:
        low, high = words()["ages"][one]
        said.ages = (low, high)
    return form


@functools.cache
def _spelt(section: str) -> list[str]:
    return sorted(map(normalise, words()[section]), key=len, reverse=True)


def _bare(piece: str) -> str:
    """Return a piece without words around it that say nothing."""
    fillers = _spelt("fillers")
    before = None
    while piece != before:
        before = piece
        for one in (*fillers, *words()["joins"]):
            piece = piece.removeprefix(one).removesuffix(one)
    return piece


@functools.cache
def _age_pattern() -> re.Pattern[str]:
    n = f"(?:[0-9]{{1,3}}|{number_pattern()})"
    told = words()
    years = f"(?:{_any('years')})"
    between = f"(?:{'|'.join(map(re.escape, told['until']))}|[-~－—～]+)"
    shapes = (
        rf"(?P<low>{n}) *{years}? *{between} *(?P<high>{n}) *{years}",
        rf"(?P<over>{_any('over')}) *(?P<more>{n}) *{years}(?:{_any('from')})?",
        rf"(?P<under>{_any('under')}) *(?P<less>{n}) *{years}",
        rf"(?P<from>{n}) *{years}? *(?:{_any('from')})",
        rf"(?P<to>{n}) *{years}? *(?:{_any('to')})",
    )
    return re.compile("|".join(shapes))


def _any(section: str) -> str:
    return "|".join(re.escape(one) for one in words()[section])


def _note_ages(said: Said, found: re.Match[str]) -> str:
    """Keep the ages a text names and return what stands in their place."""
    bounds = {name: number(value) for name, value in _numbers(found)}
    if "low" in bounds:
        pair = (bounds["low"], bounds["high"])
    elif "less" in bounds:
        pair = (0, (bounds["less"] or 1) - 1)
    elif "to" in bounds:
        pair = (0, bounds["to"])
    else:
        pair = (bounds["more"] if "more" in bounds else bounds["from"], OLDEST)
    if pair[0] is None or pair[1] is None:
        return found[0]
    said.ages = (pair[0], pair[1])
    return " "


def _numbers(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    for name, value in found.groupdict().items():
        if value is not None and name in {"low", "high", "more", "less", "from", "to"}:
            yield name, value
