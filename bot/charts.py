"""Charts as inline SVG, for eyes and for screen readers: pure strings, with no script and no style in them.

Every chart has a title and a description that says the numbers; colours are presentation attributes, which a strict
content security policy lets pass. Sizes are in the units of its own view box: it grows and shrinks with its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 640, 240
_TOP, _BOTTOM, _SIDE = 30, 36, 12
_LABEL_SIZE, _VALUE_SIZE = 18, 20
_RED, _PALE, _SOFT = "#a3281f", "#d8b8a8", "#6f6258"
_MOST_LABELS = 12
_NEVER = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))
"""Characters no XML may hold."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value and what stands below it; ``None`` where there is none, such as a share of nothing."""

    label: str
    value: float | None


def bars(points: Sequence[Point], *, name: str, title: str, unit: str = "") -> str:
    """Draw a bar for each value from nought upwards, the last one strong.

    ``name`` tells the chart from the others of a page (letters, digits and hyphens); ``unit`` follows each number.
    """
    step = (_WIDTH - 2 * _SIDE) / max(1, len(points))
    drawn: list[str] = []
    for at, (point, share) in enumerate(zip(points, shares(points), strict=True)):
        if point.value is None:
            continue
        height = share * _room()
        x, y = _SIDE + at * step + step * 0.18, _TOP + _room() - height
        fill = _RED if at == len(points) - 1 else _PALE
        drawn.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.64:.1f}" height="{height:.1f}" rx="4" fill="{fill}"/>'
        )
        drawn.append(_text(shown(point.value, unit), x + step * 0.32, y - 8, _VALUE_SIZE))
    return _framed([*drawn, *_labels(points, step)], points, name=name, title=title, unit=unit)


def line(points: Sequence[Point], *, name: str, title: str, unit: str = "", most: float | None = None) -> str:
    """Draw a line through the values, broken where there is none; ``most`` is the upper edge, such as 100 of shares."""
    step = (_WIDTH - 2 * _SIDE) / max(1, len(points))
    drawn: list[str] = []
    stretch: list[tuple[float, float]] = []
    for at, (point, share) in enumerate(zip(points, shares(points, most=most), strict=True)):
        if point.value is None:
            drawn += _stroke(stretch)
            stretch = []
            continue
        x, y = _SIDE + (at + 0.5) * step, _TOP + _room() * (1 - share)
        stretch.append((x, y))
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_RED}"/>')
        drawn.append(_text(shown(point.value, unit), x, y - 10, _VALUE_SIZE))
    return _framed([*drawn, *_stroke(stretch), *_labels(points, step)], points, name=name, title=title, unit=unit)


def shares(points: Sequence[Point], *, most: float | None = None) -> list[float]:
    """Return how high each value stands between nought and the largest (or ``most``), from 0 to 1."""
    largest = most or max((one.value for one in points if one.value is not None), default=0) or 1
    return [min(1.0, max(0.0, (one.value or 0) / largest)) for one in points]


def shown(value: float, unit: str = "") -> str:
    """Return a number as people read it: whole where it is, else with one digit."""
    return f"{value:.1f}".removesuffix(".0") + unit


def _framed(drawn: Sequence[str], points: Sequence[Point], *, name: str, title: str, unit: str) -> str:
    said = ", ".join(f"{one.label} {shown(one.value, unit)}" for one in points if one.value is not None)
    base = _TOP + _room()
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" ',
            f'aria-labelledby="{name}-title {name}-numbers"><title id="{name}-title">{_safe(title)}</title>',
            f'<desc id="{name}-numbers">{_safe(said)}</desc>',
            f'<line x1="{_SIDE}" y1="{base}" x2="{_WIDTH - _SIDE}" y2="{base}" stroke="{_SOFT}" stroke-width="1"/>',
            *drawn,
            "</svg>",
        )
    )


def _labels(points: Sequence[Point], step: float) -> list[str]:
    every = -(-len(points) // _MOST_LABELS) or 1
    last = len(points) - 1
    return [
        _text(one.label, _SIDE + (at + 0.5) * step, _HEIGHT - 12, _LABEL_SIZE)
        for at, one in enumerate(points)
        if (last - at) % every == 0
    ]


def _stroke(stretch: Sequence[tuple[float, float]]) -> list[str]:
    if len(stretch) < 2:  # noqa: PLR2004  # a line has two ends
        return []
    through = " ".join(f"{x:.1f},{y:.1f}" for x, y in stretch)
    return [f'<polyline points="{through}" fill="none" stroke="{_RED}" stroke-width="3"/>']


def _text(words: str, x: float, y: float, size: int) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}" fill="{_SOFT}">{_safe(words)}</text>'


def _room() -> int:
    return _HEIGHT - _TOP - _BOTTOM


def _safe(words: str) -> str:
    return escape(words.translate(_NEVER))
