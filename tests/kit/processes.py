"""Real hongyan processes on loopback: started, waited for, told to stop or killed, by their own id."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.kit import postgresql

SECRET = "a secret for tests only, 32 bytes"


def free_port() -> int:
    """Find a port nobody listens at, below those that outgoing connections are given: one may be taken meanwhile."""
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a process that knows nothing of this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HONGYAN_")}
    kept.pop(postgresql.VARIABLE, None)
    given = {"HONGYAN_SECRET_KEY": SECRET, "HONGYAN_DATA_DIR": str(folder / "data"), **settings}
    return {**kept, **given, "PYTHONUNBUFFERED": "1"}


HONGYAN = (sys.executable, "-m", "bot")


def launch(
    *command: str, folder: Path, settings: Mapping[str, str] | None = None, program: Sequence[str] = HONGYAN
) -> subprocess.Popen[bytes]:
    """Start a command in ``folder``, where it writes its log; whoever starts it ends it."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*program, *command],
            cwd=folder,
            env={**environment(folder, **(settings or {})), "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=log,
            stderr=log,
        )


@contextmanager
def hongyan(
    *command: str, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in ``folder``; whatever still runs at the end is killed."""
    process = launch(*command, folder=folder, settings=settings)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_ready(url: str, process: subprocess.Popen[bytes], *, seconds: float = 40) -> None:
    """Wait until a server says it is ready; fail at once when its process has ended."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        assert process.poll() is None, "the process ended before it was ready"
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("not ready in time")


def stop_politely(process: subprocess.Popen[bytes], *, seconds: float = 20) -> int:
    """Send SIGTERM and return the exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(seconds)


def eventually(fact: Callable[[], bool], *, seconds: float = 15) -> bool:
    """Wait until something is true, and tell whether it became so in time."""
    give_up_at = time.monotonic() + seconds
    while not fact() and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return fact()


@contextmanager
def reading(pipe: Path) -> Iterator[None]:
    """Wait until somebody reads a pipe, which has nothing to read for as long as this lasts."""
    give_up_at = time.monotonic() + 40
    while True:
        try:
            end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            break
    try:
        yield
    finally:
        os.close(end)
