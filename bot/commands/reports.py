"""The command that keeps a superior's workbook for a unit."""

import functools
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import out
from bot.commands.grants import the_unit
from bot.commands.prepared import CLOCK, ready_database
from bot.domain.reports import templates
from bot.domain.units import root
from bot.errors import CommandRefused
from bot.sheets import Looked, UnreadableSheet, look
from content.figures import list_of, trouble

_SHOWN = 20


def template(
    file: Annotated[Path, typer.Argument(help="an .xlsx file with places such as {{…}}", exists=True, dir_okay=False)],
    unit: Annotated[str, typer.Option(help="whose it is; that of the unit above all when left out")] = "",
) -> None:
    """Keep the workbook that a unit and all below it report with; every place is looked at first."""
    try:
        found = look(file, list_of)
    except UnreadableSheet as refused:
        raise CommandRefused(f"Cannot read {file}: {refused}.") from refused
    if found.problems or not found.count:
        raise CommandRefused(_wrong(file, found))
    with ready_database() as database:
        name = database.run(functools.partial(_kept, file=file, unit_name=unit))
    out.print(f"{name} and all below it report with {file.name}: {found.count} places.")


def _kept(db: Session, *, file: Path, unit_name: str) -> str:
    unit = the_unit(db, unit_name) if unit_name else root(db)
    if unit is None:
        raise CommandRefused("There are no units yet; take them in with: hongyan units import FILE")
    now = CLOCK.now()
    templates.keep(db, templates.stored(db, file.read_bytes(), file.name, now=now), unit, by=None, now=now)
    return unit.name


def _wrong(file: Path, found: Looked) -> str:
    if not found.problems:
        return f"There is no place to fill in in {file}."
    lines = [f"{one.where}: {trouble(one.trouble, one.words)}" for one in found.problems[:_SHOWN]]
    return "\n".join((f"{file} is not in order:", *lines))
