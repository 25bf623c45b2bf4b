"""A picture is one by its header, not by its first bytes alone."""

import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from bot.pictures import LONGEST_SIDE, MOST_PIXELS, anew, photo_type, renamed
from tests.kit.photos import MAKER, from_a_phone, photo

PNG, GIF = b"\x89PNG\r\n\x1a\n", b"GIF89a"
SIDE = some.integers(1, 2**14 - 1)
MAKE: dict[str, Callable[[int, int], bytes]] = {
    "image/jpeg": lambda width, height: (
        b"\xff\xd8\xff\xe1\0\x05Exi\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", height, width)
    ),
    "image/png": lambda width, height: PNG + b"\0\0\0\rIHDR" + struct.pack(">II", width, height),
    "image/gif": lambda width, height: GIF + struct.pack("<HH", width, height),
    "image/webp": lambda width, height: (
        b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    ),
}


@given(some.sampled_from(sorted(MAKE)), SIDE, SIDE, some.binary())
def test_a_picture_is_what_it_is_whatever_follows_its_header(kind: str, width: int, height: int, rest: bytes) -> None:
    assert photo_type(MAKE[kind](width, height) + rest) == kind


@given(some.sampled_from(sorted(MAKE)), SIDE, SIDE, some.data())
def test_half_a_header_is_none(kind: str, width: int, height: int, data: some.DataObject) -> None:
    whole = MAKE[kind](width, height)

    assert photo_type(whole[: data.draw(some.integers(0, len(whole) - 1))]) == ""


@given(some.sampled_from([b"", b"\xff\xd8\xff", PNG, GIF, b"RIFF\0\0\0\0WEBPVP8"]), some.binary(max_size=200))
def test_anything_is_read_without_stumbling(mark: bytes, rest: bytes) -> None:
    assert photo_type(mark + rest) in {"", *MAKE}


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0 and no picture",
        b"\xff\xd8\xff\xda\0\x02\xff\xc0\0\x11\x08\0\x10\0\x20",
        b"\xff\xd8\xff\xe0\0\0" * 9,
        b"\xff\xd8" + b"\xff" * 9_000_000,
        PNG + b"\0\0\0\rIDAT\0\0\0\x20\0\0\0\x10",
        PNG + b"\0\0\0\rIHDR\0\0\0\0\0\0\0\x10",
        b"GIF88a\x20\0\x10\0",
        b"RIFF....AVI LIST............",
    ],
)
def test_what_only_begins_like_a_picture_is_none(data: bytes) -> None:
    assert photo_type(data) == ""


def test_an_extended_webp_is_one() -> None:
    assert photo_type(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\0\0\x0f\0\0") == "image/webp"


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_photo_that_is_made_anew_says_not_where_it_was_taken_and_stands_upright() -> None:
    before = from_a_phone()

    made = anew(before)

    assert (b"my home" in before, opened(before).getexif()[MAKER]) == (True, "the phone of Chen")
    assert (dict(opened(made).getexif()), b"my home" in made, b"Exif" in made) == ({}, False, False)
    assert (opened(made).size, opened(made).format) == ((300, 400), "JPEG")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_large_picture_of_any_kind_becomes_a_small_jpeg(kind: str) -> None:
    made = anew(photo(size=(4000, 1000), kind=kind))

    assert (opened(made).size, opened(made).format) == ((LONGEST_SIDE, LONGEST_SIDE // 4), "JPEG")
    assert anew(made) == anew(made)


def test_what_can_be_seen_through_lies_on_white() -> None:
    kept = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(kept, "PNG")

    assert opened(anew(kept.getvalue())).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4",
        photo()[:-200],
        photo(kind="PNG")[:40],
        MAKE["image/png"](8001, MOST_PIXELS // 8000),
        MAKE["image/webp"](32, 16) + b"x" * 100,
    ],
)
def test_what_cannot_be_opened_is_not_kept(data: bytes) -> None:
    with pytest.raises(ValueError, match="picture"):
        anew(data)


@given(some.sampled_from(sorted(MAKE)), some.integers(1, 99), some.integers(1, 99), some.binary(max_size=300))
def test_a_made_up_picture_is_made_anew_or_refused(kind: str, width: int, height: int, rest: bytes) -> None:
    try:
        made = anew(MAKE[kind](width, height) + rest)
    except ValueError:
        return
    assert photo_type(made) == "image/jpeg"


def test_a_picture_is_renamed_with_what_it_became() -> None:
    assert [renamed(one) for one in ("", "灯.png", "灯", "a.b.HEIC")] == ["", "灯.jpg", "灯.jpg", "a.b.jpg"]
