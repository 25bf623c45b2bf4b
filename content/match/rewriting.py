"""Words changed where they stand in a text: rewritten inside it, or taken off its ends."""

import re
from collections.abc import Callable, Iterable, Sequence

_LOOKING_BACK = re.compile(r"^\(\?<[=!][^)]*\)")


class Rewriting:
    """Rules as regular expressions that begin with a plain character; the first that fits at a place is followed."""

    def __init__(self, rules: Iterable[tuple[str, str]]) -> None:
        """Put the rules, each a pattern and what to write instead, together by the character they begin with."""
        by_first: dict[str, list[tuple[str, str]]] = {}
        for pattern, instead in rules:
            by_first.setdefault(_LOOKING_BACK.sub("", pattern)[0], []).append((pattern, instead))
        self._starts = re.compile(f"[{''.join(map(re.escape, by_first))}]")
        self._rules = {
            first: (re.compile("|".join(f"({pattern})" for pattern, _ in found)), [instead for _, instead in found])
            for first, found in by_first.items()
        }

    def rewrite(self, text: str) -> str:
        """Return the text with every rule followed, from left to right."""
        written: list[str] = []
        end = 0
        for start in self._starts.finditer(text):
            pattern, instead = self._rules[start[0]]
            if start.start() >= end and (found := pattern.match(text, start.start())) and found.lastindex:
                written += (text[end : found.start()], instead[found.lastindex - 1])
                end = found.end()
        return "".join((*written, text[end:])) if written else text


class Edges:
    """Words that may be taken from the front of a text, and words that may be taken from its end."""

    def __init__(self, openers: Sequence[str] = (), closers: Sequence[str] = ()) -> None:
        """Remember the words, longest first, by the character that shows in the text."""
        self._openers: dict[str, list[str]] = {}
        for word in openers:
            self._openers.setdefault(word[0], []).append(word)
        self._closers: dict[str, list[str]] = {}
        for word in closers:
            self._closers.setdefault(word[-1], []).append(word)

    def strip(self, text: str, *, keep: int) -> str:
        """Take words from both ends, again and again, leaving at least `keep` characters."""
        before = ""
        while text != before:
            before = text
            if length := _fitting(self._openers.get(text[:1], ()), text.startswith, room=len(text) - keep):
                text = text[length:].lstrip()
            if length := _fitting(self._closers.get(text[-1:], ()), text.endswith, room=len(text) - keep):
                text = text[:-length].rstrip()
        return text


def _fitting(words: Iterable[str], fits: Callable[[str], bool], *, room: int) -> int:
    """Return the length of the first word that fits and leaves enough behind, else 0."""
    for word in words:
        if len(word) <= room and fits(word):
            return len(word)
    return 0
