"""Find the entry that answers a question, say how sure that is and why; let entries come, change and go."""

import sys
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from content.match import deciding
from content.match.clauses import LONGEST_MESSAGE
from content.match.explaining import Explanation, reason_for
from content.match.freeing import give_back
from content.match.normalise import LONGEST_TEXT
from content.match.outcomes import Decision, Match
from content.match.reading import plain

if TYPE_CHECKING:
    from content.match.stock import Stock

_MANY = 10_000
"""Phrases from which making an index takes so much memory for a moment that it is worth giving back."""

_POLITE = 0.0005
"""Seconds after which whoever makes a new index lets others go on; Python's usual 5 ms a step would be felt by all."""

_FOLLOWED = 3
"""Changes that a new index follows at once: each takes a millisecond at 10,000 entries."""

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
        self._give_back()
        self._decided: dict[str, Decision] = {}
        self._changing = threading.Lock()
        self._missed: deque[tuple[str, Sequence[str] | None]] | None = None
        self._renewed: Stock | None = None

    def put(self, entry: Askable) -> None:
        """Find an entry by its phrases from now on, whether it is new or was known by others."""
        self._change(entry.id, entry.phrases)

    def remove(self, entry_id: str) -> None:
        """Find an entry no more; nothing happens when there is none."""
        self._change(entry_id, None)

    def held_phrases(self) -> int:
        """Return how many phrases are held, with those that were removed and are not forgotten yet."""
        return len(self._stock.phrases)

    def search(self, text: str, limit: int = 10) -> list[Match]:
        """Return the entries that may be meant, best first, each with its calibrated score."""
        return deciding.search(self._stock, text, limit)

    def decide(self, text: str) -> Decision:
        """Answer with the one entry that is surely meant, else offer the few that may be, else say there is none."""
        text, decided = text[:LONGEST_MESSAGE], self._decided
        known = decided.get(text)
        if known is None:
            if len(decided) >= _REMEMBERED:
                decided.clear()
            known = decided[text] = deciding.decide(self._stock, text)
        return known

    def explain(self, text: str) -> Explanation:
        """Say why the entries that were answered or offered were found, or the best one that was not good enough."""
        asked, stock = plain(text[:LONGEST_TEXT]), self._stock
        decision, reading = self.decide(text), deciding.rank(stock, asked).question.reading
        found = decision.matches or tuple(self.search(text, 1))
        reasons = (reason_for(one, reading, asked, stock.phrases_of(one.entry_id) or ()) for one in found)
        return Explanation(text, asked, decision, tuple(reasons))

    def _change(self, entry_id: str, phrases: Sequence[str] | None) -> None:
        with self._changing:
            _apply(self._stock, entry_id, phrases)
            self._decided = {}
            if self._missed is not None:
                self._missed.append((entry_id, phrases))
                self._follow(self._missed)
            elif self._stock.is_worn:
                self._missed = deque()
                threading.Thread(target=self._renew, name="matcher", args=(self._stock,)).start()

    def _renew(self, worn: "Stock") -> None:
        """Make a new stock beside the worn one, and let it follow what changed meanwhile."""
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_POLITE)
        try:
            renewed = _stock(worn.entries())
            with self._changing:
                self._renewed = renewed
            while self._stock is worn:
                with self._changing:
                    if self._missed is not None:
                        self._follow(self._missed)
        finally:
            sys.setswitchinterval(usual)
        self._give_back()

    def _follow(self, missed: "deque[tuple[str, Sequence[str] | None]]") -> None:
        """Let a new stock follow a few of the changes that it missed; it stands for the worn one when it has them all.

        Whoever changes something helps: more is followed than comes, and nobody waits for all of it.
        """
        if self._renewed is None:
            return
        for _ in range(min(_FOLLOWED, len(missed))):
            _apply(self._renewed, *missed.popleft())
        if not missed:
            self._stock, self._renewed, self._missed, self._decided = self._renewed, None, None, {}

    def _give_back(self) -> None:
        if self.held_phrases() > _MANY:
            give_back()


def _stock(entries: Iterable[tuple[str, Sequence[str]]]) -> "Stock":
    from content.match.stock import Stock  # noqa: PLC0415 - numpy loads slowly and a phrase book needs none

    return Stock(entries)


def _apply(stock: "Stock", entry_id: str, phrases: Sequence[str] | None) -> None:
    if phrases is None:
        stock.remove(entry_id)
    else:
        stock.put(entry_id, phrases)
