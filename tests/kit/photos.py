"""Small photos, as people send them."""

import io

from PIL import Image

TURNED, MAKER, GPS = 0x0112, 0x010F, 0x8825
"""Marks of what a camera writes into a photo."""


def photo(colour: str = "red", size: tuple[int, int] = (40, 30), kind: str = "JPEG") -> bytes:
    """A picture of one colour."""
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, kind)
    return kept.getvalue()


def from_a_phone(size: tuple[int, int] = (400, 300)) -> bytes:
    """A photo that lies on its side and says where, when and by what it was taken."""
    exif = Image.Exif()
    exif[TURNED], exif[MAKER] = 6, "the phone of Chen"
    exif.get_ifd(GPS)[2] = (23.0, 1.0, 0.0)
    kept = io.BytesIO()
    Image.new("RGB", size, "green").save(kept, "JPEG", exif=exif, comment=b"my home")
    return kept.getvalue()
