"""Commands for what the bot could not do by itself: list it, and have it done after all."""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import out
from bot.commands.prepared import CLOCK, ready_database
from bot.domain import agenda, audit


def list_(limit: Annotated[int, typer.Option(min=1, max=1000)] = 50) -> None:
    """List duties that were tried too often, the oldest first."""
    with ready_database() as database:
        left = database.run(lambda db: agenda.broken(db, limit=limit), write=False)
    for one in left:
        due = one.due_at.isoformat(timespec="seconds")
        out.print(f"{one.id}  {one.kind}  {due}  {one.cause}  {one.reason}")
    out.print(f"{len(left)} duties.")


def again(ids: Annotated[list[int], typer.Argument(help="numbers, as `agenda list` shows them")]) -> None:
    """Have broken duties done after all."""
    with ready_database() as database:
        done = database.run(lambda db: _again(db, ids))
    out.print(f"{done} of {len(ids)} are done as soon as a worker looks.")


def _again(db: Session, ids: list[int]) -> int:
    """Do it and write it down in one transaction."""
    now = CLOCK.now()
    audit.note(db, "agenda.again", ", ".join(map(str, ids)), actor_id=None, now=now)
    return agenda.try_again(db, ids, now=now)
