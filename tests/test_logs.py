"""What a line of the log looks like, and which are written."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.logs import OURS, log
from tests.kit.logged import our_lines

SAYING = """
import logging
from bot.logs import log, set_up_logs
set_up_logs("{level}")
log.info("serving", worker=True)
log.error("lost", reason="关了", what={{1}})
logging.getLogger("library").info("well")
logging.getLogger("library").warning("not so well")
"""


def said(level: str) -> list[str]:
    told = subprocess.run(
        [sys.executable, "-c", SAYING.format(level=level)], capture_output=True, check=True, text=True
    )
    return told.stderr.splitlines()


def test_an_event_is_one_object_a_line_and_a_library_speaks_for_itself() -> None:
    serving, lost, library = said("INFO")

    times = [datetime.fromisoformat(json.loads(one)["timestamp"]) for one in (serving, lost)]
    assert [(one.tzinfo, one.year >= 2026) for one in times] == [(UTC, True)] * 2
    assert [{**json.loads(one), "timestamp": ""} for one in (serving, lost)] == [
        {"worker": True, "event": "serving", "level": "info", "timestamp": ""},
        {"reason": "关了", "what": "{1}", "event": "lost", "level": "error", "timestamp": ""},
    ]
    assert (library, "关了" in lost) == ("WARNING library not so well", True)


def test_what_is_below_the_level_is_not_written() -> None:
    assert ["serving" in one for one in said("ERROR")] == [False, False]


@pytest.mark.parametrize(("write", "level"), [(log.info, "info"), (log.warning, "warning"), (log.error, "error")])
def test_an_event_keeps_its_facts_and_its_level(write: Callable[..., None], level: str) -> None:
    with our_lines() as lines:
        write("sent", rows=2)

    assert lines == [{"event": "sent", "level": level, "rows": 2}]
    assert logging.getLogger(OURS).level == logging.NOTSET
