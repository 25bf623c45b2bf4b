"""Measure how fast a matcher of 10,000 entries is made, asked and changed, and what it takes of the memory.

    .venv/bin/python tests/bench/bench_living.py [--quick | --million]

With --million a smaller one, of 1,000 entries with two phrases each, is changed a million times: its memory must stay.
"""

import gc
import random
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from content.match import Matcher
from tests.bench.kit.questions import asked
from tests.kit.topics import Topic

ENTRIES = 10_000
FEW, MILLION = 1_000, 1_000_000


def resident() -> float:
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def timed(work: Callable[[], object]) -> float:
    """Return how many ms something takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def spread(times: Iterable[float]) -> str:
    """Return median, 99th percentile and worst."""
    ordered = sorted(times)
    return (
        f"p50 {ordered[len(ordered) // 2]:.2f}  p99 {ordered[len(ordered) * 99 // 100]:.2f}  worst {ordered[-1]:.1f} ms"
    )


def show(what: str, figures: str) -> None:
    sys.stdout.write(f"{what:28}{figures}\n")
    sys.stdout.flush()


def main() -> None:
    """Build, ask, change, ask while it changes."""
    if "--million" in sys.argv:
        change([Topic(entry.id, entry.phrases[:2]) for entry, _ in asked(FEW)], MILLION)
        return
    pairs = list(asked(ENTRIES))
    topics = [Topic(entry.id, entry.phrases) for entry, _ in pairs]
    questions = [question for _, question in pairs][::20]
    del pairs
    gc.collect()
    Matcher(topics[:100]).decide(questions[0])
    before, start = resident(), time.perf_counter()
    matcher = Matcher(topics)
    show("made", f"{time.perf_counter() - start:.2f} s, {resident() - before:.0f} MB more")
    show("asked", spread([timed(partial(matcher.search, text, 3)) for text in questions]))
    del matcher
    change(topics, 2_000 if "--quick" in sys.argv else 50_000)


def change(topics: list[Topic], changes: int) -> None:
    """Change entries one after the other and ask now and then; a quarter of the changes take an entry away."""
    matcher = Matcher(topics)
    rng = random.Random(1)  # noqa: S311 - a repeatable choice, not a secret
    took, while_changing, sizes = (
        array("f"),
        array("f"),
        list[float](),
    )
    for number in range(changes):
        topic = rng.choice(topics)
        if number % 4 == 0:
            took.append(timed(partial(matcher.remove, topic.id)))
        else:
            phrases = (*topic.phrases, f"第{number}号窗口办什么")
            took.append(timed(partial(matcher.put, Topic(topic.id, phrases))))
        if number % 20 == 0:
            while_changing.append(timed(partial(matcher.search, topic.phrases[0], 3)))
        if number % (changes // 8) == 0:
            sizes.append(resident())
    show("changed", spread(took))
    show("asked while it changes", spread(while_changing))
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join()
    show(f"memory over {changes} changes", " ".join(f"{size:.0f}" for size in sizes) + f" {resident():.0f} MB")


if __name__ == "__main__":
    main()
