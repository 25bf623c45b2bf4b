"""The command line: ``hongyan``."""

import sys

import typer

from bot.commands import backup, outbox, serving, talking, upkeep
from bot.commands.frame import err
from bot.errors import HongyanError

cli = typer.Typer(
    help="Hongyan, the messenger goose of a township's party-mass service centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    serving.demo,
    serving.serve,
    serving.worker,
    serving.poll,
    upkeep.migrate,
    upkeep.check,
    backup.backup,
    backup.restore,
    talking.say,
    talking.chat,
):
    cli.command()(command)
cli.add_typer(upkeep.entries_commands, name="entries")
cli.add_typer(outbox.commands, name="outbox")


def main() -> None:
    """Run a command; a refusal is one sentence and exit code 1."""
    try:
        cli()
    except HongyanError as error:
        err.print(str(error), markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
