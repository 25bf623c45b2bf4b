"""From features to a calibrated score: a linear rank over candidates, then a logistic on the winner and its lead."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log
from operator import mul

from content.match import features

NAMES = (*features.NAMES, "lead", "alone", "size", "length", "heard")
"""The inputs of the confidence, in order: the winner's features, then what `circumstances` adds."""

_WIDEST_LEAD = 4.0
_LONG_QUESTION = 20
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


def circumstances(*, lead: float | None, told: float, size: int, length: int, heard: bool) -> tuple[float, ...]:
    """Return what counts besides the features: the lead over the best other entry, the index, the question.

    A lead counts as far as the entry holds what the question tells: among strangers somebody is always first.
    """
    ahead = _WIDEST_LEAD if lead is None else max(-_WIDEST_LEAD, min(_WIDEST_LEAD, lead))
    return (
        told * ahead / _WIDEST_LEAD,
        float(lead is None),
        log(max(size, _SMALLEST_INDEX)) / 10,
        min(length, _LONG_QUESTION) / _LONG_QUESTION,
        float(heard),
    )


def confidence(inputs: Sequence[float]) -> float:
    """Return the probability that an entry answers the question, 0…1."""
    fitted = model()
    total = fitted.intercept + sum(map(mul, fitted.confidence, inputs))
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))
