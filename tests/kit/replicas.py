"""The topology of ``deploy/compose.replicas.yaml`` on loopback: servers that take turns, workers that deliver.

What stands before them here is :class:`Front`, which does what Telegram and Caddy do together: it posts an update to
one server after the other until one of them has answered 200.
"""

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.kit.processes import HONGYAN, free_port, launch, wait_until_ready
from tests.kit.telegram_updates import TOKEN, Json

WEBHOOK_SECRET = "webhook-secret-of-the-tests"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_PATIENCE = 100.0
_PAUSE = 0.05


def settings_for(database_url: str, api_url: str, **more: str) -> dict[str, str]:
    """Return what every replica is told: one database, one bot, and that no hour is quiet."""
    return {
        "HONGYAN_DATABASE_URL": database_url,
        "HONGYAN_TELEGRAM_TOKEN": TOKEN,
        "HONGYAN_TELEGRAM_API_URL": api_url,
        "HONGYAN_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "HONGYAN_QUIET_HOURS": "00:00-00:00",
        **more,
    }


@dataclass
class Replica:
    """One process of several: killed and started again at the same place."""

    command: tuple[str, ...]
    folder: Path
    settings: Mapping[str, str]
    program: Sequence[str] = HONGYAN
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process, "it was started"
        return self.process.pid

    def start(self) -> None:
        command = (*self.command, "--port", str(self.port))
        self.process = launch(*command, folder=self.folder, settings=self.settings, program=self.program)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.kills += 1

    def wait_until_ready(self) -> None:
        assert self.process, "it was started"
        wait_until_ready(self.url, self.process, seconds=_PATIENCE)


@contextmanager
def running(replicas: Sequence[Replica]) -> Iterator[None]:
    """Run them all, ready when this begins; whatever still runs at the end is killed."""
    try:
        for one in replicas:
            one.start()
        for one in replicas:
            one.wait_until_ready()
        yield
    finally:
        for one in replicas:
            one.kill()


@dataclass
class Front:
    """Posts updates as Telegram does: again and again, to whichever server comes next, until the answer is 200."""

    urls: Sequence[str]
    acknowledged: list[Json] = field(default_factory=list[Json])
    failures: int = 0
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def post(self, client: httpx.Client, update: Json) -> None:
        """Have one update acknowledged."""
        give_up_at = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up_at:
            url = self.urls[next(self._turn) % len(self.urls)]
            try:
                answer = client.post(f"{url}/telegram", json=update, headers={SECRET_HEADER: WEBHOOK_SECRET})
            except httpx.TransportError:
                self.failures += 1
            else:
                if answer.status_code == httpx.codes.OK:
                    self.acknowledged.append(update)
                    return
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, f"answered {answer.status_code}"
                self.failures += 1
            time.sleep(_PAUSE)
        raise AssertionError("nobody takes this update")

    @contextmanager
    def posting(self, update: Callable[[int], Json], *, at_once: int = 4, pause: float = 0.08) -> Iterator[None]:
        """Post one update after the other meanwhile; at the end all that were begun are acknowledged."""
        numbers, enough = itertools.count(1), threading.Event()

        def post() -> None:
            with httpx.Client(timeout=10, trust_env=False) as client:
                while not enough.is_set():
                    self.post(client, update(next(numbers)))
                    time.sleep(pause)

        with ThreadPoolExecutor(at_once) as pool:
            posters = [pool.submit(post) for _ in range(at_once)]
            try:
                yield
            finally:
                enough.set()
            for one in posters:
                one.result()


def skewed(place: Path, seconds: float) -> tuple[str, ...]:
    """Return the program for a machine whose clock is so many seconds ahead, until ``place`` says otherwise."""
    place.write_text(f"{seconds}")
    return (sys.executable, "-m", "tests.kit.skewed", str(place))
