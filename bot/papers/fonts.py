"""The type papers are set in: Noto Sans and Serif SC, which come along; what they lack, a Chinese font of the machine.

Noto is under the SIL Open Font License; the package of it is a dependency, so that every machine can draw.
"""

import functools
import os
import unicodedata
from enum import StrEnum
from pathlib import Path

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

from bot.errors import ContentError, ContentProblem

_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path(os.path.expanduser("~/.local/share/fonts")),  # noqa: PTH111  # Path's own raises for an account without a home
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
_NAMES = (
    "NotoSansCJK*-Regular.*",
    "NotoSansSC*",
    "SourceHanSans*-Regular.*",
    "PingFang*.ttc",
    "msyh.ttc",
    "wqy-*.tt?",
    "simsun*.tt?",
)
_MISSING = "\u3013"
"""What printers set where a sort was missing."""

_DECORATIONS = ("So", "Sk", "Cf", "Mn", "Me", "Co", "Cn", "Cs", "Cc")


class Face(StrEnum):
    """A typeface: plain for what is read, serif for what is looked at."""

    PLAIN = "plain"
    SERIF = "serif"


@functools.cache
def font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """Return a face at a size in pixels."""
    return ImageFont.truetype(packaged(face), size)


def packaged(face: Face) -> Path:
    """Return the file of a face."""
    return pylopdf_fonts_zh_cn.serif_path() if face is Face.SERIF else pylopdf_fonts_zh_cn.sans_path()


@functools.cache
def spare() -> Path | None:
    """Return a Chinese font of this machine, for characters the packaged ones lack."""
    for name in _NAMES:
        for folder in _FOLDERS:
            found = sorted(folder.rglob(name)) if folder.is_dir() else []
            if found:
                return found[0]
    return None


@functools.cache
def spare_font(size: int) -> ImageFont.FreeTypeFont | None:
    """Return the machine's own font at a size in pixels, if it has one."""
    path = spare()
    return ImageFont.truetype(path, size) if path else None


def standing() -> str:
    """Return in one line what papers are set in; raise :class:`bot.errors.ContentError` when nothing can be drawn."""
    try:
        name, weight = font(Face.PLAIN, 32).getname()
    except OSError as error:
        advice = "install pylopdf-fonts-zh-cn again: without it no poster, certificate or card can be drawn"
        raise ContentError([ContentProblem("papers", 0, "font", advice)]) from error
    other = spare()
    return f"Papers are drawn in {name} {weight}, what it lacks in {other.name if other else 'nothing else'}."


def drawable(text: str) -> str:
    """Return a text as it can be drawn: without pictograms no font has, other missing characters as a mark."""
    return "".join(mark if mark in "\n " or _has(mark) else _substitute(mark) for mark in text)


@functools.cache
def in_packaged(mark: str, face: Face) -> bool:
    """Tell whether a face has a character."""
    return _is_drawn(font(face, 32), mark)


def _has(mark: str) -> bool:
    if in_packaged(mark, Face.PLAIN):
        return True
    other = spare_font(32)
    return other is not None and _is_drawn(other, mark)


def _is_drawn(face: ImageFont.FreeTypeFont, mark: str) -> bool:
    return _shape(face, mark) != _shape(face, "\U0010ffff")


def _shape(face: ImageFont.FreeTypeFont, mark: str) -> bytes:
    drawn = Image.new("L", (64, 64))
    ImageDraw.Draw(drawn).text((8, 8), mark, font=face, fill=255)
    return drawn.tobytes()


def _substitute(mark: str) -> str:
    if mark.isspace():
        return " "
    return "" if unicodedata.category(mark) in _DECORATIONS else _MISSING
