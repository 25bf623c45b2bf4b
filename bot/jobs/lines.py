"""Queues by key: one at a time for each, in the order of coming, and nothing is kept of a key nobody is there for."""

import asyncio
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Lines(Generic[K]):
    """A lock for each key in use; weak references would do the same, at several times the cost."""

    def __init__(self) -> None:
        """Begin with nobody in any line."""
        self._lines: dict[K, _Line[K]] = {}

    def of(self, key: K) -> "_Line[K]":
        """Return the line of a key, to be entered with ``async with`` at once."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(self._lines, key)
        return line

    def __len__(self) -> int:
        """Return in how many lines somebody is."""
        return len(self._lines)


class _Line(Generic[K]):
    """Whoever is in line for one key: the first has it, the others wait."""

    def __init__(self, lines: "dict[K, _Line[K]]", key: K) -> None:
        self._lines = lines
        self._key = key
        self._lock = asyncio.Lock()
        self._people = 0

    async def __aenter__(self) -> None:
        self._people += 1
        try:
            await self._lock.acquire()
        except asyncio.CancelledError:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._people -= 1
        if not self._people:
            del self._lines[self._key]
