"""Start Hongyan as a process to be measured; see the program it runs, ``kit/served.py``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.kit.load import SECRET
from tests.bench.kit.stage import Child, child
from tests.kit.processes import environment
from tests.kit.telegram_updates import TOKEN

ENTRIES = 163
"""As many as are shipped."""

NOWHERE = "http://127.0.0.1:9"


def settings_for(url: str, api_url: str = NOWHERE) -> dict[str, str]:
    """Return the settings of a Hongyan on that database whose Bot API server is ours."""
    return {
        "HONGYAN_DATABASE_URL": url,
        "HONGYAN_TELEGRAM_TOKEN": TOKEN,
        "HONGYAN_TELEGRAM_WEBHOOK_SECRET": SECRET,
        "HONGYAN_TELEGRAM_API_URL": api_url,
        "HONGYAN_QUIET_HOURS": "00:00-00:00",
    }


def prepared(url: str, *, folder: Path, entries: int = ENTRIES) -> None:
    """Make the tables, with entries and one turn in them."""
    env = environment(folder, **settings_for(url))
    with child("-m", "tests.bench.kit.served", folder=folder, order={"entries": entries}, env=env) as process:
        process.finish()


@contextmanager
def worker(url: str, *, api_url: str, folder: Path, **settings: str) -> Iterator[Child]:
    """Run ``hongyan worker``, as it is."""
    env = environment(folder, **settings_for(url, api_url), **settings)
    with child("-m", "bot", "worker", folder=folder, env=env) as started:
        yield started


@contextmanager
def served(url: str, port: int, *, api_url: str, folder: Path, **settings: str) -> Iterator[Child]:
    """Run ``hongyan serve``, as it is."""
    env = environment(folder, **settings_for(url, api_url), **settings)
    with child("-m", "bot", "serve", "--port", str(port), folder=folder, env=env) as started:
        yield started


@contextmanager
def outboxer(url: str, *, folder: Path, broadcast: int, count: int, seconds: float) -> Iterator[Child]:
    """Start the process that writes down whom a broadcast is for, and sends; see ``kit/outboxer.py``."""
    env = environment(folder, **settings_for(url))
    order = {"broadcast": broadcast, "count": count, "seconds": seconds}
    with child("-m", "tests.bench.kit.outboxer", folder=folder, order=order, env=env) as started:
        yield started


@contextmanager
def hongyan(
    url: str, port: int, *, api_url: str, folder: Path, with_worker: bool = True, keep: str = ""
) -> Iterator[Child]:
    """Start the process on a database that is prepared, and wait until it listens."""
    env = environment(folder, **settings_for(url, api_url))
    order = {"port": port, "with_worker": with_worker, "keep": keep}
    with child("-m", "tests.bench.kit.served", folder=folder, order=order, env=env) as started:
        started.wait_for_port(port)
        yield started
