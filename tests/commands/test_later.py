"""What a command loads before it is needed."""

import subprocess
import sys

LEFT_OUT = {"alembic", "icalendar", "segno", "telegram"}
LOADED = "import bot.commands.serving, sys; print(*sys.modules)"


def test_a_server_loads_nothing_that_only_papers_bots_and_migrations_need() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True, text=True)

    assert LEFT_OUT & {*told.stdout.split()} == set()
