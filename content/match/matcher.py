"""Find the entry that answers a question, say how sure that is, and whether to answer, to offer or to pass."""

import re
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from content.match.explaining import Explanation, reason_for
from content.match.normalise import LONGEST_TEXT
from content.match.outcomes import Decision, Match, Outcome
from content.match.reading import heard, plain, read, read_typed

if TYPE_CHECKING:
    from content.match.ranking import Ranking
    from content.match.stock import Stock

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

_DOUBLED = re.compile(r"([^\W\d_a-z])\1")  # a finger that stayed too long, or a word that is said twice
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


class Matcher:
    """An index over the phrases of all entries; ask it, and change it, from any thread: nobody who asks waits."""

    def __init__(self, entries: Iterable[Askable]) -> None:
        """Read every phrase of every entry."""
        self._stock = _stock((entry.id, entry.phrases) for entry in entries)
        self._decided: dict[str, Decision] = {}
        self._changing = threading.Lock()
        self._missed: list[tuple[str, Sequence[str] | None]] | None = None

    def put(self, entry: Askable) -> None:
        """Find an entry by its phrases from now on, whether it is new or was known by others."""
        self._change(entry.id, entry.phrases)

    def remove(self, entry_id: str) -> None:
        """Find an entry no more; nothing happens when there is none."""
        self._change(entry_id, None)

    def _change(self, entry_id: str, phrases: Sequence[str] | None) -> None:
        with self._changing:
            _apply(self._stock, entry_id, phrases)
            self._decided = {}
            if self._missed is not None:
                self._missed.append((entry_id, phrases))
            elif self._stock.is_worn:
                self._missed = []
                threading.Thread(target=self._renew, name="matcher", args=(self._stock.entries(),)).start()

    def _renew(self, entries: list[tuple[str, tuple[str, ...]]]) -> None:
        """Make a new stock beside the worn one, and let what changed meanwhile follow."""
        renewed = _stock(entries)
        with self._changing:
            for entry_id, phrases in self._missed or ():
                _apply(renewed, entry_id, phrases)
            self._stock, self._missed, self._decided = renewed, None, {}

    def held_phrases(self) -> int:
        """Return how many phrases are held, with those that were removed and are not forgotten yet."""
        return len(self._stock.phrases)

    def search(self, text: str, limit: int = 10) -> list[Match]:
        """Return the entries that may be meant, best first, each with its calibrated score."""
        asked, stock = plain(text), self._stock
        return _matches(stock, _rank(stock, asked), stock.spelt_out(asked), limit)

    def decide(self, text: str) -> Decision:
        """Answer with the one entry that is surely meant, else offer the few that may be, else say there is none."""
        text = text[:LONGEST_TEXT]
        decided = self._decided
        known = decided.get(text)
        if known is None:
            if len(decided) >= _REMEMBERED:
                decided.clear()
            known = decided[text] = _decision(self._stock, plain(text))
        return known

    def explain(self, text: str) -> Explanation:
        """Say why the entries that were answered or offered were found, or the best one that was not good enough."""
        asked, stock = plain(text[:LONGEST_TEXT]), self._stock
        decision, ranking = self.decide(text), _rank(stock, asked)
        found = decision.matches or tuple(self.search(text, 1))
        reading = ranking.question.reading
        reasons = (reason_for(one, reading, asked, stock.phrases_of(one.entry_id) or ()) for one in found)
        return Explanation(text, asked, decision, tuple(reasons))


def _decision(stock: "Stock", asked: str) -> Decision:
    spelt = stock.spelt_out(asked)
    if len(spelt) == 1:
        return Decision(Outcome.ANSWER, tuple(_exact(stock, spelt)))
    ranking = _rank(stock, asked)
    if ranking.told() < TOLD_ENOUGH:
        return Decision(Outcome.NONE, ())
    best = _matches(stock, ranking, spelt, 1)[0]
    if best.score < WORTH_OFFERING:
        return Decision(Outcome.NONE, ())
    rivals = max(ranking.rivals(), len(spelt))
    if best.score >= SURE and rivals == 1 and ranking.told() >= TOLD_TO_ANSWER:
        return Decision(Outcome.ANSWER, (best,))
    matches = _matches(stock, ranking, spelt, MOST_OFFERED)
    likely = sum(match.score >= CLOSE * matches[0].score for match in matches)
    return Decision(Outcome.CANDIDATES, tuple(matches[: max(likely, rivals)]))


def _exact(stock: "Stock", spelt: dict[int, str]) -> list[Match]:
    return [Match(stock.ids[owner], EXACT, phrase) for owner, phrase in spelt.items()]


def _matches(stock: "Stock", ranking: "Ranking", spelt: dict[int, str], limit: int) -> list[Match]:
    """Score the best entries, never higher than the one before; a phrase spelt out comes first."""
    only = spelt if len(spelt) == 1 else {}
    matches = _exact(stock, only)
    ceiling = 1 - EXACT if only else 1.0
    for place, found in enumerate(ranking.entries[: limit + len(only)]):
        if found.entry not in only:
            ceiling = min(ceiling, ranking.confidence(place, size=len(stock)))
            matches.append(Match(stock.ids[found.entry], ceiling, stock.phrases[found.phrase]))
    return matches[:limit]


def _rank(stock: "Stock", asked: str) -> "Ranking":
    """Rank by the reading that fits best: as it is written, without doubled characters, or as the pinyin it may be."""
    once = _DOUBLED.sub(r"\1", asked)
    written = [read_typed(asked)] if once == asked else [read_typed(asked), read_typed(once)]
    readings = [*written, *heard(asked)] if len(asked.replace(" ", "")) >= SHORTEST else [read("")]
    return max(map(stock.ranker.rank, readings), key=lambda ranking: ranking.best_rank())


def _stock(entries: Iterable[tuple[str, Sequence[str]]]) -> "Stock":
    from content.match.stock import Stock  # noqa: PLC0415 - numpy loads slowly and a phrase book needs none

    return Stock(entries)


def _apply(stock: "Stock", entry_id: str, phrases: Sequence[str] | None) -> None:
    if phrases is None:
        stock.remove(entry_id)
    else:
        stock.put(entry_id, phrases)
