"""Commands for what could not be delivered: list it, send it once more, let it go."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated, Protocol

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import err, out
from bot.commands.prepared import CLOCK, Numbers, existing_database
from bot.domain import audit
from bot.domain.broadcasts import reopening
from bot.domain.outgoing import dead_letters
from bot.domain.outgoing.dead_letters import Letter
from db.models import OutboxKind, OutboxState

_TROUBLED = (OutboxState.FAILED, OutboxState.UNCERTAIN)
_NOT_AGAIN = {
    OutboxState.SENT: "it was sent, and what was sent is never sent again",
    OutboxState.PENDING: "it waits to be sent already",
    OutboxState.LEASED: "it is being sent right now",
}
_NOT_CANCELLED = {
    OutboxState.SENT: "it was sent",
    OutboxState.LEASED: "it is being sent right now",
    OutboxState.FAILED: "it failed, so it does not wait to be sent",
    OutboxState.UNCERTAIN: "it may have arrived, and is not sent again by itself",
    OutboxState.CANCELLED: "it was cancelled before",
    OutboxState.PENDING: "it was given back a moment ago: cancel it once more",
}


def list_(
    state: Annotated[
        list[OutboxState] | None, typer.Option(help="which rows; failed and uncertain ones when left out")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """List rows, newest first, without what they say."""
    states = state or _TROUBLED
    with existing_database() as database:
        letters = database.run(lambda db: dead_letters.listed(db, states, limit=limit + 1), write=False)
    for one in letters[:limit]:
        due = one.due_at.isoformat(timespec="seconds")
        out.print(f"{one.id}  {one.state}  {one.kind}  {one.channel}  {due}  {one.cause}  {one.reason}")
    if len(letters) > limit:
        out.print(f"{limit} rows, and there are older ones; --limit shows more.")
    else:
        out.print(f"{len(letters)} rows {' or '.join(states)}.")


def requeue(ids: Numbers) -> None:
    """Send ended rows once more; what was sent stays sent."""
    done, left = _act(ids, "outbox.requeue", reopening.requeue, OutboxState.PENDING)
    out.print(f"{done} of {done + len(left)} wait to be sent again.")
    _tell(left, _why_not_again)


def cancel(ids: Numbers) -> None:
    """Cancel rows that wait."""
    done, left = _act(ids, "outbox.cancel", dead_letters.give_up, OutboxState.CANCELLED)
    out.print(f"{done} of {done + len(left)} cancelled.")
    _tell(left, lambda letter: _NOT_CANCELLED[letter.state])


class _Change(Protocol):
    def __call__(self, db: Session, ids: Sequence[int], /, *, now: datetime) -> int: ...


def _act(ids: Collection[int], name: str, change: _Change, wanted: OutboxState) -> tuple[int, dict[int, Letter | None]]:
    """Change rows and write down which; return how many, and as they stand those that could not be changed."""
    meant = sorted(set(ids))

    def work(db: Session) -> tuple[int, dict[int, Letter | None]]:
        now = CLOCK.now()
        before = dead_letters.found(db, meant)
        change(db, meant, now=now)
        after = dead_letters.found(db, meant)
        done = [one for one in before if before[one].state is not wanted and after[one].state is wanted]
        audit.note_each(db, name, done, actor_id=None, now=now)
        return len(done), {one: after.get(one) for one in meant if one not in done}

    with existing_database() as database:
        return database.run(work)


def _tell(left: dict[int, Letter | None], why: Callable[[Letter], str]) -> None:
    """Say of each row that was not changed why, and end with 1."""
    for number, letter in left.items():
        err.print(f"{number}: {why(letter) if letter else 'there is no such row'}.")
    if left:
        raise typer.Exit(1)


def _why_not_again(letter: Letter) -> str:
    if letter.state in _NOT_AGAIN:
        return _NOT_AGAIN[letter.state]
    if letter.is_handed_on:
        return "its receiver is tried at another address instead"
    is_recalled = letter.kind is OutboxKind.BROADCAST
    return "its broadcast was recalled" if is_recalled else "it ended a moment ago: requeue it once more"
