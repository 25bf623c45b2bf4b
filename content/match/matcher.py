"""Find the entry that answers a question, say how sure that is, and whether to answer, to offer or to pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from content.match.normalise import LONGEST_TEXT
from content.match.reading import heard, plain, read

if TYPE_CHECKING:
    from content.match.ranking import Ranking

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

_REMEMBERED = 1024  # questions: villagers ask the same things


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
        from content.match.ranking import Ranker  # noqa: PLC0415 - numpy loads slowly and a phrase book needs none

        self._ids: list[str] = []
        self._phrases: list[str] = []
        self._owners: list[int] = []
        for number, entry in enumerate(entries):
            self._ids.append(entry.id)
            self._phrases += entry.phrases
            self._owners += [number] * len(entry.phrases)
        spelt = list(map(plain, self._phrases))
        self._first: dict[str, int] = {}
        self._others: dict[str, list[int]] = {}
        for number, phrase in enumerate(spelt):
            if self._first.setdefault(phrase, number) != number:
                self._others.setdefault(phrase, []).append(number)
        self._ranker = Ranker(spelt, self._owners)
        self._decided: dict[str, Decision] = {}

    def search(self, text: str, limit: int = 10) -> list[Match]:
        """Return the entries that may be meant, best first, each with its calibrated score."""
        asked = plain(text)
        return self._matches(self._rank(asked), self._spelt_out(asked), limit)

    def decide(self, text: str) -> Decision:
        """Answer with the one entry that is surely meant, else offer the few that may be, else say there is none."""
        text = text[:LONGEST_TEXT]
        known = self._decided.get(text)
        if known is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            known = self._decided[text] = self._decision(plain(text))
        return known

    def _decision(self, asked: str) -> Decision:
        spelt = self._spelt_out(asked)
        if len(spelt) == 1:
            return Decision(Outcome.ANSWER, tuple(self._exact(spelt)))
        ranking = self._rank(asked)
        if ranking.told() < TOLD_ENOUGH:
            return Decision(Outcome.NONE, ())
        best = self._matches(ranking, spelt, 1)[0]
        if best.score < WORTH_OFFERING:
            return Decision(Outcome.NONE, ())
        rivals = max(ranking.rivals(), len(spelt))
        if best.score >= SURE and rivals == 1 and ranking.told() >= TOLD_TO_ANSWER:
            return Decision(Outcome.ANSWER, (best,))
        matches = self._matches(ranking, spelt, MOST_OFFERED)
        likely = sum(match.score >= CLOSE * matches[0].score for match in matches)
        return Decision(Outcome.CANDIDATES, tuple(matches[: max(likely, rivals)]))

    def _spelt_out(self, asked: str) -> dict[int, str]:
        """Return the entries that have the question among their phrases, each with its first such phrase."""
        if not asked or asked not in self._first:
            return {}
        numbers = (self._first[asked], *self._others.get(asked, ()))
        return {self._owners[number]: self._phrases[number] for number in reversed(numbers)}

    def _exact(self, spelt: dict[int, str]) -> list[Match]:
        return [Match(self._ids[owner], EXACT, phrase) for owner, phrase in spelt.items()]

    def _matches(self, ranking: "Ranking", spelt: dict[int, str], limit: int) -> list[Match]:
        """Score the best entries, never higher than the one before; a phrase spelt out comes first."""
        only = spelt if len(spelt) == 1 else {}
        matches = self._exact(only)
        ceiling = 1 - EXACT if only else 1.0
        for place, found in enumerate(ranking.entries[: limit + len(only)]):
            if found.entry not in only:
                ceiling = min(ceiling, ranking.confidence(place, size=len(self._ids)))
                matches.append(Match(self._ids[found.entry], ceiling, self._phrases[found.phrase]))
        return matches[:limit]

    def _rank(self, asked: str) -> "Ranking":
        """Rank by the reading that fits best: as it is written, or as the pinyin it may be."""
        readings = [read(asked), *heard(asked)] if len(asked.replace(" ", "")) >= SHORTEST else [read("")]
        return max(map(self._ranker.rank, readings), key=lambda ranking: ranking.best_rank())
