"""Commands for the organisation tree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.commands.frame import out
from bot.commands.prepared import CLOCK, existing_database, ready_database
from bot.domain.rosters.roster_cells import words
from bot.domain.volunteers.organising import Organised, Wanted, organise
from bot.errors import CommandRefused
from bot.sheets import UnreadableSheet, read
from content import rosters
from content.document import load_document
from db.models import Unit

_MOST = 20_000


def import_(
    file: Annotated[Path, typer.Argument(help="Excel, CSV or YAML: name, kind, parent", exists=True, dir_okay=False)],
) -> None:
    """Take the organisation tree in: name, kind, parent; units that are there already stay as they are."""
    try:
        wanted = list(_from_yaml(file) if file.suffix.lower() in {".yaml", ".yml"} else _from_table(file))
    except UnreadableSheet as refused:
        raise CommandRefused(f"Cannot read {file}: {refused}.") from refused
    if not wanted:
        raise CommandRefused(f"There are no units in {file}: it needs the columns name, kind and parent.")
    with ready_database() as database:
        done = database.run(lambda db: _organised(db, wanted))
    out.print(f"Units: {len(done.added)} new, {done.unchanged} unchanged.")


def list_() -> None:
    """Show the organisation tree."""
    with existing_database() as database:
        found = database.run(lambda db: list(db.execute(select(Unit).order_by(col(Unit.id))).scalars()), write=False)
    below: dict[int | None, list[Unit]] = {}
    for unit in found:
        below.setdefault(unit.parent_id, []).append(unit)

    def show(parent_id: int | None, depth: int) -> None:
        for unit in below.get(parent_id, ()):
            out.print(f"{'  ' * depth}{unit.name}  {unit.kind}")
            show(unit.id, depth + 1)

    show(None, 0)
    out.print(f"{len(found)} units.")


def _organised(db: Session, wanted: list[Wanted]) -> Organised:
    """Organise, or refuse, which undoes all of it."""
    done = organise(db, wanted, now=CLOCK.now())
    if done.problems:
        raise CommandRefused("\n".join(done.problems))
    return done


def _from_table(file: Path) -> Iterator[Wanted]:
    columns: dict[str, int] = {}
    for row in read(file, most=_MOST):
        if "name" not in columns:
            guesses = [(rosters.column(words(cell), "unit_headers"), at) for at, cell in enumerate(row.cells)]
            columns = {guess[0]: at for guess, at in reversed(guesses) if guess}
            continue
        name, kind, parent = (words(row.cell(columns[one])) if one in columns else "" for one in _FIELDS)
        if name or kind or parent:
            yield Wanted(f"{file.name}: row {row.number}", name, kind, parent)


_FIELDS = ("name", "kind", "parent")


def _from_yaml(file: Path) -> Iterator[Wanted]:
    document = load_document(file)
    held = document.data
    data = cast("dict[str, object]", held).get("units") if isinstance(held, dict) else held
    if not isinstance(data, list):
        raise CommandRefused(f"{file}: write a list of units, each with name, kind and parent.")
    for number, item in enumerate(cast("list[object]", data), start=1):
        if not isinstance(item, dict):
            raise CommandRefused(f"{file}: unit {number} needs name, kind and parent.")
        values = cast("dict[str, object]", item)
        name, kind, parent = (str(values.get(one) or "").strip() for one in _FIELDS)
        yield Wanted(f"{file.name}: unit {number}", name, kind, parent)
