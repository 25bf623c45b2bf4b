"""Structured logs, one JSON object a line, without what people said."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

OURS = "hongyan"
"""The logger all our lines go through; each line's facts are with its record."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
"""Made once: making one costs as much as the rest of a line."""


class Log:
    """Writes down what happened: an event by its name, and facts about it."""

    def __init__(self) -> None:
        """Take the logger that is ours."""
        self._logger = logging.getLogger(OURS)

    def info(self, event: str, **facts: object) -> None:
        """Write down what is as it should be."""
        self._write(logging.INFO, event, facts)

    def warning(self, event: str, **facts: object) -> None:
        """Write down what is not as it should be, and is dealt with."""
        self._write(logging.WARNING, event, facts)

    def error(self, event: str, **facts: object) -> None:
        """Write down what somebody has to look at."""
        self._write(logging.ERROR, event, facts)

    def _write(self, level: int, event: str, facts: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"facts": facts})


log = Log()


class _Json(logging.Formatter):
    """Makes one JSON object of each of our records; what libraries say stays as they say it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        facts = getattr(record, "facts", None)
        if record.name != OURS or not isinstance(facts, dict):
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        said = {"event": record.msg, "level": record.levelname.lower(), "timestamp": at.replace("+00:00", "Z")}
        return _ENCODER.encode({**facts, **said})


def set_up_logs(level: str) -> None:
    """Write logs of ``level`` and above to standard error; libraries only speak from WARNING on."""
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(_Json("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[to_stderr])
    logging.getLogger(OURS).setLevel(level)


def trace(error: BaseException) -> list[str]:
    """Return where an error came from, innermost last, without its text: that may quote what somebody said."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
