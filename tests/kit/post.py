"""An outbox at hand: rows written and looked at in a line, for tests of what becomes of them."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from bot.clock import TurnableClock
from bot.domain.messages import Message
from bot.domain.outgoing import leasing, outbox, settling
from bot.domain.outgoing.outbox import Draft, Parcel, Target
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import Settlement
from bot.domain.persons import people
from db.models import Address, OutboxKind, OutboxRow, OutboxState
from db.sql import Database
from tests.kit.talk import MORNING

NOW = timedelta(0)
LANE = Lane("test", "bot")
_numbers = itertools.count(1)


def target(chat: str) -> Target:
    """A chat on the tests' channel."""
    return Target("test", "bot", chat)


@dataclass
class Post:
    """What is to be said and what became of it, with a clock that stands still until it is turned."""

    database: Database
    clock: TurnableClock = field(default_factory=lambda: TurnableClock(start=MORNING, running=False))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def write(
        self,
        text: str,
        *,
        to: str = "li",
        kind: OutboxKind = OutboxKind.NOTICE,
        cause: str = "",
        due: timedelta = NOW,
        expires: timedelta | None = None,
        owner: str = "",
    ) -> int:
        """Write a row and return its id, 0 when its cause has spoken before."""
        message = Message(template="tests/post", text=text)
        expires_at = self.now + expires if expires is not None else None
        draft = Draft(cause or f"post:{next(_numbers)}", kind, target(to), message, self.now + due, expires_at)
        return self.database.run(lambda db: outbox.write(db, draft, now=self.now, owner=owner)) or 0

    def row(self, row_id: int) -> OutboxRow:
        """A row as it stands now."""
        return self.database.run(lambda db: db.get_one(OutboxRow, row_id))

    def state(self, row_id: int) -> OutboxState:
        return self.row(row_id).state

    def lease(self, *, owner: str = "here", limit: int = 50, only: Target | None = None) -> list[Parcel]:
        """Take what is due."""
        return self.database.run(
            lambda db: leasing.lease_due(
                db, LANE, owner=owner, now=self.now, limit=limit, chat=only.chat if only else ""
            )
        )

    def settle(self, parcel: Parcel, state: OutboxState, *, again_in: timedelta | None = None, moved: str = "") -> None:
        """Record how a send ended."""
        again_at = self.now + again_in if again_in is not None else None
        settlement = Settlement(parcel, state, "as it was", f"remote-{parcel.id}", again_at, moved)
        self.database.run(lambda db: settling.settle(db, [settlement], now=self.now))

    def meet(self, chat: str) -> int:
        """Get to know whoever is in a chat, and return their id."""
        return self.database.run(lambda db: people.known_at(db, target(chat), now=self.now)[0].id or 0)

    def address(self, person_id: int) -> tuple[str, str]:
        """Where somebody is, and why they are not pushed to: empty while they are."""
        theirs = select(Address).where(col(Address.person_id) == person_id)
        found = self.database.run(lambda db: db.execute(theirs).scalar_one())
        return found.external_id, found.unreachable
