"""Works off a pile, many at once: whoever begins sees to it that another is ready, so that few are made in vain."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Crew(Generic[T]):
    """As many tasks as a pile needs: one where no piece is waited for, up to ``at_once`` where all are.

    A task costs about as much as a message to a channel that takes it at once.
    """

    def __init__(self, work: Callable[[T], Awaitable[None]], *, at_once: int) -> None:
        """Do ``work`` with each piece, ``at_once`` of them at a time at the most."""
        self._work = work
        self._at_once = at_once
        self._members = 0
        self._is_one_ready = False

    async def work_off(self, pile: Iterable[T]) -> None:
        """Do all of a pile, begun in its order, and return when it is done."""
        left = deque(pile)
        async with asyncio.TaskGroup() as tasks:
            self._join(tasks, left)

    def _join(self, tasks: asyncio.TaskGroup, left: deque[T]) -> None:
        self._members += 1
        self._is_one_ready = True
        tasks.create_task(self._do(tasks, left))

    async def _do(self, tasks: asyncio.TaskGroup, left: deque[T]) -> None:
        self._is_one_ready = False
        while left:
            mine = left.popleft()
            if left and not self._is_one_ready and self._members < self._at_once:
                self._join(tasks, left)
            await self._work(mine)
