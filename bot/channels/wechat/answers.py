"""Turns people wait for, and what they are told in time.

WeChat waits five seconds and then asks again, three times in all. Whoever asks again in this process waits for the
same turn, and in another one for the same row; all get what the turn said. At four seconds a turn that is not done is
written down, so that its reply follows by itself even if this process dies, and people are told to wait.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Protocol

from bot.channels.base import Answer, Answering
from bot.conversation.turn import Inbound
from bot.domain.outgoing.outbox import Parcel
from bot.errors import DatabaseUnavailable
from bot.logs import log

_Key = tuple[str, str]


class Notebook(Protocol):
    """Where turns are written down whose reply was promised before they were done."""

    async def keep(self, inbound: Inbound) -> None:
        """Write a turn down; raise :class:`DatabaseUnavailable` when that cannot be done."""
        ...

    async def may_send(self, inbound: Inbound) -> bool:
        """Tell whether the reply of a promised turn goes by a message from here: nobody told or sends it elsewhere."""
        ...

    async def may_tell(self, inbound: Inbound) -> bool:
        """Tell whether a reply that was kept before goes as an answer, and by no message."""
        ...

    async def drop(self, inbound: Inbound) -> None:
        """Forget a turn whose reply was told."""
        ...


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds: until a slow turn is put off, until it is given up with nothing kept, and between two tries."""

    patience: float = 4.0
    longest: float = 5.5
    again: float = 0.3


WAITS = Waits()


class _Turn:
    """One turn under way, and how many requests wait for it."""

    def __init__(self, task: "asyncio.Task[Answer]") -> None:
        self.task = task
        self.waiting = 0
        self.is_promised = False


class Answers:
    """Takes each turn once in this process, whoever asks for its answer how often."""

    def __init__(self, receiver: Answering, notebook: Notebook, *, waits: Waits = WAITS) -> None:
        """Take turns with ``receiver``, and write down in ``notebook`` which replies were promised."""
        self._receiver = receiver
        self._notebook = notebook
        self._waits = waits
        self._turns: dict[_Key, _Turn] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def to(self, inbound: Inbound) -> Answer | None:
        """Return what is said to an inbound; ``None`` when its turn is not done and the reply follows by itself.

        Raises :class:`DatabaseUnavailable` when nothing was kept, so that WeChat asks again.
        """
        turn = self._joined(inbound)
        turn.waiting += 1
        try:
            await asyncio.wait({turn.task}, timeout=self._waits.patience)
            if not turn.task.done() and await self._is_promised(inbound, turn):
                return None
            answer = await asyncio.shield(turn.task)
            if not answer.is_new and not await self._notebook.may_tell(inbound):
                return Answer(None, is_new=False)  # it goes by a message: as an answer it would be heard twice
            return answer
        finally:
            turn.waiting -= 1

    async def settled(self) -> None:
        """Return once every turn is taken and every promise is kept or written down."""
        while self._turns or self._ending:
            await asyncio.wait({*(one.task for one in self._turns.values()), *self._ending})
            await asyncio.sleep(0)

    def _joined(self, inbound: Inbound) -> _Turn:
        key = inbound.sender, inbound.message_id
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = _Turn(asyncio.get_running_loop().create_task(self._take(inbound)))
            turn.task.add_done_callback(lambda _: self._end(inbound, self._turns.pop(key)))
        return turn

    async def _take(self, inbound: Inbound) -> Answer:
        """Take a turn, insisting for as long as WeChat waits: what it is refused it does not repeat."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._waits.longest
        while True:
            try:
                return await self._receiver.answer(inbound)
            except DatabaseUnavailable:
                if loop.time() + self._waits.again > give_up_at:
                    raise
            await asyncio.sleep(self._waits.again)

    async def _is_promised(self, inbound: Inbound, turn: _Turn) -> bool:
        """Write a slow turn down; tell whether that was done before the turn was."""
        noting = asyncio.get_running_loop().create_task(self._notebook.keep(inbound))
        await asyncio.wait({noting, turn.task}, return_when=asyncio.FIRST_COMPLETED)
        if turn.task.done():
            self._later(self._drop(inbound, noting))
            return False
        if trouble := noting.exception():
            log.warning("not_promised", error=type(trouble).__name__)
            return False
        turn.is_promised = True
        return True

    def _end(self, inbound: Inbound, turn: _Turn) -> None:
        """Let the reply of a promised turn go by itself, unless somebody waits for it here."""
        if turn.task.cancelled() or turn.task.exception() or not turn.is_promised:
            return  # a promise that is not kept stays in the notebook, and is taken from there
        parcel = turn.task.result().parcel
        self._later(self._drop(inbound) if parcel is None or turn.waiting else self._send(inbound, parcel))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _send(self, inbound: Inbound, parcel: Parcel) -> None:
        """Let a reply go by a message, unless another process tells it; nobody does while the database is away."""
        try:
            if await self._notebook.may_send(inbound):
                self._receiver.send(parcel)
        except DatabaseUnavailable as error:  # its lease runs out, and whoever comes then sends it
            log.warning("promise_not_kept_yet", reason=str(error))

    async def _drop(self, inbound: Inbound, noting: asyncio.Task[None] | None = None) -> None:
        """Forget a turn that was taken; left in the notebook it is taken once more, which changes nothing."""
        try:
            if noting:
                await noting
            await self._notebook.drop(inbound)
        except DatabaseUnavailable as error:
            log.warning("promise_not_dropped", reason=str(error))
