"""How alike a question and phrases are, as a few numbers between 0 and 1 that a linear score can weigh."""

import numpy as np
from rapidfuzz import fuzz

from content.match.index import MEANT_CREDIT, Index, Weighed, Worths
from content.match.phrases import Picked
from content.match.texts import Bools, Floats

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


def compare(asked: Weighed, picked: Picked, index: Index) -> Floats:
    """Return a row for each feature and a column for each phrase picked."""
    columns, count = picked.columns, len(picked.owners)
    held, is_there = _held(asked, picked, index)
    exact, soft, telling, lacking = _held_of_asked(asked, held)
    worths = index.worths(columns, picked.near)
    back, worst = _held_of_phrases(picked, worths, is_there, _worth_of_sets(asked, index))
    ours, theirs = asked.kinds, columns.kinds
    sounds = asked.reading.sounds
    values = np.zeros((len(NAMES), count))
    values[0], values[2], values[5] = exact[:count], soft[:count], telling[:count]
    values[1], values[3], values[6] = back
    values[4] = [fuzz.ratio(sounds, other) / 100 for other in picked.sounds]
    values[7] = worst / index.ceiling
    values[8] = np.sqrt(values[0] * values[1])
    if ours:
        values[9] = (theirs > 0) & (theirs & ours == 0)
    values[10], values[11] = soft.take(picked.entry_of), telling.take(picked.entry_of)
    lacking /= index.ceiling
    values[12], values[13] = lacking[:count], lacking.take(picked.entry_of)
    return values


def _held(asked: Weighed, picked: Picked, index: Index) -> tuple[Bools, Bools]:
    """Return which texts hold the term or group of each slot of the question, and which terms of the texts it holds."""
    columns, texts = picked.columns, len(picked.starts)
    held = np.zeros((1 + len(asked.terms) + len(asked.groups), texts), np.bool_)
    row_of = np.zeros(index.terms, np.int32)
    row_of[list(asked.terms)] = np.arange(texts, (len(asked.terms) + 1) * texts, texts)
    rows = row_of.take(columns.terms, mode="clip")
    held.reshape(-1)[rows + picked.text_of] = True
    held[0] = False
    if asked.groups:
        holding = index.sets.holding(asked.groups).take(columns.sets, axis=1)
        np.logical_or.reduceat(holding, picked.starts, axis=1, out=held[-len(asked.groups) :])
    return held, rows > 0


def _held_of_asked(asked: Weighed, held: Bools) -> tuple[Floats, Floats, Floats, Floats]:
    """Return how much of the question each text holds: by character, by meaning or sound too, and of what tells.

    The last is the weight of the most telling character that it lacks.
    """
    gains = held.take(asked.slots, axis=0) * asked.worths
    best = np.maximum.reduce(gains)
    lacking = np.maximum.reduce(asked.worths[0] - best)
    gains[1] = best
    np.multiply(best, asked.tells, out=gains[2])
    exact, soft, telling = np.add.reduce(gains[:3], axis=1) / asked.totals
    return exact, soft, telling, lacking


def _held_of_phrases(
    picked: Picked, worths: Worths, is_there: Bools, worth_of_sets: Floats | None
) -> tuple[Floats, Floats]:
    """Return the same of each phrase, held by the question, and the weight of the most telling character it lacks."""
    starts, near = picked.starts[: len(picked.owners)], picked.near
    weights = worths.weights
    gains = np.zeros((4, near))
    np.multiply(weights, is_there[0, :near], out=gains[0])
    np.multiply(worths.vouched, is_there[1, :near], out=gains[1])
    gains[2, 1:] = gains[1, :-1]
    if worth_of_sets is not None:
        np.minimum(MEANT_CREDIT * weights, worth_of_sets.take(picked.columns.sets[:near]), out=gains[3])
    best = np.maximum.reduce(gains)
    gains[1] = best
    np.multiply(best, worths.tells, out=gains[2])
    back = np.add.reduceat(gains[:3], starts, axis=1) / worths.totals
    return back, np.maximum.reduceat(weights - best, starts)


def _worth_of_sets(asked: Weighed, index: Index) -> Floats | None:
    """Return for each set of groups what a word of the question makes of a place that has it, at most."""
    if not asked.groups:
        return None
    rarity = np.array([index.rarity(group) for group in asked.groups])[:, None]
    return np.maximum.reduce(MEANT_CREDIT * rarity * index.sets.holding(asked.groups))
