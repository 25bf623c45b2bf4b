"""What was written to the logs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.logs import OURS


class _Kept(logging.Handler):
    """Keeps what it is given: each event with its level and its facts."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append({"event": record.msg, "level": record.levelname.lower(), **vars(record)["facts"]})


@contextmanager
def our_lines() -> Iterator[list[dict[str, object]]]:
    """Keep all lines of ours, of any level, as they are written."""
    ours, kept = logging.getLogger(OURS), _Kept()
    before = ours.level
    ours.addHandler(kept)
    ours.setLevel(logging.DEBUG)
    try:
        yield kept.lines
    finally:
        ours.setLevel(before)
        ours.removeHandler(kept)
