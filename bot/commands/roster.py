"""Commands for rosters: in from Excel or CSV, out to Excel."""

import functools
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import out
from bot.commands.prepared import CLOCK, existing_database, write_file
from bot.commands.taking_in import MOST_ROWS, SHOWN, DryRun, ListFile, Problems, insist_on_units, take
from bot.domain import audit
from bot.domain.house import house_of
from bot.domain.rosters import roster
from bot.domain.rosters.roster_judging import Plan
from bot.domain.rosters.roster_reading import Reading, read_roster
from bot.domain.rosters.roster_sheets import problems_file, roster_file
from bot.errors import CommandRefused
from db.sql import Database


def import_(file: ListFile, *, dry_run: DryRun = False, problems: Problems = None) -> None:
    """Take a roster in; rows that are not right are named and left out."""
    imported = functools.partial(_imported, file=file, dry_run=dry_run)
    take(file, imported, problems_file, problems=problems, dry_run=dry_run, also_tell=_tell_absent)


def export(file: Annotated[Path, typer.Argument(help="the .xlsx file to write")]) -> None:
    """Write everybody on the rosters into one Excel file, with their phone numbers in full."""
    with existing_database() as database:
        data = database.run(lambda db: roster_file(db, roster.EVERYWHERE), write=False)
        database.run(lambda db: audit.note(db, "roster.export", "all units", actor_id=None, now=CLOCK.now()))
    write_file(file, data)
    out.print(f"The roster was written to {file}.")


def _imported(database: Database, file: Path, *, dry_run: bool) -> Plan:
    """Read the file before the transaction begins, so that whoever writes meanwhile does not wait for it."""
    now = CLOCK.now()
    today = now.astimezone(database.run(house_of, write=False).zone).date()
    reading = read_roster(file, name=file.name, most=MOST_ROWS, today=today)
    if not reading.count:
        raise CommandRefused(f"There is nobody in {file}: it needs a header with names, and phones or branches.")
    work = functools.partial(_done, reading=reading, file_name=file.name, dry_run=dry_run)
    return database.run(work, write=not dry_run)


def _done(db: Session, *, reading: Reading, file_name: str, dry_run: bool) -> Plan:
    insist_on_units(db)
    if dry_run:
        return roster.look(db, reading, None)
    return roster.take_in(db, reading, None, file_name=file_name, now=CLOCK.now())


def _tell_absent(plan: Plan) -> None:
    if plan.absent:
        out.print(f"{len(plan.absent)} on the roster are not in the file; they stay:")
        out.print("  " + ", ".join(f"{name} ({unit})" for name, unit in plan.absent[:SHOWN]))
