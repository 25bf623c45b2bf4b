"""Structured logs, one JSON object a line, without what people said."""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping

import structlog

_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)
"""Made once: making one costs as much as the rest of a line."""


def set_up_logs(level: str) -> None:
    """Write logs of ``level`` and above to standard error; libraries only speak from WARNING on."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _as_json(_logger: object, _method: str, line: MutableMapping[str, object]) -> str:
    return _ENCODER.encode(line)


def trace(error: BaseException) -> list[str]:
    """Return where an error came from, innermost last, without its text: that may quote what somebody said."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
