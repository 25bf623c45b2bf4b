"""How alike a question and a phrase are, as a few numbers between 0 and 1 that a linear score can weigh."""

from math import sqrt
from typing import NamedTuple

from rapidfuzz import fuzz

from content.match.index import Weighed
from content.match.reading import Reading

NAMES = (
    "asked_exact",
    "phrase_exact",
    "asked_soft",
    "phrase_soft",
    "sound_ratio",
    "asked_telling",
    "phrase_telling",
    "phrase_worst",
    "cosine",
    "other_kind",
    "entry_soft",
    "entry_telling",
)
"""The features in the order `compare` returns them."""


class Cover(NamedTuple):
    """How much of one text another holds, by weight, and the weight of the most telling character it lacks."""

    exact: float
    soft: float
    telling: float
    worst: float


def compare(asked: Weighed, phrase: Weighed, by_entry: Cover | None, ceiling: float) -> tuple[float, ...]:
    """Compare a question with a phrase of an entry; `by_entry` is its cover by all phrases of that entry."""
    ours, theirs = asked.reading, phrase.reading
    there, back = cover(asked, theirs), cover(phrase, ours)
    other_kind = bool(ours.kinds) and bool(theirs.kinds) and ours.kinds.isdisjoint(theirs.kinds)
    return (
        there.exact,
        back.exact,
        there.soft,
        back.soft,
        fuzz.ratio(ours.sounds, theirs.sounds) / 100,
        there.telling,
        back.telling,
        back.worst / ceiling,
        sqrt(there.exact * back.exact),
        float(other_kind),
        (by_entry or there).soft,
        (by_entry or there).telling,
    )


def cover(one: Weighed, other: Reading) -> Cover:
    """Return how much of one text the other holds: by character, and by meaning or sound too."""
    chars, sounds, groups = other.chars, other.sounds, other.groups
    exact = soft = told = worst = 0.0
    for char, weight, telling, meant, before, before_credit, after, after_credit in one.places:
        if char in chars:
            exact += weight
            told += telling
            continue
        credit = before_credit if before in sounds else 0.0
        if after in sounds and after_credit > credit:
            credit = after_credit
        for group, group_credit in meant:
            if group_credit > credit and group in groups:
                credit = group_credit
        soft += credit
        told += min(credit, telling)
        worst = max(worst, weight - credit)
    return Cover(exact / one.total, (exact + soft) / one.total, told / (one.telling or 1.0), worst)
