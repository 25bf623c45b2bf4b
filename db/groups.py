"""Group commit: what waits for a database thread is done together, in one transaction, and one commit keeps it all.

A commit is a flush of the disk, and every statement to a PostgreSQL is a round trip; those who wait share them, and so
they do the waking of a thread and the way back to the event loop. Who waits alone has a transaction of their own.

Nobody is told anything before the commit. When one of a group fails, the whole group is undone and each is done alone,
as if there had never been a group. So also when a row is held by somebody else: a group waits for nobody longer than a
tenth of a second, lest two groups wait for each other. When the commit itself fails, all have failed.
"""

import asyncio
import functools
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

MOST = 16
"""Of one group: more would hold its locks for long and save little."""

ItemT = TypeVar("ItemT", bound=Hashable)
ResultT = TypeVar("ResultT")


class UnitOfWork(Protocol):
    """What a group is done with: a transaction, and for one alone all that is done for any work."""

    def run(self, work: Callable[[Session], ResultT]) -> ResultT:
        """Do one work in a transaction of its own."""
        ...

    def transaction(self, *, is_patient: bool) -> AbstractContextManager[Session]:
        """Open one transaction; one that is not patient hardly waits for others' locks."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[ItemT, ResultT]):
    item: ItemT
    ended: asyncio.Future[ResultT]


@dataclass(slots=True)
class _Group(Generic[ItemT, ResultT]):
    """Who is done together. After ``is_ending`` nothing is left but the commit."""

    members: Sequence[_Waiting[ItemT, ResultT]]
    results: Sequence[ResultT] = ()
    is_ending: bool = False


class Groups(Generic[ItemT, ResultT]):
    """Gathers what comes in one event loop and hands it to threads, in the order it came."""

    def __init__(
        self,
        unit: UnitOfWork,
        threads: Executor,
        work: Callable[[Sequence[ItemT], Session], Sequence[ResultT]],
        *,
        at_once: int,
    ) -> None:
        """Do ``work`` for some items and return a result for each; ``at_once`` groups at the same time."""
        self._unit = unit
        self._threads = threads
        self._work = work
        self._at_once = at_once
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[_Waiting[ItemT, ResultT]] = deque()
        self._busy = 0

    async def do(self, item: ItemT) -> ResultT:
        """Do the work for an item and return once it is committed."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._waiting, self._busy = loop, deque(), 0
        ended: asyncio.Future[ResultT] = loop.create_future()
        self._waiting.append(_Waiting(item, ended))
        if len(self._waiting) == 1:
            loop.call_soon(self._begin)  # whoever comes in the same round of the loop comes along
        return await ended

    def _begin(self) -> None:
        while self._waiting and self._busy < self._at_once:
            together = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._submit([one for one in together if not one.ended.cancelled()])

    def _submit(self, members: Sequence[_Waiting[ItemT, ResultT]]) -> None:
        if not members or self._loop is None:
            return
        group = _Group(members)
        try:
            done = self._loop.run_in_executor(self._threads, self._do, group)
        except RuntimeError as error:  # the database was closed
            _fail(group, error)
        else:
            self._busy += 1
            done.add_done_callback(functools.partial(self._ended, group))

    def _do(self, group: _Group[ItemT, ResultT]) -> None:
        items = [one.item for one in group.members]
        if len(items) == 1:
            group.results = self._unit.run(functools.partial(self._work, items))
            return
        with self._unit.transaction(is_patient=False) as db:
            group.results = self._work(items, db)
            group.is_ending = True

    def _ended(self, group: _Group[ItemT, ResultT], done: asyncio.Future[None]) -> None:
        """Tell whoever waits how it ended, and go on with whoever came meanwhile."""
        self._busy -= 1
        error = done.exception()
        if error is None:
            for one, result in zip(group.members, group.results, strict=True):
                if not one.ended.done():
                    one.ended.set_result(result)
        elif len(group.members) == 1 or group.is_ending:
            _fail(group, error)
        else:
            for one in group.members:
                self._submit([one])
        self._begin()


def _fail(group: _Group[ItemT, ResultT], error: BaseException) -> None:
    for one in group.members:
        if not one.ended.done():
            one.ended.set_exception(error)
