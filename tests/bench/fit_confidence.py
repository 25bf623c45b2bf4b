"""Fit the matcher's coefficients on question sets kept outside the project; only the coefficients come back.

    .venv/bin/python tests/bench/fit_confidence.py ../shared/match [--check]

The folder holds one folder a set with entries.tsv and queries.open.tsv (see its README). Entry texts and questions
are read, compared and forgotten. Indexes of several sizes are used, because a threshold fitted on one size is wrong
on another; questions whose entry is left out of a smaller index serve as questions without an answer. A feature
that is new needs a 0 under its name in confidence.json before the first fit. Printed is how far the scores keep their
word on each set when nothing of this set was fitted on. With --check nothing is written; it ends with 1 when the file
in the project is another than this fit makes.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from content.loader import load_entries  # noqa: E402  # the project's root must be on the path first
from content.match import confidence, features  # noqa: E402  # the project's root must be on the path first
from content.match.deciding import SURE  # noqa: E402  # the project's root must be on the path first
from content.match.ranking import Compared, Ranking  # noqa: E402  # the project's root must be on the path first
from content.match.reading import heard, is_weak, plain, read, read_typed, words_in  # noqa: E402  # the project's root must be on the path first
from content.match.stock import Stock  # noqa: E402  # the project's root must be on the path first

TARGET = ROOT / "content/match/confidence.json"
KINDS = ("clean", "homo", "edit", "canto", "mix", "pinyin")
ANSWERABLE = 0.7  # share of questions that have an entry, in the field as we expect it
RIDGE = 0.02
FOLDS = 5
ALIKE = 60
TELLING = 3
HALF = 0.5
BINS = 10
ALL_BUT = features.NAMES.index("phrase_worst")  # features of which more is always better
WEIGHTS = {"village": 0.5, "small": 1.0, "medium": 1.0, "own": 0.4, "register": 0.7}
AGAINST = {"phrase_worst", "asked_worst", "entry_worst", "lacking_of_many", "other_kind", "size", "heard", "alone"}
FREE = {"length", "very_long", "alone", "size", "heard"}

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Question = tuple[tuple[str, ...], int]
"""A text in several spellings, and the number of the right entry or -1."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question put to an index: what was compared, which entry is right (-1: none), and its circumstances."""

    exam: tuple[str, int]
    compared: Sequence[Compared]
    right: int
    length: int
    heard: bool
    weight: float
    is_plain: bool


def table(path: Path) -> list[dict[str, str]]:
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


@dataclass(frozen=True, slots=True)
class Exam:
    """An index and the questions put to it: text in several spellings, and the number of the right entry or -1."""

    name: str
    entries: list[tuple[str, ...]]
    questions: list[Question]


def exams(folder: Path) -> Iterator[Exam]:
    """Yield the sets in several sizes, then the project's own entries."""
    rng = random.Random(11)  # noqa: S311 - a repeatable choice, not a secret
    strangers = [(spellings(row), -1) for row in rng.sample(table(folder / "medium/queries.open.tsv"), 500)]
    for name, sizes, more in (
        ("village", (0, 40, 12), strangers[:50]),
        ("small", (0, 120), []),
        ("medium", (0, 150, 1200), []),
    ):
        texts: dict[str, list[str]] = {}
        for row in table(folder / name / "entries.tsv"):
            texts.setdefault(row["eid"], []).append(row["text"])
        questions = table(folder / name / "queries.open.tsv")
        asked_for = sorted({row["eid"] for row in questions if row["kind"] == "in"})
        questions = rng.sample(questions, min(len(questions), 900))
        for size in sizes:
            kept = set(rng.sample(asked_for, min(size, len(asked_for)))) if size else set(texts)
            kept |= set(rng.sample(sorted(texts), min(size // 2, len(texts))))
            numbers = {eid: number for number, eid in enumerate(sorted(kept))}
            rights = [numbers.get(row["eid"], -1) if row["kind"] == "in" else -1 for row in questions]
            asked = [(spellings(row), right) for row, right in zip(questions, rights, strict=True)]
            kept_texts = [tuple(texts[eid]) for eid in sorted(kept)]
            alike = lookalikes(kept_texts, strangers, rng, count=ALIKE if name == "village" else 0)
            yield Exam(name, kept_texts, asked + more + alike)
    for exam in own_exams(strangers):
        yield Exam(exam.name, exam.entries, exam.questions + lookalikes(exam.entries, strangers, rng, count=ALIKE))
    exam = register_exam(strangers[:100])
    yield Exam(exam.name, exam.entries, exam.questions + lookalikes(exam.entries, strangers, rng, count=ALIKE))


def lookalikes(
    entries: Sequence[Sequence[str]], strangers: Sequence[Question], rng: random.Random, *, count: int
) -> list[Question]:
    """Return questions that begin or end with a service word of an entry and else ask what a stranger asks."""
    made: list[Question] = []
    while len(made) < count:
        phrase, stranger = plain(rng.choice(rng.choice(entries))), plain(rng.choice(strangers)[0][0])
        words = [phrase[start:end] for start, end, _ in words_in(phrase) if end - start > 1]
        middle = len(stranger) // 2
        half = stranger[:middle] if (is_first := rng.random() < HALF) else stranger[middle:]
        if words and sum(not is_weak(usual) for usual in read(half).usual) >= TELLING:
            word = rng.choice(words)
            made.append(((half + word if is_first else word + half,), -1))
    return made


def own_exams(strangers: list[Question]) -> Iterator[Exam]:
    """Yield the project's entries, asked with each of their phrases left out in turn, among strangers' questions."""
    entries = load_entries()
    for fold in range(FOLDS):
        kept, asked = list[tuple[str, ...]](), list[tuple[tuple[str, ...], int]]()
        for number, entry in enumerate(entries):
            kept.append(tuple(p for place, p in enumerate(entry.phrases) if (place + number) % FOLDS != fold))
            asked += [((p,), number) for place, p in enumerate(entry.phrases) if (place + number) % FOLDS == fold]
        yield Exam("own", kept, asked + strangers[fold::FOLDS])
    yield Exam("own", [e.phrases for e in entries], [((s,), n) for n, e in enumerate(entries) for s in e.samples])


def register_exam(strangers: list[Question]) -> Exam:
    """Return topics as an office words them, asked for as people speak."""
    rows = {name: list(lines(name)) for name in ("topics.tsv", "questions.tsv")}
    number_of = {row[0]: number for number, row in enumerate(rows["topics.tsv"])}
    asked = [((question,), number_of.get(topic, -1)) for topic, question in rows["questions.tsv"]]
    return Exam("register", [tuple(row[1:]) for row in rows["topics.tsv"]], asked + strangers)


def lines(name: str) -> Iterator[list[str]]:
    """Yield the rows of a file of the register."""
    for line in (ROOT / "tests/bench/register" / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def spellings(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[kind] for kind in KINDS)


def compared(stock: Stock, asked: str) -> Ranking:
    """Compare a question by its best reading, whatever was fitted before: a fit must come out the same again."""
    rankings = map(stock.ranker.rank, (read_typed(asked), *heard(asked)))
    return max(rankings, key=lambda ranking: max((sum(one.values[:ALL_BUT]) for one in ranking.compared), default=0.0))


def gather(folder: Path) -> list[Asked]:
    """Put every question to its index."""
    found: list[Asked] = []
    for exam in exams(folder):
        stock = Stock((str(number), phrases) for number, phrases in enumerate(exam.entries))
        inside = sum(right >= 0 for _, right in exam.questions)
        shares = ANSWERABLE / max(inside, 1), (1 - ANSWERABLE) / max(len(exam.questions) - inside, 1)
        for texts, right in exam.questions:
            for place, text in enumerate(texts):
                weight = WEIGHTS[exam.name] * shares[right < 0] * (3 if place == 0 else 1) / (2 + len(texts))
                ranking = compared(stock, plain(text))
                reading = ranking.question.reading
                if ranking.compared:
                    here = (exam.name, len(exam.entries)), ranking.compared, right
                    found.append(Asked(*here, len(reading.chars), reading.is_heard, weight, is_plain=place == 0))
        show(f"{exam.name}: {len(exam.entries)} entries, {len(exam.questions)} questions")
    return found


def show(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def fit_rank(asked: list[Asked]) -> Floats:
    """Maximise the softmax share of the right entry's phrases among all that were compared (Adam)."""
    useful = [one for one in asked if any(c.owner == one.right for c in one.compared)]
    width = max(len(one.compared) for one in useful)
    values = np.zeros((len(useful), width, len(features.NAMES)))
    present, right = np.zeros((len(useful), width), bool), np.zeros((len(useful), width), bool)
    for row, one in enumerate(useful):
        for column, compared in enumerate(one.compared):
            values[row, column] = compared.values
            present[row, column], right[row, column] = True, compared.owner == one.right
    weight = np.array([one.weight for one in useful])[:, None]
    weight = weight / weight.sum()

    def slope(found: Floats) -> Floats:
        scores = np.where(present, values @ found, -np.inf)
        share = np.exp(scores - scores.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        wanted = np.where(right, share, 0.0)
        wanted /= np.maximum(wanted.sum(axis=1, keepdims=True), 1e-12)
        return np.einsum("ij,ijk->k", weight * (share - wanted), values) + RIDGE * found / 100

    return descend(slope, np.zeros(len(features.NAMES)), features.NAMES, steps=600)


def descend(slope: Callable[[Floats], Floats], start: Floats, names: Sequence[str], *, steps: int) -> Floats:
    """Walk downhill (Adam), keeping each coefficient on the side where it makes sense, so that equal beats unlike."""
    sides = np.array([0.0 if name in FREE else -1.0 if name in AGAINST else 1.0 for name in names])
    found, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, steps + 1):
        now = slope(found)
        first, second = 0.9 * first + 0.1 * now, 0.99 * second + 0.01 * now**2
        pace = 0.05 * min(1.0, 3 * (1 - step / steps))
        found -= pace * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-9)
        found = np.where(sides * found < 0, 0.0, found)
    return found


def top_two(one: Asked, weights: Floats) -> tuple[tuple[float, ...], bool]:
    """Return the confidence's inputs for the best entry, and whether it is the right one."""
    ranks = np.array([compared.values for compared in one.compared]) @ weights
    order = [int(place) for place in np.argsort(-ranks, kind="stable")]
    winner = one.compared[order[0]]
    leads = (float(ranks[order[0]] - ranks[place]) for place in order if one.compared[place].owner != winner.owner)
    here = confidence.Circumstances(lead=next(leads, None), size=one.exam[1], length=one.length, heard=one.heard)
    return here.inputs(winner.values), winner.owner == one.right


def fit_confidence(asked: list[Asked], weights: Floats) -> Floats:
    """Fit the logistic of "the best entry is right"; the last number is the intercept."""
    pairs = [top_two(one, weights) for one in asked]
    inputs = np.array([(*values, 1.0) for values, _ in pairs])
    right = np.array([float(is_right) for _, is_right in pairs])
    weight = np.array([one.weight for one in asked])
    weight = weight / weight.sum()

    def slope(found: Floats) -> Floats:
        chance = 1 / (1 + np.exp(-inputs @ found))
        return inputs.T @ (weight * (chance - right)) + RIDGE * found / 100

    names = (*confidence.NAMES, "length")
    return descend(slope, np.zeros(len(names)), names, steps=3000)


def report(asked: list[Asked], weights: Floats, trust: Floats) -> None:
    """Print how often the best entry is right, by size of index, and whether the confidence keeps its word."""
    for exam in sorted({one.exam for one in asked}):
        some = [one for one in asked if one.exam == exam]
        chance, right = chances(some, weights, trust)
        inside = np.array([one.right >= 0 for one in some])
        sure = chance >= SURE
        show(
            f"{exam[0]:8s}{exam[1]:6d} hit {right[inside].mean():.3f}  expected {chance.mean():.3f} right "
            f"{right.mean():.3f}  sure: {sure[inside].mean():.3f} of inside ({right[sure & inside].mean():.3f} right), "
            f"{sure[~inside].mean() if (~inside).any() else 0:.3f} of outside"
        )


def chances(asked: list[Asked], weights: Floats, trust: Floats) -> tuple[Floats, Bools]:
    """Return how probable it is of each question that its best entry is right, and whether it is."""
    pairs = [top_two(one, weights) for one in asked]
    inputs = np.array([(*values, 1.0) for values, _ in pairs])
    return 1 / (1 + np.exp(-inputs @ trust)), np.array([is_right for _, is_right in pairs])


def report_unseen(asked: list[Asked]) -> None:
    """Print for each set how far the confidence keeps its word there that was fitted on all others."""
    for name in WEIGHTS:
        others = [one for one in asked if one.exam[0] != name]
        ranks = fit_rank(others)
        trust = fit_confidence(others, ranks)
        largest = max(one.exam[1] for one in asked if one.exam[0] == name)
        these = [one for one in asked if one.exam == (name, largest) and one.is_plain]
        chance, right = chances(these, ranks, trust)
        weight = np.array([one.weight for one in these]) / sum(one.weight for one in these)
        bins = np.minimum((chance * BINS).astype(int), BINS - 1)
        error = 0.0
        show(f"{name}, {largest} entries, fitted on the other sets, questions as they were asked:")
        for some in (bins == number for number in range(BINS)):
            if some.any():
                said, kept = (float(np.average(one[some], weights=weight[some])) for one in (chance, right))
                error += float(weight[some].sum()) * abs(said - kept)
                show(f"  said {said:.2f}  right {kept:.2f}  {'#' * round(kept * 40)}  {some.sum()}")
        show(f"  expected calibration error {error:.3f}")


def main() -> None:
    """Gather, fit, report, and write or compare."""
    asked = gather(Path(sys.argv[1]))
    ranks = fit_rank(asked)
    trust = fit_confidence(asked, ranks)
    report(asked, ranks, trust)
    report_unseen(asked)
    fitted = {
        "rank": dict(zip(features.NAMES, np.round(ranks, 3).tolist(), strict=True)),
        "confidence": dict(zip(confidence.NAMES, np.round(trust[:-1], 3).tolist(), strict=True)),
        "intercept": round(float(trust[-1]), 3),
    }
    written = json.dumps(fitted, indent=2) + "\n"
    if "--check" not in sys.argv:
        TARGET.write_text(written, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != written:
        sys.exit("confidence.json is not what this fit makes")


if __name__ == "__main__":
    main()
