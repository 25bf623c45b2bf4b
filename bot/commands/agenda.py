"""Commands for what the bot could not do by itself: list it, and have it done after all."""

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import err, out
from bot.commands.prepared import CLOCK, Numbers, existing_database
from bot.domain import agenda, audit


def list_(limit: Annotated[int, typer.Option(min=1, max=1000)] = 50) -> None:
    """List duties that were tried too often, the oldest first."""
    with existing_database() as database:
        left = database.run(lambda db: agenda.broken(db, limit=limit), write=False)
    for one in left:
        due = one.due_at.isoformat(timespec="seconds")
        out.print(f"{one.id}  {one.kind}  {due}  {one.cause}  {one.reason}")
    out.print(f"{len(left)} duties.")


def again(ids: Numbers) -> None:
    """Have broken duties done after all."""
    meant = sorted(set(ids))
    with existing_database() as database:
        done = database.run(lambda db: _again(db, meant))
    out.print(f"{len(done)} of {len(meant)} are done as soon as a worker looks.")
    left = [number for number in meant if number not in done]
    for number in left:
        err.print(f"{number}: no duty of that number waits for a person.")
    if left:
        raise typer.Exit(1)


def _again(db: Session, ids: Sequence[int]) -> list[int]:
    """Do it and write it down in one transaction."""
    now = CLOCK.now()
    done = agenda.try_again(db, ids, now=now)
    audit.note_each(db, "agenda.again", done, actor_id=None, now=now)
    return done
