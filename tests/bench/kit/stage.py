"""What a bench is given, and what it may take: its arguments, its time, its folder, its processes."""

import argparse
import json
import os
import platform
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[3]
PEERS = ROOT / "tests" / "bench" / "peers"
PEER_PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"
"""Peers live apart: what they need is older than what we need."""

_FULL_SECONDS = 600
_QUICK_SECONDS = 120
"""When to give up; on an idle machine a bench takes less than a third of that, a quick one a sixth."""


class PeerMissingError(Exception):
    """The peers were not installed."""


def perform(
    bench: Callable[[argparse.Namespace, Path], None], about: str | None, *, full_seconds: int = _FULL_SECONDS
) -> None:
    """Run a bench in a folder of its own, and not for ever."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, in at most 20 s: figures are rougher")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hongyan-bench-"))
    folder.chmod(0o755)
    signal.signal(signal.SIGALRM, _too_long)
    leave_when_told()
    signal.alarm(_QUICK_SECONDS if options.quick else full_seconds)
    say(machine())
    try:
        bench(options, folder)
    finally:
        signal.alarm(0)
        shutil.rmtree(folder, ignore_errors=True)


def leave_when_told() -> None:
    """End what was started also when told to stop."""
    signal.signal(signal.SIGTERM, _told_to_stop)


def machine() -> str:
    """Say what this is run on, and how fast it is just now: figures of two runs can only be compared beside that."""
    paces = [_pace() for _ in range(5)]
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}; a million additions take "
        f"{min(paces):.0f}-{max(paces):.0f} ms of CPU; load {os.getloadavg()[0]:.1f}"
    )


def say(line: str = "") -> None:
    """Write one line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Child:
    """A process that was started here: given one order, it answers in JSON, a line each."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log
        self.began = time.monotonic()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def answer(self, *, seconds: float = 60) -> Any:
        """Return the next answer; fail when none comes in time or the process has ended."""
        line = self._lines.get(timeout=seconds)
        if line is None:
            raise RuntimeError(f"ended with {self._process.wait()}: {self._log.read_text()[-2000:]}")
        return json.loads(line)

    def tell(self, line: str = "") -> None:
        """Write a line to the process."""
        if self._process.stdin:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self, *, seconds: float = 20) -> int:
        """Ask it to end, and return how it did."""
        self._process.terminate()
        return self._process.wait(seconds)

    def finish(self, *, seconds: float = 60) -> None:
        """Wait for its end; fail when that was not a good one."""
        if self._process.wait(seconds):
            raise RuntimeError(f"ended with {self._process.returncode}: {self._log.read_text()[-2000:]}")

    def wait_for_port(self, port: int, *, seconds: float = 30) -> None:
        """Wait until the process listens."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                raise RuntimeError(f"ended with {self._process.returncode}: {self._log.read_text()[-2000:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError(f"nothing listens on {port}")

    def _listen(self) -> None:
        if self._process.stdout:
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put(None)


@contextmanager
def child(
    *command: str | Path,
    folder: Path,
    order: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    python: Path | None = None,
) -> Iterator[Child]:
    """Start a Python program; whatever still runs at the end is killed."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".log", delete=False) as log:
        told = [json.dumps(order)] if order is not None else []
        process = subprocess.Popen(
            [python or sys.executable, *command, *told],
            cwd=ROOT,
            env=_clean(env or os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield Child(process, Path(log.name))
        finally:
            process.kill()
            process.wait()


@contextmanager
def peer(script: str, folder: Path, **order: object) -> Iterator[Child]:
    """Start a peer with the Python that has it."""
    if not PEER_PYTHON.exists():
        raise PeerMissingError("the peers are not installed: make bench")
    with child(PEERS / script, folder=folder, order=order, python=PEER_PYTHON) as started:
        yield started


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _pace() -> float:
    began = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return 1000 * (time.process_time() - began)


def _clean(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which modules are compiled once, as everywhere but here."""
    return {
        **{name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONUNBUFFERED": "1",
    }


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError("the bench took too long")


def _told_to_stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(1)
