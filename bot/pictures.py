"""Pictures: known by their header, and made anew before they are kept, so that only what is to be seen is in them."""

from __future__ import annotations

import io
import struct
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG = "image/jpeg"
"""The media type of a picture that was made anew."""

MOST_PIXELS = 64_000_000
"""Pixels of the largest picture that is opened: one of a good camera has 50 million."""

LONGEST_SIDE = 2048
"""Pixels of the longer side of a picture that was made anew."""

_QUALITY = 85

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_SCAN = 0xDA
_MARK = 0xFF
_MOST_SEGMENTS = 1000
_LOSSLESS_MARK = 0x2F
_WEBP_START = b"\x9d\x01\x2a"


def photo_type(data: bytes) -> str:
    """Return the media type of JPEG, PNG, GIF and WebP bytes, or an empty string for anything else."""
    known = next((media_type for media_type, mark, _ in _FORMATS if data.startswith(mark)), "")
    return known if all(_size(data)) else ""


def anew(data: bytes) -> bytes:
    """Return a picture as a JPEG of its own: upright, not too large, without what its camera wrote into it.

    Cameras write where it was taken, when and by whose device. Raises ``ValueError`` for a picture that cannot be
    opened or has too many pixels.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  # it takes 2 MB; a process that keeps no picture needs none

    width, height = _size(data)
    if not 0 < width * height <= MOST_PIXELS:
        raise ValueError("no picture, or too large")
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            made = io.BytesIO()
            _on_white(upright).save(made, "JPEG", quality=_QUALITY, optimize=True)
    except (OSError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError("the picture cannot be opened") from error
    return made.getvalue()


def renamed(name: str) -> str:
    """Return what a picture is called after it was made anew."""
    return str(PurePath(name).with_suffix(".jpg")) if PurePath(name).name else ""


def _on_white(picture: Image) -> Image:
    """Return a picture of dots alone, none of which can be seen through."""
    from PIL import Image  # noqa: PLC0415  # as in :func:`anew`

    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    made = picture.convert("RGB")
    made.info.clear()  # a comment would be written along
    return made


def _size(data: bytes) -> tuple[int, int]:
    """Return width and height as the header says, nothing where there is none."""
    for _media_type, mark, size in _FORMATS:
        if data.startswith(mark):
            try:
                return size(data)
            except (struct.error, IndexError):  # it ends before its header does
                return 0, 0
    return 0, 0


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walk the segments to the frame, which must come before any scan."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        mark, kind = data[at], data[at + 1]
        if mark != _MARK or kind == _JPEG_SCAN:
            break
        if kind in _JPEG_FRAMES:
            return struct.unpack_from(">HH", data, at + 5)
        if kind == _MARK:  # a filling byte before a marker
            at += 1
        elif kind in _JPEG_ALONE:
            at += 2
        else:
            at += 2 + max(2, struct.unpack_from(">H", data, at + 2)[0])
    return 0, 0


def _png(data: bytes) -> tuple[int, int]:
    return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else (0, 0)


def _gif(data: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", data, 6) if data[3:6] in {b"87a", b"89a"} else (0, 0)


def _webp(data: bytes) -> tuple[int, int]:
    """Read the first chunk: a plain picture, a lossless one (14 bits each, less one), or an extended one."""
    kind = data[12:16] if data[8:12] == b"WEBP" else b""
    if kind == b"VP8 " and data[23:26] == _WEBP_START:
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20] == _LOSSLESS_MARK:
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        width, height = struct.unpack_from("<HxH", data, 24)
        return width + 1, height + 1
    return 0, 0


_FORMATS = (
    ("image/jpeg", b"\xff\xd8\xff", _jpeg),
    ("image/png", b"\x89PNG\r\n\x1a\n", _png),
    ("image/gif", b"GIF8", _gif),
    ("image/webp", b"RIFF", _webp),
)
