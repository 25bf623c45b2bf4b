"""From features to a calibrated score: a linear rank over candidates, then a logistic on the winner and its lead."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log
from operator import mul

from content.match import features

NAMES = (*features.NAMES, "lead", "alone", "size", "length", "heard", "ahead", "lacking_of_many", "very_long")
"""The inputs of the confidence, in order: the winner's features, then what `Circumstances` adds."""

_WIDEST_LEAD = 4.0
_LONG_QUESTION = 20
_TOLD, _SOFT, _LACKING = map(features.NAMES.index, ("entry_telling", "phrase_soft", "asked_worst"))
_SMALLEST_INDEX = 100  # below this, fewer entries no longer make a chance likeness rarer


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted coefficients: one for each feature in the rank, one for each input of the confidence."""

    rank: tuple[float, ...]
    confidence: tuple[float, ...]
    intercept: float


@cache
def model() -> Model:
    """Return the coefficients that tests/bench/fit_confidence.py wrote."""
    raw = json.loads(files("content.match").joinpath("confidence.json").read_text(encoding="utf-8"))
    return Model(
        rank=tuple(raw["rank"][name] for name in features.NAMES),
        confidence=tuple(raw["confidence"][name] for name in NAMES),
        intercept=raw["intercept"],
    )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What counts besides an entry's features: its lead over the best other one, the index, the question."""

    lead: float | None
    size: int
    length: int
    heard: bool

    def inputs(self, values: Sequence[float]) -> tuple[float, ...]:
        """Return an entry's features and what they mean here, in the order of `NAMES`.

        A lead counts as far as the entry holds what the question tells: among strangers somebody is always first. What
        an entry lacks says more in a large index, where something else is likely to have it.
        """
        ahead = _WIDEST_LEAD if self.lead is None else max(-_WIDEST_LEAD, min(_WIDEST_LEAD, self.lead))
        size = log(max(self.size, _SMALLEST_INDEX)) / 10
        length = min(self.length, _LONG_QUESTION) / _LONG_QUESTION
        return (
            *values,
            values[_TOLD] * ahead / _WIDEST_LEAD,
            float(self.lead is None),
            size,
            length,
            float(self.heard),
            values[_SOFT] * ahead / _WIDEST_LEAD,
            values[_LACKING] * size,
            length * length,
        )


def confidence(inputs: Sequence[float]) -> float:
    """Return the probability that an entry answers the question, 0…1."""
    fitted = model()
    total = fitted.intercept + sum(map(mul, fitted.confidence, inputs))
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))
