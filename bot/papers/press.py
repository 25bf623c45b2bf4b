"""The press: makes ordered papers, each from facts that are read in one short transaction and drawn elsewhere."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain.papers import PaperKind, kind_of, ordered
from db.sql import Database


class Gather(Protocol):
    """Reads what a paper shows; raises ``LookupError`` when there is nothing of that name."""

    def __call__(self, db: Session, subject: str, press: "Circumstances") -> Any:  # noqa: ANN401  # what its draw takes
        """Return the facts about ``subject``."""
        ...


class Draw(Protocol):
    """Makes the bytes of a paper from its facts, and touches nothing else."""

    def __call__(self, facts: Any) -> bytes:  # noqa: ANN401  # what its gather returned
        """Return the file."""
        ...


Beforehand = Callable[[PaperKind, str], Awaitable[None]]
"""Gets ready what a paper of a kind will show of a subject and what cannot be had while it is drawn."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper: how its facts are gathered and how it is drawn."""

    gather: Gather
    draw: Draw


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What papers show of where they are made: the time, where people reach us, and for whom (a person id)."""

    clock: Clock
    public_url: str = ""
    by: int | None = None


class Press:
    """Makes papers, as a channel fetches files."""

    def __init__(
        self,
        database: Database,
        papers: Callable[[], Mapping[PaperKind, Paper]],
        circumstances: Circumstances,
        *,
        beforehand: Beforehand | None = None,
    ) -> None:
        """Make the kinds of ``papers`` from what ``database`` holds, once ``beforehand`` is done.

        They are asked for when one is made, and in a thread: what draws takes a while to load.
        """
        self._database = database
        self._papers = papers
        self._circumstances = circumstances
        self._beforehand = beforehand

    async def fetch(self, remote_id: str) -> bytes:
        """Make the paper that was ordered; raise ``LookupError`` when there is no such kind or subject."""
        kind = kind_of(remote_id)
        paper = (await asyncio.to_thread(self._papers))[kind]
        subject, by = ordered(remote_id)
        if self._beforehand:
            await self._beforehand(kind, subject)
        gather = functools.partial(paper.gather, subject=subject, press=replace(self._circumstances, by=by))
        facts = await self._database.do(gather, write=False)
        return await asyncio.to_thread(paper.draw, facts)
