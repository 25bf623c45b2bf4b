"""How alike a question and phrases are, as a few numbers between 0 and 1 that a linear score can weigh."""

import threading

import numpy as np
from rapidfuzz import fuzz

from content.match.index import HEARD_CREDIT, MEANT_CREDIT, Index, Weighed
from content.match.phrases import Picked
from content.match.reading import weak_level
from content.match.texts import Bools, Floats, Ints

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
    """Return a row for each feature and a column for each phrase that is near."""
    near, columns, count = picked.near, picked.columns, len(picked.owners)
    holding = index.sets.holding(asked.groups, columns.sets) if asked.groups else None
    held, is_there = _held(asked, picked, holding, index.terms)
    entries = np.logical_or.reduceat(held, picked.firsts, axis=1)
    exact, soft, telling, lacking = _held_of_asked(asked, np.concatenate((held.take(near, axis=1), entries), axis=1))
    back, worst = _held_of_phrases(picked, is_there, _worth_of_groups(asked, holding))
    sounds, entry_of = asked.reading.sounds, [place + count for place in picked.entry_of]
    values = np.zeros((len(NAMES), count))
    values[0], values[2], values[5] = exact[:count], soft[:count], telling[:count]
    values[1], values[3], values[6] = back
    values[4] = [fuzz.ratio(sounds, other) for other in picked.sounds]
    values[4] /= 100
    values[7] = worst / index.ceiling
    np.sqrt(values[0] * values[1], out=values[8])
    if asked.kinds:
        theirs = columns.kinds.take(near)
        values[9] = (theirs > 0) & (theirs & asked.kinds == 0)
    values[10], values[11] = soft.take(entry_of), telling.take(entry_of)
    lacking /= index.ceiling
    values[12], values[13] = lacking[:count], lacking.take(entry_of)
    return values


class _Rows(threading.local):
    """A row for each term, which a thread uses again and again: a new one for each question would cost more."""

    def __init__(self) -> None:
        self.row_of = np.zeros(0, np.int32)


_ROWS = _Rows()


def _held(asked: Weighed, picked: Picked, holding: Bools | None, terms: int) -> tuple[Bools, Bools]:
    """Return which texts hold the term or group of each slot of the question, and which terms of the texts it holds."""
    columns, texts = picked.columns, len(picked.starts)
    held = np.zeros((1 + len(asked.terms) + len(asked.groups), texts), np.bool_)
    rows = _rows_of(columns.terms, np.fromiter(asked.terms, np.intp, len(asked.terms)), texts, terms)
    held.reshape(-1)[rows + picked.text_of] = True
    held[0] = False
    if holding is not None:
        np.logical_or.reduceat(holding, picked.starts, axis=1, out=held[-len(holding) :])
    return held, rows > 0


def _rows_of(terms: Ints, asked: Ints, width: int, known: int) -> Ints:
    """Return where in a matrix of this width the row of each term begins; the first is for those not asked for."""
    if len(_ROWS.row_of) < known:
        _ROWS.row_of = np.zeros(known + known // 8, np.int32)
    row_of = _ROWS.row_of
    row_of[asked] = np.arange(width, (len(asked) + 1) * width, width)
    rows = row_of.take(terms)
    row_of[asked] = 0
    return rows


def _held_of_asked(asked: Weighed, held: Bools) -> tuple[Floats, Floats, Floats, Floats]:
    """Return how much of the question each text holds: by character, by meaning or sound too, and of what tells.

    The last is the weight of the most telling character that it lacks.
    """
    gains = held.take(asked.slots, axis=0) * asked.worths
    best = np.maximum.reduce(gains)
    if asked.meant is not None:
        np.maximum(best, np.maximum.reduce(held[-len(asked.meant) :, None] * asked.meant), out=best)
    exact = np.add.reduce(gains[0]) * asked.shares[0, 0]
    soft, telling = asked.shares @ best
    return exact, soft, telling, np.maximum.reduce(asked.worths[0] - best)


def _held_of_phrases(picked: Picked, is_there: Bools, meant: Floats | None) -> tuple[Floats, Floats]:
    """Return the same of each near phrase, held by the question, and the weight of the most telling place it lacks."""
    columns = picked.columns
    rows = np.empty((5, len(columns.sets)))
    exact, best, telling, weights, tells = rows
    weights[:] = columns.weights
    np.multiply(weights, is_there[0], out=exact)
    vouched = HEARD_CREDIT * np.minimum(weights[:-1], weights[1:]) * is_there[1, :-1]
    best[:] = exact
    np.maximum(best[:-1], vouched, out=best[:-1])
    np.maximum(best[1:], vouched, out=best[1:])
    if meant is not None:
        np.maximum(best, np.minimum(MEANT_CREDIT * weights, meant), out=best)
    is_telling = columns.levels < weak_level()
    np.multiply(best, is_telling, out=telling)
    np.multiply(weights, is_telling, out=tells)
    sums = np.add.reduceat(rows, picked.starts, axis=1).take(picked.near, axis=1)
    sums[:3] /= np.where(sums[[3, 3, 4]] > 0, sums[[3, 3, 4]], 1.0)
    return sums[:3], np.maximum.reduceat(weights - best, picked.starts).take(picked.near)


def _worth_of_groups(asked: Weighed, holding: Bools | None) -> Floats | None:
    """Return what words of the question make of each place, at most."""
    if holding is None:
        return None
    return np.maximum.reduce(holding * (MEANT_CREDIT * np.array(asked.rarities))[:, None])
