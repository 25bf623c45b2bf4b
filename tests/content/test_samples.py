"""The packaged entries asked as people ask them: each sample of each entry must lead to that entry."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import pytest

from content.loader import load_entries
from content.match import Matcher, Outcome

ROWS = [f"S{number:02}" for number in range(1, 48)]


class Result(StrEnum):
    """What became of a sample."""

    ANSWERED = "answered"
    OFFERED = "offered"
    WRONG = "answered with another entry"
    LOST = "not offered"


@dataclass(frozen=True, slots=True)
class Asked:
    """A sample, the entry it belongs to, and what became of it."""

    sample: str
    entry_id: str
    systems: tuple[str, ...]
    result: Result


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    entries = load_entries()
    matcher = Matcher(entries)
    return [
        Asked(sample, entry.id, tuple(entry.systems), result_of(matcher, sample, entry.id))
        for entry in entries
        for sample in entry.samples
    ]


def result_of(matcher: Matcher, sample: str, entry_id: str) -> Result:
    decision = matcher.decide(sample)
    found = entry_id in [match.entry_id for match in decision.matches]
    if decision.outcome is Outcome.ANSWER:
        return Result.ANSWERED if found else Result.WRONG
    return Result.OFFERED if found else Result.LOST


def test_no_sample_is_lost(asked: list[Asked]) -> None:
    lost = [f"{one.sample} → {one.entry_id}" for one in asked if one.result is Result.LOST]

    assert lost == []


def test_most_samples_are_answered_directly_and_hardly_any_wrongly(asked: list[Asked]) -> None:
    shares = {result: count / len(asked) for result, count in Counter(one.result for one in asked).items()}
    wrong = [f"{one.sample} → {one.entry_id}" for one in asked if one.result is Result.WRONG]

    assert shares[Result.ANSWERED] >= 0.85
    assert len(wrong) / len(asked) <= 0.03, wrong


def test_every_row_of_the_systems_is_reached_directly_by_a_sample(asked: list[Asked]) -> None:
    reached = {row for one in asked if one.result is Result.ANSWERED for row in one.systems}

    assert [row for row in ROWS if row not in reached] == []
