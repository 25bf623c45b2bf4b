"""What a picture is, by its header: the format's mark, and a width and a height that are not nothing."""

import struct

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_SCAN = 0xDA
_MARK = 0xFF
_MOST_SEGMENTS = 1000
_LOSSLESS_MARK = 0x2F
_WEBP_START = b"\x9d\x01\x2a"


def photo_type(data: bytes) -> str:
    """Return the media type of JPEG, PNG, GIF and WebP bytes, or an empty string for anything else."""
    for media_type, mark, size in _FORMATS:
        if data.startswith(mark):
            try:
                return media_type if all(size(data)) else ""
            except (struct.error, IndexError):  # it ends before its header does
                return ""
    return ""


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
