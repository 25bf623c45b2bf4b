"""Figures side by side, with how many times ours is of theirs; nothing is judged."""

from collections.abc import Sequence
from unicodedata import east_asian_width

from tests.bench.kit.stage import say


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: the first column to the left, figures to the right."""
    lines = [[str(one) for one in head], *([_figure(one) for one in row] for row in rows)]
    widths = [max(_width(line[at]) for line in lines) for at in range(len(head))]
    say(f"\n{title}")
    for line in lines:
        first, *others = (
            _padded(one, width, left=at == 0) for at, (one, width) in enumerate(zip(line, widths, strict=True))
        )
        say("  ".join([first, *others]).rstrip())


def times(theirs: float, ours: float) -> str:
    """Return how many times theirs is of ours, such as ``4.2×``; a dash where there is nothing to compare."""
    return f"{theirs / ours:.1f}×" if theirs and ours else "-"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    gap = " " * (width - _width(text))
    return text + gap if left else gap + text
