"""How alike a question and a phrase are, as a few numbers between 0 and 1 that a linear score can weigh."""

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from rapidfuzz import fuzz

from content.match.weighing import MEANT_CREDIT, Question, Weighed, Whole

ALONE_CREDIT = 0.5
"""Share of a syllable's worth that the same syllable earns beside others, where only sounds are known."""

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
    "asked_worst",
    "entry_worst",
)
"""The features in the order `compare` returns them."""


class Share(NamedTuple):
    """How much of a text another one holds: by character, by meaning or sound too, and so of what tells.

    `worst` is the worth of the most telling character that it lacks.
    """

    exact: float
    soft: float
    telling: float
    worst: float


def compare(asked: Question, phrase: Weighed, mine: Share, whole: Share, ceiling: float) -> tuple[float, ...]:
    """Return the features of a phrase: it holds `mine` of the question, its entry `whole`; most a place is worth."""
    text = asked.text
    theirs = held(phrase, text, asked.rarities)
    is_other = text.kinds and phrase.kinds and not text.kinds & phrase.kinds
    return (
        mine.exact,
        theirs.exact,
        mine.soft,
        theirs.soft,
        fuzz.ratio(text.sounds, phrase.sounds) / 100,
        mine.telling,
        theirs.telling,
        theirs.worst / ceiling,
        sqrt(mine.exact * theirs.exact),
        1.0 if is_other else 0.0,
        whole.soft,
        whole.telling,
        mine.worst / ceiling,
        whole.worst / ceiling,
    )


def held(text: Weighed, other: Weighed | Whole, rarities: Mapping[int, float]) -> Share:
    """Return how much of a text another holds, from what it lacks: `rarities` are those of the question's groups."""
    total, tell = text.total, text.telling
    if not total:
        return Share(0.0, 0.0, 0.0, 0.0)
    chars, sounds, is_heard = other.chars, other.sounds, text.is_heard
    pairs, vouched, worths, tells, groups = text.pairs, text.vouched, text.worths, text.tells, text.groups
    shared = text.meanings & other.meanings
    exact = soft = telling = worst = 0.0
    for place in _lacking(text, other):
        worth = worths[place]
        exact += worth
        if is_heard:
            earned = ALONE_CREDIT * worth if text.chars[place] in chars else 0.0
            exact -= earned
        else:
            earned = vouched[place] if pairs[place] in sounds else 0.0
            if (before := vouched[place - 1]) > earned and pairs[place - 1] in sounds:
                earned = before
        if shared and (own := groups[place]) and (same := own & shared):
            rarity = max([rarities.get(group, 0.0) for group in same])
            earned = max(MEANT_CREDIT * min(worth, rarity), earned)
        worth -= earned
        soft += worth
        if worth > worst:  # noqa: PLR1730 - max takes longer than all the rest
            worst = worth
        if tells[place]:
            telling += worth
    return Share(1 - exact / total, 1 - soft / total, 1 - telling / tell if tell else 0.0, worst)


def _lacking(text: Weighed, other: Weighed | Whole) -> list[int]:
    """Return the places of a text whose character another lacks; of a text that is heard, whose pairs of sounds."""
    if text.is_heard:
        sounds = other.sounds
        lacks = [pair not in sounds for pair in text.pairs]
        return [place for place, is_lacking in enumerate(lacks) if is_lacking and lacks[place - 1]]
    chars = other.chars
    return [place for place, char in enumerate(text.chars) if char not in chars]
