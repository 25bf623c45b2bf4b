"""Order entries by how well one of their phrases fits a question."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.match import confidence, features
from content.match.index import Index, Weighed
from content.match.reading import Reading, as_heard, plain, read, together

_CANDIDATES = 20
"""Phrases compared in full; the right one is among them in practice, and more cost time."""

_REMEMBERED = 4096
"""Weighed phrases kept, so that a village's index is weighed once and a huge one does not fill the memory."""

_WHOLE = 0.95
"""Share of what a text tells from which all of it counts as told."""

_SPELT = 0.85
"""Likeness by sound from which a question counts as the phrase itself, misspelt or with a particle more."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The phrase of an entry that fits a question best, with its features and rank."""

    entry: int
    phrase: int
    values: tuple[float, ...]
    rank: float

    def value(self, name: str) -> float:
        """Return a feature by its name."""
        return self.values[features.NAMES.index(name)]


@dataclass(frozen=True, slots=True)
class Ranking:
    """All entries that fit a question at all, best first, and the weighed question."""

    question: Weighed
    entries: tuple[Compared, ...]

    def inputs(self, place: int, *, size: int) -> tuple[float, ...]:
        """Return the confidence's inputs for the entry at a place; its rival is the best other entry."""
        own = self.entries[place]
        lead = next((own.rank - other.rank for other in self.entries[:2] if other is not own), None)
        reading = self.question.reading
        return own.values + confidence.circumstances(
            lead=lead,
            told=own.value("entry_telling"),
            size=size,
            length=len(reading.chars),
            heard=reading.is_heard,
        )

    def best_rank(self) -> float:
        """Return the rank of the best entry, by which two readings of a question compare."""
        return self.entries[0].rank if self.entries else float("-inf")

    def told(self) -> float:
        """Return how much of what the question tells the best entry holds, 0 when it tells nothing."""
        return self.entries[0].value("entry_telling") if self.entries and self.question.telling else 0.0

    def rivals(self) -> int:
        """Return how many entries, the best included, hold all that the question tells, none being asked outright."""
        best, *others = self.entries
        if best.value("phrase_telling") >= _WHOLE or best.value("sound_ratio") >= _SPELT:
            return 1
        told = _WHOLE * best.value("entry_telling")
        return 1 + sum(other.value("entry_telling") >= told and not other.value("other_kind") for other in others)


class Ranker:
    """Phrases indexed for comparison; `owners` says which entry each phrase belongs to."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int]) -> None:
        """Read and index all phrases."""
        self._readings = [read(plain(phrase)) for phrase in phrases]
        self._owners = owners
        self._siblings: dict[int, list[int]] = {}
        for number, owner in enumerate(owners):
            self._siblings.setdefault(owner, []).append(number)
        self._index = Index(self._readings)
        self._weighed: dict[tuple[int, bool], Weighed] = {}
        self._together: dict[tuple[int, bool], Reading] = {}

    def rank(self, question: Reading) -> Ranking:
        """Compare a question with its best candidates and keep the best phrase of each entry."""
        asked = self._index.weigh(question)
        best: dict[int, Compared] = {}
        for compared in self.compared(asked):
            if compared.entry not in best or compared.rank > best[compared.entry].rank:
                best[compared.entry] = compared
        ordered = sorted(best.values(), key=lambda compared: -compared.rank)
        return Ranking(asked, tuple(ordered))

    def weigh(self, question: Reading) -> Weighed:
        """Give each character of a question its weight in this index."""
        return self._index.weigh(question)

    def compared(self, asked: Weighed) -> list[Compared]:
        """Compare a question with its best candidates, several phrases of one entry among them."""
        is_heard = asked.reading.is_heard
        covered: dict[int, features.Cover | None] = {}
        found: list[Compared] = []
        for number in self._index.candidates(asked, _CANDIDATES):
            owner = self._owners[number]
            if owner not in covered:
                covered[owner] = self._covered_by_entry(asked, owner)
            phrase = self._phrase(number, is_heard=is_heard)
            values = features.compare(asked, phrase, covered[owner], self._index.ceiling)
            found.append(Compared(owner, number, values, confidence.rank(values)))
        return found

    def _covered_by_entry(self, asked: Weighed, owner: int) -> features.Cover | None:
        """Return how much of a question all phrases of an entry hold together, nothing when it has only one."""
        siblings = self._siblings[owner]
        if len(siblings) == 1:
            return None
        is_heard = asked.reading.is_heard
        if (owner, is_heard) not in self._together:
            readings = [self._phrase(number, is_heard=is_heard).reading for number in siblings]
            self._together[owner, is_heard] = together(readings)
        return features.cover(asked, self._together[owner, is_heard])

    def _phrase(self, number: int, *, is_heard: bool) -> Weighed:
        """Return a phrase with its weights, as sounds for a question that is only heard."""
        known = self._weighed.get((number, is_heard))
        if known is None:
            reading = self._readings[number]
            known = self._index.weigh(as_heard(reading) if is_heard else reading)
            if len(self._weighed) >= _REMEMBERED:
                self._weighed.clear()
            self._weighed[number, is_heard] = known
        return known
