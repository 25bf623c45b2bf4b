"""Where type is looked for on machines of every kind."""

import subprocess
import sys

from tests.kit.sources import ROOT

NOBODY = """
import pwd

def unknown(number):
    raise KeyError(number)

pwd.getpwuid = unknown
import bot.papers.fonts
"""


def test_an_account_without_a_name_and_a_home_can_draw() -> None:
    done = subprocess.run([sys.executable, "-c", NOBODY], cwd=ROOT, env={}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
