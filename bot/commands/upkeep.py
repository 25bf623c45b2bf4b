"""Commands that look after an installation: migrate, check, entries in and out."""

import functools
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from bot.app import bring_up_to_date, open_database, prepare
from bot.clock import SystemClock
from bot.commands.checking import problems
from bot.commands.frame import err, out
from bot.domain import entries, scopes
from bot.errors import CommandRefused
from bot.papers import fonts
from bot.settings import load_settings
from content.loader import dump_entries, load_entries


def migrate() -> None:
    """Bring the database to this version's schema and take in the entries it ships."""
    with closing(open_database(load_settings())) as database:
        report = bring_up_to_date(database, SystemClock())
    out.print("The database is at this version's schema.")
    _tell(report)


def check() -> None:
    """Look at settings, content, templates, triggers and migrations; exit 1 with a list of what is wrong."""
    found = problems(load_settings())
    for problem in found:
        err.print(problem)
    if found:
        raise typer.Exit(1)
    out.print(fonts.standing())
    out.print("All is well: settings, content, templates, triggers, migrations.")


def import_(
    path: Annotated[Path, typer.Argument(help="a YAML file or a folder of them", exists=True)],
    *,
    local: Annotated[
        bool, typer.Option("--local", help="as edits made here: a later pack does not replace them")
    ] = False,
) -> None:
    """Take a content pack in; it is spoken at once, everywhere."""
    clock = SystemClock()
    with closing(open_database(load_settings())) as database:
        prepare(database, clock)
        known = database.run(lambda db: {one.id for one in entries.spoken(db)}, write=False)
        pack = load_entries(path, known_ids=known)
        if local:
            edited = database.run(lambda db: entries.edit_all(db, pack, author=None, now=clock.now()))
            out.print(f"{len(edited)} edited here, {len(pack) - len(edited)} unchanged.")
        else:
            _tell(database.run(lambda db: entries.import_pack(db, pack, now=clock.now())))
        unclear = database.run(functools.partial(scopes.unclear, names=[one.scope for one in pack]), write=False)
    for scope, which in unclear.items():
        named_in = ", ".join(one.id for one in pack if one.scope == scope)
        out.print(f"Several units are called {scope}, so it holds for each of them: {', '.join(which)}.")
        out.print(f"  Name one of these as the scope of: {named_in}")


def export(path: Annotated[Path, typer.Argument(help="the YAML file to write")]) -> None:
    """Write every entry as it is spoken now into one file."""
    with closing(open_database(load_settings())) as database:
        prepare(database, SystemClock())
        spoken = database.run(entries.spoken, write=False)
    try:
        path.write_text(dump_entries(spoken), encoding="utf-8")
    except OSError as error:
        raise CommandRefused(f"Cannot write {path}: {error.strerror}.") from error
    out.print(f"{len(spoken)} entries written to {path}.")


def _tell(report: entries.ImportReport) -> None:
    counts = f"{len(report.added)} new, {len(report.updated)} newer, {len(report.unchanged)} unchanged"
    out.print(f"Entries: {counts}.")
    if report.kept_local:
        out.print(f"Edited here, so the pack's newer text was not taken: {', '.join(report.kept_local)}")
