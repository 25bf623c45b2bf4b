"""Commands for what could not be delivered: list it, send it once more, let it go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import out
from bot.commands.prepared import CLOCK, ready_database
from bot.domain import audit
from bot.domain.broadcasts import reopening
from bot.domain.outgoing import dead_letters
from db.models import OutboxState

Ids = Annotated[list[int], typer.Argument(help="row numbers, as `outbox list` shows them")]


def list_(
    state: Annotated[
        list[OutboxState] | None, typer.Option(help="which rows; failed and uncertain ones when left out")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """List rows, newest first, without what they say."""
    states = state or [OutboxState.FAILED, OutboxState.UNCERTAIN]
    with ready_database() as database:
        letters = database.run(lambda db: dead_letters.listed(db, states, limit=limit), write=False)
    for one in letters:
        due = one.due_at.isoformat(timespec="seconds")
        out.print(f"{one.id}  {one.state}  {one.kind}  {one.channel}  {due}  {one.cause}  {one.reason}")
    out.print(f"{len(letters)} rows.")


def requeue(ids: Ids) -> None:
    """Send ended rows once more; what was sent stays sent."""
    with ready_database() as database:
        done = database.run(lambda db: _noted(db, "outbox.requeue", reopening.requeue, ids))
    out.print(f"{done} of {len(ids)} wait to be sent again.")


def cancel(ids: Ids) -> None:
    """Cancel rows that wait."""
    with ready_database() as database:
        done = database.run(lambda db: _noted(db, "outbox.cancel", dead_letters.give_up, ids))
    out.print(f"{done} of {len(ids)} cancelled.")


class _Act(Protocol):
    def __call__(self, db: Session, ids: Sequence[int], /, *, now: datetime) -> int: ...


def _noted(db: Session, name: str, act: _Act, ids: list[int]) -> int:
    """Do something to rows and write it down in one transaction."""
    now = CLOCK.now()
    audit.note(db, name, ", ".join(map(str, ids)), actor_id=None, now=now)
    return act(db, ids, now=now)
