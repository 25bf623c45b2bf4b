"""Measure the matcher beside what one would pick instead, on question sets kept outside the project.

    .venv/bin/python tests/bench/bench_matching.py [--quick] [--questions ../shared/match]

The folder holds one folder a set and the runner (see its README). Each matcher runs in a process of its own on one
core, the peers in the environment of tests/bench/peers.txt. Printed are our figures, the best peer's and their ratio,
and how far the scores keep their word: of the questions with a score around 0.8, 80 % should have found their entry.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from content.match import Matcher  # noqa: E402  # the project's root must be on the path first

PEERS = ("rf_ratio_norm", "bm25s_char12", "bm25s_char12_norm", "bm25s_char1_norm", "bm25_rf_norm")
PEER_PYTHON = ROOT / ".venv/peers/bin/python"
SETS = ("village", "small", "medium", "large")
NOISES = ("homo", "trad", "edit", "fill", "canto", "mix")
BINS = 10
SPEED = "bm25s_char12"


@dataclass(frozen=True, slots=True)
class Topic:
    """An entry of a set."""

    id: str
    phrases: tuple[str, ...]


def run(python: str, folder: Path, matcher: str, name: str, *, seconds: int) -> dict[str, float] | None:
    """Run one matcher on one set and return its figures by name, nothing when it cannot run here."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [python, str(folder / "run_peers.py"), "--matcher", matcher, "--set", name]
        done = subprocess.run(
            [*command, "--budget", str(seconds), "--json", out.name], cwd=ROOT, capture_output=True, check=False
        )
        if done.returncode:
            return None
        raw = json.loads(Path(out.name).read_text(encoding="utf-8"))
    kinds = raw["kinds"]
    return {
        "error": 1 - kinds["clean"]["hit1"],
        "hit@3": kinds["clean"]["hit3"],
        "error, noisy": 1 - sum(kinds[noise]["hit1"] for noise in NOISES) / len(NOISES),
        "pinyin / clean": kinds["pinyin"]["hit1"] / kinds["clean"]["hit1"],
        "A5": raw["A5"],
        "A5n": raw["A5n"],
        "p50 ms": raw["p50_ms"],
        "p99 ms": raw["p99_ms"],
        "build s": raw["build_s"],
        "MB": raw["rss_mb"],
    }


def compared(ours: dict[str, float], peers: dict[str, dict[str, float]]) -> Iterator[str]:
    """Yield a line a figure: ours, the best peer's, the ratio; speed and size against one peer."""
    for name, own in ours.items():
        if name in {"p50 ms", "p99 ms", "build s", "MB"}:
            best, who = peers.get(SPEED, {}).get(name, 0.0), SPEED
        else:
            choose = min if name.startswith("error") else max
            best, who = choose((figures[name], peer) for peer, figures in peers.items()) if peers else (0.0, "-")
        yield f"{name:16}{own:9.3f}{best:9.3f}{own / best if best else 0:7.2f}x  {who}"


def table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a set."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    return (dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines)


def reliability(folder: Path, name: str) -> Iterator[str]:
    """Yield how often the first entry is right by its score, and the expected calibration error."""
    texts: dict[str, list[str]] = {}
    for row in table(folder / name / "entries.tsv"):
        texts.setdefault(row["eid"], []).append(row["text"])
    matcher = Matcher([Topic(eid, tuple(phrases)) for eid, phrases in texts.items()])
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for row in table(folder / name / "queries.open.tsv"):
        found = matcher.search(row["clean"], 1)
        if found and row["kind"] != "near":
            is_right = row["kind"] == "in" and found[0].entry_id == row["eid"]
            bins[min(int(found[0].score * BINS), BINS - 1)].append((found[0].score, is_right))
    count = sum(map(len, bins))
    error = 0.0
    for some in filter(None, bins):
        said, right = (sum(column) / len(some) for column in zip(*some, strict=True))
        error += len(some) / count * abs(said - right)
        yield f"  said {said:.2f}  right {right:.2f}  {'#' * round(right * 40)}  {len(some)}"
    yield f"  expected calibration error {error:.3f}"


def main() -> None:
    """Measure set by set."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="the smallest set alone")
    options.add_argument("--questions", type=Path, default=ROOT.parent / "shared/match")
    options.add_argument("--sets", nargs="+", default=SETS)
    chosen = options.parse_args()
    folder: Path = chosen.questions
    if not (folder / "run_peers.py").exists():
        sys.stdout.write("no question sets here: name their folder with --questions\n")
        return
    seconds = 3 if chosen.quick else 30
    for name in ("village",) if chosen.quick else chosen.sets:
        peers = {
            one: run(str(PEER_PYTHON), folder, one, name, seconds=seconds) for one in PEERS if PEER_PYTHON.exists()
        }
        ours = run(sys.executable, folder, "hongyan", name, seconds=seconds)
        sys.stdout.write(f"\n{name:16}     ours     best  ratio\n")
        lines = compared(ours, {one: found for one, found in peers.items() if found}) if ours else ["  could not run"]
        sys.stdout.write("\n".join((*lines, *(() if name == "large" else reliability(folder, name)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
