"""Measure sending a text to Telegram beside the usual libraries, in one run on one machine.

    .venv/bin/python tests/bench/bench_sending.py [--quick] [--peers-python PATH]

Every sender is a process of its own on uvloop and talks to a sink on loopback that answers after 50 ms. What is printed
is the processor time of the sender. aiogram wants an older pydantic than ours, and python-telegram-bot's transport is
slower without sniffio, which it looks for at every request, so give them an interpreter of their own::

    python -m venv /tmp/peers && /tmp/peers/bin/pip install -r tests/bench/peers.txt sniffio
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROCESS = str(Path(__file__).with_name("peers") / "sending.py")
DELAY = 50
PACE = 1000
POOLS = ("64", "256")
BEST_POOL = "32"
NOT_INSTALLED = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Messages a second and CPU microseconds a message."""

    speed: float
    cpu: float


def measure(python: str, sender: str, url: str, seconds: float, runs: Iterable[str]) -> dict[str, Figures]:
    """Let a sender do its runs, printing a line for each, and return the figures by run."""
    found: dict[str, Figures] = {}
    command = [python, PROCESS, sender, url, str(seconds), *runs]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for run, line in zip(runs, process.stdout, strict=False):
            told = json.loads(line)
            found[run] = Figures(told["sent"] / told["seconds"], told["cpu"] / told["sent"] * 1e6)
            name = f"{sender}, {run.replace('@', ' at once, ')}{'/s' if '@' in run else ' at once'}"
            share = told["cpu"] / told["seconds"]
            say(f"{name:28} {found[run].speed:6.0f} msg/s {found[run].cpu:7.0f} µs/msg {share:5.0%} of a core")
    if process.returncode == NOT_INSTALLED:
        say(f"{sender} is left out: see --peers-python")
    elif process.returncode:
        sys.exit(f"{sender} broke")
    return found


@contextmanager
def sink() -> Iterator[str]:
    """Start the sink and give its address."""
    with subprocess.Popen([sys.executable, PROCESS, "sink", str(DELAY)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        try:
            yield f"http://127.0.0.1:{int(running.stdout.readline())}"
        finally:
            running.terminate()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def compare(ours: Figures, theirs: Figures, name: str) -> None:
    """Print how many times faster and cheaper we are."""
    say(f"  {name:32} {ours.speed / theirs.speed:6.1f} × msg/s {theirs.cpu / ours.cpu:6.1f} × less CPU")


def main() -> None:
    """Run every sender and print the ratios."""
    parser = argparse.ArgumentParser(description="Measure sending to Telegram.")
    parser.add_argument("--quick", action="store_true", help="half a second for each run")
    parser.add_argument("--peers-python", default=sys.executable, help="an interpreter that can import the peers")
    options = parser.parse_args()
    seconds = 0.5 if options.quick else 2.5
    with sink() as url:
        ours = measure(sys.executable, "hongyan", url, seconds, (*POOLS, f"{POOLS[0]}@{PACE}"))
        ptb = measure(options.peers_python, "ptb", url, seconds, (BEST_POOL, *POOLS))
        aiogram = measure(options.peers_python, "aiogram", url, seconds, POOLS)
    say("hongyan beside its peers:")
    if ptb:
        compare(ours[POOLS[-1]], ptb[BEST_POOL], f"{POOLS[-1]} at once, ptb at its best, {BEST_POOL}")
    for peer, figures in (("ptb", ptb), ("aiogram", aiogram)):
        for run in [run for run in POOLS if run in figures]:
            compare(ours[run], figures[run], f"{run} at once, {peer} too")


if __name__ == "__main__":
    main()
