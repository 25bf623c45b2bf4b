"""What a serving process with a bot takes before anybody asks anything, by the package that takes it.

    .venv/bin/python tests/bench/bench_memory.py [--quick]

Two processes import: one what `hongyan serve` does, the index of the first question included, the other the libraries
alone that a webhook server with a console and a matcher cannot do without. What a running one holds after some
questions says bench_idle.py.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.stage import child, perform
from tests.bench.kit.tables import show

MEGABYTE = 1024 * 1024
SERVING = (
    "bot.commands.serving",
    "bot.channels.telegram.channel",
    "bot.channels.telegram.webhook",
    "content.match.stock",
    "uvloop",
    "httptools",
)
LIBRARIES = (
    "typer",
    "sqlmodel",
    "pydantic_settings",
    "fastapi",
    "uvicorn",
    "uvloop",
    "httptools",
    "telegram",
    "aiohttp",
    "cryptography.hazmat.primitives.ciphers.aead",
    "jinja2",
    "yaml",
    "prometheus_client",
    "numpy",
    "opencc",
    "rapidfuzz",
)
LEAST = MEGABYTE // 2
"""Bytes from which a package has a line of its own."""


def measured(modules: tuple[str, ...], folder: Path) -> dict[str, Any]:
    """Return what a fresh process says that imports these; what was not compiled yet is compiled by one before it."""
    answers: list[dict[str, Any]] = []
    for _ in range(2):
        with child("-m", "tests.bench.kit.imports", folder=folder, order={"modules": modules}) as process:
            answers.append(process.answer())
    return answers[-1]


def of_packages(found: dict[str, Any]) -> list[list[object]]:
    """Return a line for each package, the largest first, and one for all that are small."""
    shares = sorted(found["shares"].items(), key=lambda one: -one[1]["size"])
    rows: list[list[object]] = [
        [name, one["size"] / MEGABYTE, one["modules"], one["first"]] for name, one in shares if one["size"] >= LEAST
    ]
    small = [one for _, one in shares if one["size"] < LEAST]
    size, modules = sum(one["size"] for one in small), sum(one["modules"] for one in small)
    return [*rows, [f"{len(small)} others", size / MEGABYTE, modules, ""]]


def bench(_options: argparse.Namespace, folder: Path) -> None:
    """Measure both; a quick one is the same, it takes four seconds."""
    serving, floor = measured(SERVING, folder), measured(LIBRARIES, folder)
    show("What each package takes for itself", ("", "MB", "modules", "first wanted by"), of_packages(serving))
    rows = [
        [name, found["after"] / MEGABYTE, sum(one["modules"] for one in found["shares"].values())]
        for name, found in (("libraries alone", floor), ("what serves", serving))
    ]
    show("Resident once all is imported", ("", "MB", "modules"), rows)


if __name__ == "__main__":
    perform(bench, __doc__)
