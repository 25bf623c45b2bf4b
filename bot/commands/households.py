"""Commands for households: lists of them in from Excel or CSV."""

import functools
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import out
from bot.commands.prepared import CLOCK, ready_database, write_file
from bot.domain.units import root
from bot.domain.visits import household_import
from bot.domain.visits.household_files import problems_file
from bot.domain.visits.household_judging import Plan
from bot.domain.visits.household_reading import Reading, read_households
from bot.errors import CommandRefused
from bot.sheets import UnreadableSheet
from db.sql import Database

MOST_ROWS = 200_000
_SHOWN = 100


def import_(
    file: Annotated[Path, typer.Argument(help="an .xlsx or .csv file", exists=True, dir_okay=False)],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be done")] = False,
    problems: Annotated[
        Path | None, typer.Option(help="where to write the rows that are not right, to be mended and imported")
    ] = None,
) -> None:
    """Take a list of households in; rows that are not right are named and left out."""
    with ready_database() as database:
        try:
            plan = _imported(database, file, dry_run=dry_run)
            data = problems_file(file, plan, name=file.name, most=MOST_ROWS) if problems and plan.refused else b""
        except UnreadableSheet as refused:
            raise CommandRefused(f"Cannot read {file}: {refused}.") from refused
    _tell(plan, dry_run=dry_run)
    if problems and data:
        write_file(problems, data)
        out.print(f"The rows with problems were written to {problems}.")


def _imported(database: Database, file: Path, *, dry_run: bool) -> Plan:
    """Read the file before the transaction begins, so that whoever writes meanwhile does not wait for it."""
    reading = read_households(file, name=file.name, most=MOST_ROWS)
    if not reading.count:
        raise CommandRefused(f"There is no household in {file}: it needs a header with addresses and more.")
    work = functools.partial(_done, reading=reading, file_name=file.name, dry_run=dry_run)
    return database.run(work, write=not dry_run)


def _done(db: Session, *, reading: Reading, file_name: str, dry_run: bool) -> Plan:
    if root(db) is None:
        raise CommandRefused("There are no units yet; take them in with: hongyan units import FILE")
    if dry_run:
        return household_import.look(db, reading, None)
    return household_import.take_in(db, reading, None, file_name=file_name, now=CLOCK.now())


def _tell(plan: Plan, *, dry_run: bool) -> None:
    counts = f"{len(plan.added)} new, {len(plan.changed)} changed, {plan.unchanged} unchanged, {plan.refused} not right"
    out.print(f"Read {plan.reading.count} rows: {counts}.{' Nothing was taken.' if dry_run else ''}")
    problems = plan.problems()
    for place, reason in problems[:_SHOWN]:
        out.print(f"{plan.reading.where(place)}: {reason}")
    if len(problems) > _SHOWN:
        out.print(f"and {len(problems) - _SHOWN} more; --problems FILE writes them all into a file.")
