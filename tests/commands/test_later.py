"""What a command loads before it is needed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.kit.processes import environment

LEFT_OUT = {"PIL", "alembic", "icalendar", "numpy", "openpyxl", "psycopg", "rich", "segno", "telegram", "webbrowser"}
USED = {"fastapi", "rapidfuzz", "sqlmodel", "uvicorn"}
SERVED = """
import sys
import bot.commands.serving
from bot.app import compose
from bot.clock import SteadyClock
from bot.server import web
from bot.settings import load_settings
web(compose(load_settings(), SteadyClock()), with_worker=True)
print(*sys.modules)
"""


def test_a_server_loads_nothing_that_only_papers_sheets_pictures_bots_migrations_and_the_demo_need(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", SERVED]
    told = subprocess.run(command, capture_output=True, check=True, text=True, env=environment(tmp_path))

    assert (LEFT_OUT | USED) & {*told.stdout.split()} == USED
    assert {name for name in LEFT_OUT if find_spec(name) is None} == set()
