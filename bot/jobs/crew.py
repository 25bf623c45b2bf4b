"""Works off a pile, many at once: whoever begins sees to it that another is ready, so that few are made in vain."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Crew(Generic[T]):
    """As many tasks as a pile needs: one where no piece is waited for, up to ``at_once`` where all are.

    A task costs about as much as a message to a channel that takes it at once. What breaks one stops no other, as it
    would in a :class:`asyncio.TaskGroup`.
    """

    def __init__(self, work: Callable[[T], Awaitable[None]], *, at_once: int) -> None:
        """Do ``work`` with each piece, ``at_once`` of them at a time at the most."""
        self._work = work
        self._at_once = at_once
        self._members: list[asyncio.Task[None]] = []
        self._is_one_ready = False

    async def work_off(self, pile: Iterable[T]) -> None:
        """Do all of a pile, begun in its order, and return when it is done; raise what broke first, if anything did."""
        self._join(deque(pile))
        try:
            while any(not one.done() for one in self._members):
                await asyncio.wait(self._members)
        except asyncio.CancelledError:
            for one in self._members:
                one.cancel()
            await asyncio.gather(*self._members, return_exceptions=True)
            raise
        for one in self._members:
            one.result()

    def _join(self, left: deque[T]) -> None:
        self._is_one_ready = True
        self._members.append(asyncio.get_running_loop().create_task(self._do(left)))

    async def _do(self, left: deque[T]) -> None:
        self._is_one_ready = False
        while left:
            mine = left.popleft()
            if left and not self._is_one_ready and len(self._members) < self._at_once:
                self._join(left)
            await self._work(mine)
