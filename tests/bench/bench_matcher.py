"""Measure the matcher on the project's own entries beside rapidfuzz's ratio, in one run on one machine.

    .venv/bin/python tests/bench/bench_matcher.py

The questions are the entries' samples, which are never indexed. The peer gets the same normalised texts.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from content.loader import load_entries
from content.match import Matcher, normalise

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Share of questions whose first hit is right, and questions a second in the fastest round."""

    hit: float
    speed: float


def measure(find: Callable[[str], str | None], questions: list[tuple[str, str]]) -> Figures:
    """Ask every question in several rounds and keep the fastest."""
    fastest = float("inf")
    hits = 0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        hits = sum(find(question) == entry_id for question, entry_id in questions)
        fastest = min(fastest, time.perf_counter() - start)
    return Figures(hits / len(questions), len(questions) / fastest)


def main() -> None:
    """Print both figures and their ratios."""
    entries = load_entries()
    questions = [(sample, entry.id) for entry in entries for sample in entry.samples]
    owners = [(normalise(phrase), entry.id) for entry in entries for phrase in entry.phrases]
    texts = [text for text, _ in owners]
    matcher = Matcher(entries)

    def ours(question: str) -> str | None:
        found = matcher.search(question, limit=1)
        return found[0].entry_id if found else None

    def peers(question: str) -> str | None:
        found = process.extractOne(normalise(question), texts, scorer=fuzz.ratio)
        return owners[found[2]][1] if found else None

    figures = {"hongyan": measure(ours, questions), "rapidfuzz ratio": measure(peers, questions)}
    sys.stdout.write(f"{len(entries)} entries, {len(texts)} phrases, {len(questions)} questions\n")
    for name, figure in figures.items():
        sys.stdout.write(f"{name:16} hit@1 {figure.hit:.3f}   {figure.speed:8.0f} q/s\n")
    us, them = figures.values()
    sys.stdout.write(f"ratio            hit@1 {us.hit / them.hit:.2f}×   {us.speed / them.speed:8.2f}× q/s\n")


if __name__ == "__main__":
    main()
