"""What commands that take a list in have in common: their options, what they refuse, and what they say was done."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import out
from bot.commands.prepared import ready_database, write_file
from bot.domain.units import root
from bot.errors import CommandRefused
from bot.sheets import UnreadableSheet
from db.sql import Database

MOST_ROWS = 200_000
SHOWN = 100
"""Rows with problems, or people, that are named one by one."""

ListFile = Annotated[Path, typer.Argument(help="an .xlsx or .csv file", exists=True, dir_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="only say what would be done")]
Problems = Annotated[
    Path | None, typer.Option(help="where to write the rows that are not right, to be mended and imported")
]


class ListPlan(Protocol):
    """What a file would do, or did: a plan of a roster or of households."""

    reading: Any
    added: list[Any]
    changed: list[Any]
    unchanged: int

    @property
    def refused(self) -> int:
        """How many rows cannot be taken."""
        ...

    def problems(self) -> list[tuple[Any, str]]:
        """Return every row that cannot be taken with its reasons."""
        ...


PlanT = TypeVar("PlanT", bound=ListPlan)


def take(
    file: Path,
    imported: Callable[[Database], PlanT],
    problems_file: Callable[..., bytes],
    *,
    problems: Path | None,
    dry_run: bool,
    also_tell: Callable[[PlanT], object] | None = None,
) -> None:
    """Import a file, say what was done and what else there is to tell, and write down where wished what was not right.

    Raises :class:`CommandRefused` for a file that cannot be read.
    """
    with ready_database() as database:
        try:
            plan = imported(database)
            data = problems_file(file, plan, name=file.name, most=MOST_ROWS) if problems and plan.refused else b""
        except UnreadableSheet as refused:
            raise CommandRefused(f"Cannot read {file}: {refused}.") from refused
    _tell(plan, dry_run=dry_run)
    if also_tell:
        also_tell(plan)
    if problems and data:
        write_file(problems, data)
        out.print(f"The rows with problems were written to {problems}.")


def insist_on_units(db: Session) -> None:
    """Refuse to take a list in where there are no units yet."""
    if root(db) is None:
        raise CommandRefused("There are no units yet; take them in with: hongyan units import FILE")


def _tell(plan: ListPlan, *, dry_run: bool) -> None:
    counts = f"{len(plan.added)} new, {len(plan.changed)} changed, {plan.unchanged} unchanged, {plan.refused} not right"
    out.print(f"Read {plan.reading.count} rows: {counts}.{' Nothing was taken.' if dry_run else ''}")
    problems = plan.problems()
    for place, reason in problems[:SHOWN]:
        out.print(f"{plan.reading.where(place)}: {reason}")
    if len(problems) > SHOWN:
        out.print(f"and {len(problems) - SHOWN} more; --problems FILE writes them all into a file.")
