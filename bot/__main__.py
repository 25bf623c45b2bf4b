"""The command line: ``hongyan``."""

import sys

import typer

from bot.commands import later
from bot.errors import HongyanError

cli = typer.Typer(
    help="Hongyan, the messenger goose of a township's party-mass service centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
entries = typer.Typer(help="Content packs in and out.", no_args_is_help=True)
units = typer.Typer(help="The organisation tree.", no_args_is_help=True)
roster = typer.Typer(help="Who stands on which roster.", no_args_is_help=True)
households = typer.Typer(help="Households that members keep in touch with.", no_args_is_help=True)
reports = typer.Typer(help="What superiors want reported.", no_args_is_help=True)
outbox = typer.Typer(help="What could not be delivered.", no_args_is_help=True)
wechat = typer.Typer(help="The WeChat service account.", no_args_is_help=True)
agenda = typer.Typer(help="What the bot could not do by itself.", no_args_is_help=True)

for app, name, place, help_ in (
    (cli, "demo", "showing:demo", "Run the main job with an invented village: chat at /, a wall of phones at /demo."),
    (cli, "serve", "serving:serve", "Serve web chat, webhooks and files; deliver as well unless --no-worker."),
    (cli, "worker", "serving:worker", "Deliver what is due; several may run."),
    (cli, "poll", "serving:poll", "Talk to Telegram by long polling, for a machine with no public address."),
    (cli, "migrate", "upkeep:migrate", "Bring the database to this version's schema and take in the entries it ships."),
    (cli, "check", "upkeep:check", "Look at settings, content, templates, triggers and migrations."),
    (cli, "backup", "backup:backup", "Write everything into one file, while the server keeps running."),
    (cli, "restore", "backup:restore", "Check a backup, then load all of it into an empty database of either kind."),
    (cli, "say", "talking:say", "Say one thing and print the answer."),
    (cli, "chat", "talking:chat", "Talk until an empty line or Ctrl-D."),
    (entries, "import", "upkeep:import_", "Take a content pack in; it is spoken at once, everywhere."),
    (entries, "export", "upkeep:export", "Write every entry as it is spoken now into one file."),
    (cli, "grant", "grants:grant", "Give somebody a role in a unit and all below it."),
    (units, "import", "units:import_", "Take the organisation tree in: name, kind, parent."),
    (units, "list", "units:list_", "Show the organisation tree."),
    (roster, "import", "roster:import_", "Take a roster in; rows that are not right are named and left out."),
    (roster, "export", "roster:export", "Write everybody on the rosters into one Excel file."),
    (households, "import", "households:import_", "Take a list of households in; rows that are not right are named."),
    (reports, "template", "reports:template", "Keep the workbook that a unit and all below it report with."),
    (outbox, "list", "outbox:list_", "List rows, newest first, without what they say."),
    (outbox, "requeue", "outbox:requeue", "Send ended rows once more; what was sent stays sent."),
    (outbox, "cancel", "outbox:cancel", "Cancel rows that wait."),
    (wechat, "menu", "wechat:menu", "Publish the menu of content/wechat.yaml."),
    (wechat, "qr", "wechat:qr", "Make a code that opens what a code of Hongyan opens, to be scanned in WeChat."),
    (wechat, "check", "wechat:check", "Ask WeChat what the account may do; exit 1 with a list of what it lacks."),
    (agenda, "list", "agenda:list_", "List duties that were tried too often, the oldest first."),
    (agenda, "again", "agenda:again", "Have broken duties done after all."),
):
    later.add(app, name, place, help_)
cli.add_typer(entries, name="entries")
cli.add_typer(units, name="units")
cli.add_typer(roster, name="roster")
cli.add_typer(households, name="households")
cli.add_typer(reports, name="reports")
cli.add_typer(outbox, name="outbox")
cli.add_typer(wechat, name="wechat")
cli.add_typer(agenda, name="agenda")


def main() -> None:
    """Run a command; a refusal is one sentence and exit code 1."""
    try:
        cli()
    except HongyanError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
