"""Time and chance: the only place that reads the clock or draws random numbers."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time; given to whoever needs it, so that tests and the demo can turn it."""

    def now(self) -> datetime:
        """Return the present moment, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class TurnableClock:
    """A running clock that can be turned forward, for the demo and for tests."""

    def __init__(self, *, start: datetime | None = None, running: bool = True) -> None:
        """Begin at ``start`` (now, when left out); stand still unless ``running``."""
        begin = datetime.now(UTC)
        self._ahead = (start or begin) - begin
        self._stopped_at = None if running else begin

    def now(self) -> datetime:
        """Return the turned moment in UTC."""
        return (self._stopped_at or datetime.now(UTC)) + self._ahead

    def turn(self, by: timedelta) -> None:
        """Go forward by ``by``; a clock is never turned back."""
        if by < timedelta(0):
            raise ValueError("a clock is only turned forward")
        self._ahead += by


def seconds() -> float:
    """Return monotonic seconds, for measuring how long something took."""
    return time.perf_counter()


def new_token(size: int = 18) -> str:
    """Return an unguessable URL-safe token made of ``size`` random bytes."""
    return secrets.token_urlsafe(size)
