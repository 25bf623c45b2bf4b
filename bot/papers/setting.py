"""Sets text in lines: Chinese breaks anywhere but before closing marks, other words stay whole where they can."""

import re
from dataclasses import dataclass

from PIL import ImageFont

from bot.papers.fonts import Face, drawable, font, in_packaged, spare_font

_PIECES = re.compile(r"[A-Za-z0-9@./:_+'=-]+|\s+|.", re.DOTALL)
_NEVER_FIRST = frozenset(
    ",.!?:;)]}%\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff09\u300b\u300d\u300f\u3011\u201d\u2019\u2026\u2014"
)
_LEADING = 1.45


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size, ready to be drawn; measures are in pixels."""

    lines: tuple[str, ...]
    face: Face
    size: int
    width: float
    weight: int = 0
    leading: float = _LEADING

    @property
    def height(self) -> int:
        """How high all lines are together."""
        return round(len(self.lines) * self.size * self.leading)


def block(
    text: str, *, width: float, size: int, face: Face = Face.PLAIN, weight: int = 0, leading: float = _LEADING
) -> Block:
    """Break a text into lines of at most ``width``."""
    lines = [line for part in drawable(text).split("\n") for line in _lines(part, width, size, face)]
    return Block(tuple(lines), face, size, width, weight, leading)


def fitted(
    text: str, *, width: float, sizes: range, most: int, face: Face = Face.PLAIN, weight: int = 0, leading: float = 1.25
) -> Block:
    """Set a text as large as it goes into ``most`` lines, and in more lines of the smallest size when it must."""
    made = block(text, width=width, size=sizes[-1], face=face, weight=weight, leading=leading)
    for size in sizes:
        made = block(text, width=width, size=size, face=face, weight=weight, leading=leading)
        if len(made.lines) <= most:
            break
    return made


def length(text: str, face: Face, size: int) -> float:
    """Return how long a line is in pixels."""
    return sum(part_font.getlength(part) for part, part_font in runs(text, face, size))


def runs(text: str, face: Face, size: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """Return a line in stretches of one font each: the face's own, or the machine's for what it lacks."""
    own, other = font(face, size), spare_font(size)
    if other is None or all(in_packaged(mark, face) for mark in text):
        return [(text, own)]
    found: list[tuple[str, ImageFont.FreeTypeFont]] = []
    for mark in text:
        wanted = own if in_packaged(mark, face) else other
        if found and found[-1][1] is wanted:
            found[-1] = (found[-1][0] + mark, wanted)
        else:
            found.append((mark, wanted))
    return found


def _lines(text: str, width: float, size: int, face: Face) -> list[str]:
    lines, line = list[str](), ""
    for piece in _pieces(text, width, size, face):
        if line and length(line + piece, face, size) > width and not piece.isspace():
            if piece in _NEVER_FIRST and len(line) > 1:
                line, piece = line[:-1], line[-1] + piece  # noqa: PLW2901  # a closing mark takes its word along
            lines.append(line.rstrip())
            line = piece
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str, width: float, size: int, face: Face) -> list[str]:
    found: list[str] = []
    for piece in _PIECES.findall(text):
        is_too_long = len(piece) > 1 and length(piece, face, size) > width
        found += list(piece) if is_too_long else [piece]
    return found
