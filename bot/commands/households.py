"""Commands for households: lists of them in from Excel or CSV."""

import functools
from pathlib import Path

from sqlalchemy.orm import Session

from bot.commands.prepared import CLOCK
from bot.commands.taking_in import MOST_ROWS, DryRun, ListFile, Problems, insist_on_units, take
from bot.domain.visits import household_import
from bot.domain.visits.household_files import problems_file
from bot.domain.visits.household_judging import Plan
from bot.domain.visits.household_reading import Reading, read_households
from bot.errors import CommandRefused
from db.sql import Database


def import_(file: ListFile, *, dry_run: DryRun = False, problems: Problems = None) -> None:
    """Take a list of households in; rows that are not right are named and left out."""
    imported = functools.partial(_imported, file=file, dry_run=dry_run)
    take(file, imported, problems_file, problems=problems, dry_run=dry_run)


def _imported(database: Database, file: Path, *, dry_run: bool) -> Plan:
    """Read the file before the transaction begins, so that whoever writes meanwhile does not wait for it."""
    reading = read_households(file, name=file.name, most=MOST_ROWS)
    if not reading.count:
        raise CommandRefused(f"There is no household in {file}: it needs a header with addresses and more.")
    work = functools.partial(_done, reading=reading, file_name=file.name, dry_run=dry_run)
    return database.run(work, write=not dry_run)


def _done(db: Session, *, reading: Reading, file_name: str, dry_run: bool) -> Plan:
    insist_on_units(db)
    if dry_run:
        return household_import.look(db, reading, None)
    return household_import.take_in(db, reading, None, file_name=file_name, now=CLOCK.now())
