"""Find the entry that answers a question, say how sure that is, and whether to answer, to offer or to pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from content.match import confidence
from content.match.ranking import Ranker, Ranking
from content.match.reading import heard, plain, read

SURE = 0.65
"""Score from which one entry is answered directly."""

WORTH_OFFERING = 0.3
"""Score of the best entry from which asking 您想问哪一个 helps more than calling a person."""

TOLD_ENOUGH = 1 / 3
"""Share of what a question tells that the best entry must hold: 村里 alone does not make 村里祠堂 a known topic."""

TOLD_TO_ANSWER = 0.7
"""Share of what a question tells that an entry must hold to be answered outright: 电费在哪交 is no 充电桩."""

CLOSE = 0.2
"""Share of the best entry's score from which another entry is offered beside it."""

MOST_OFFERED = 3
"""Entries offered at once: more do not fit a short message."""

SHORTEST = 2
"""Letters and digits a question needs unless it is exactly a phrase."""

EXACT = 0.99
"""Score of the only entry that has the question among its phrases."""


class Askable(Protocol):
    """What the matcher needs of an entry."""

    @property
    def id(self) -> str:
        """The stable name of the entry."""
        ...

    @property
    def phrases(self) -> Sequence[str]:
        """The ways people ask for it."""
        ...


class Outcome(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    CANDIDATES = "candidates"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """An entry found, the probability that it is meant (0…1), and its phrase that is nearest to the question."""

    entry_id: str
    score: float
    phrase: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and with which entries: one to answer, up to three to offer, or none."""

    outcome: Outcome
    matches: tuple[Match, ...]


class Matcher:
    """An index over the phrases of all entries; build it once, ask it from any thread."""

    def __init__(self, entries: Iterable[Askable]) -> None:
        """Read every phrase of every entry."""
        self._ids: list[str] = []
        self._phrases: list[str] = []
        owners: list[int] = []
        for number, entry in enumerate(entries):
            self._ids.append(entry.id)
            self._phrases += entry.phrases
            owners += [number] * len(entry.phrases)
        self._spelt: dict[str, dict[int, str]] = {}
        for phrase, owner in zip(self._phrases, owners, strict=True):
            self._spelt.setdefault(plain(phrase), {}).setdefault(owner, phrase)
        self._ranker = Ranker(self._phrases, owners)

    def search(self, text: str, limit: int = 10) -> list[Match]:
        """Return the entries that may be meant, best first, each with its calibrated score."""
        asked = plain(text)
        return self._matches(asked, self._rank(asked), limit)

    def decide(self, text: str) -> Decision:
        """Answer with the one entry that is surely meant, else offer the few that may be, else say there is none."""
        asked = plain(text)
        ranking = self._rank(asked)
        matches = self._matches(asked, ranking, MOST_OFFERED)
        spelt = len(self._spelt.get(asked, ())) if asked else 0
        if spelt == 1:
            return Decision(Outcome.ANSWER, (matches[0],))
        if ranking.told() < TOLD_ENOUGH or matches[0].score < WORTH_OFFERING:
            return Decision(Outcome.NONE, ())
        rivals = max(ranking.rivals(), spelt)
        if matches[0].score >= SURE and rivals == 1 and ranking.told() >= TOLD_TO_ANSWER:
            return Decision(Outcome.ANSWER, (matches[0],))
        likely = sum(match.score >= CLOSE * matches[0].score for match in matches)
        return Decision(Outcome.CANDIDATES, tuple(matches[: max(likely, rivals)]))

    def _matches(self, asked: str, ranking: Ranking, limit: int) -> list[Match]:
        """Score the best entries, never higher than the one before; a phrase spelt out comes first."""
        spelt = self._spelt.get(asked, {}) if asked else {}
        ceiling = 1.0
        matches: list[Match] = []
        if len(spelt) == 1:
            (owner, phrase), ceiling = next(iter(spelt.items())), 1 - EXACT
            matches.append(Match(self._ids[owner], EXACT, phrase))
        for place, found in enumerate(ranking.entries[: limit + 1]):
            if len(spelt) != 1 or found.entry not in spelt:
                ceiling = min(ceiling, confidence.confidence(ranking.inputs(place, size=len(self._ids))))
                matches.append(Match(self._ids[found.entry], ceiling, self._phrases[found.phrase]))
        return matches[:limit]

    def _rank(self, asked: str) -> Ranking:
        """Rank by the reading that fits best: as it is written, or as the pinyin it may be."""
        readings = [read(asked), *heard(asked)] if len(asked.replace(" ", "")) >= SHORTEST else [read("")]
        return max(map(self._ranker.rank, readings), key=Ranking.best_rank)
