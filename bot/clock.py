"""Time and chance: the only place that reads the clock or draws random numbers."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_JUMP = timedelta(seconds=2)
"""What is less than this is drift and delay."""


class Clock(Protocol):
    """Tells the time; given to whoever needs it, so that tests and the demo can turn it."""

    def now(self) -> datetime:
        """Return the present moment, timezone-aware, in UTC."""
        ...

    def is_steady(self, since: timedelta) -> bool:
        """Tell whether the clock has not been set, by more than a little, for so long."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def is_steady(self, since: timedelta) -> bool:
        """Say yes: whoever cares uses a :class:`SteadyClock`."""
        del since
        return True


class SteadyClock:
    """A clock several processes agree upon, that does not jump when the machine's own is set.

    It runs by itself from the last moment it was set to. Whoever keeps it (:class:`bot.jobs.pulse.Pulse`) sets it to
    the database server's time, or to this machine's where the database is a file.
    """

    def __init__(self, *, wall: Clock | None = None, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Begin at ``wall``; ``elapsed`` tells seconds that only ever grow."""
        self._elapsed = elapsed
        self._set = (wall or SystemClock()).now(), elapsed()
        self._jumped_at: float | None = None

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        moment, at = self._set  # read as one: other threads ask while it is set
        return moment + timedelta(seconds=self._elapsed() - at)

    def set_to(self, moment: datetime) -> timedelta:
        """Go on from ``moment``; return how far that is from where the clock was."""
        jump, at = moment - self.now(), self._elapsed()
        if abs(jump) > _JUMP:
            self._jumped_at = at  # first, so that nobody is told the new time and that the clock is steady
        self._set = moment, at
        return jump

    def is_steady(self, since: timedelta) -> bool:
        """Tell whether the clock has not jumped for so long: before, what others wrote down cannot be compared."""
        return self._jumped_at is None or self._elapsed() - self._jumped_at >= since.total_seconds()


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

    def is_steady(self, since: timedelta) -> bool:
        """Say yes: it is turned on purpose, by whoever wants leases to run out."""
        del since
        return True

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


def draw(alphabet: str, length: int) -> str:
    """Return ``length`` unguessable characters of an alphabet."""
    return "".join(secrets.choice(alphabet) for _ in range(length))
