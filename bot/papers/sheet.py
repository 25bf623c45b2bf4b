"""A sheet to draw on, and how it becomes a picture or a page to print."""

from io import BytesIO

import segno
from PIL import Image, ImageDraw

from bot.papers.setting import Block, block, length, runs

A4 = (1654, 2339)
"""An A4 page at 200 dots an inch."""

DPI = 200
INK, SOFT, EDGE = (44, 36, 30), (120, 106, 94), (228, 218, 204)
RED, GOLD, WHITE, PAPER = (163, 40, 31), (185, 129, 43), (255, 255, 255), (253, 251, 247)
Colour = tuple[int, int, int]


class Sheet:
    """A white page; positions are in pixels from its upper left corner."""

    def __init__(self, size: tuple[int, int] = A4, *, ground: Colour = WHITE) -> None:
        """Begin with nothing on it."""
        self.image = Image.new("RGB", size, ground)
        self._pen = ImageDraw.Draw(self.image)

    @classmethod
    def headed(cls) -> "Sheet":
        """Return an A4 page with our colours along its upper edge."""
        page = cls()
        page.box(0, 0, page.width, 26, fill=RED)
        page.box(0, 26, page.width, 6, fill=GOLD)
        return page

    @property
    def width(self) -> int:
        """How wide the page is."""
        return self.image.width

    @property
    def height(self) -> int:
        """How high the page is."""
        return self.image.height

    def write(self, lines: Block, x: float, y: float, *, colour: Colour = INK, align: str = "left") -> float:
        """Draw lines from ``y`` downwards; ``x`` is their left edge, or their middle. Return where they end."""
        step = lines.size * lines.leading
        for number, line in enumerate(lines.lines):
            at = x - length(line, lines.face, lines.size) / 2 if align == "middle" else x
            self._line(lines, line, at, y + number * step + (step - lines.size) / 2, colour)
        return y + lines.height

    def say(self, text: str, x: float, y: float, *, size: int, colour: Colour = INK, align: str = "left") -> float:
        """Draw short words on one line, whatever their length, and return where it ends."""
        return self.write(block(text, width=10**6, size=size), x, y, colour=colour, align=align)

    def box(self, x: float, y: float, width: float, height: float, *, fill: Colour, edge: Colour | None = None) -> None:
        """Draw a rectangle; with an ``edge`` its corners are round."""
        corners = (x, y, x + width, y + height)
        if edge:
            self._pen.rounded_rectangle(corners, radius=28, fill=fill, outline=edge, width=3)
        else:
            self._pen.rectangle(corners, fill=fill)

    def code(self, text: str, x: float, y: float, side: int) -> None:
        """Draw a QR code, its quiet zone included, as a square of about ``side`` pixels."""
        drawn = qr(text, side)
        off = (side - drawn.width) // 2
        self.image.paste(drawn, (round(x) + off, round(y) + off))

    def _line(self, lines: Block, text: str, x: float, y: float, colour: Colour) -> None:
        for part, part_font in runs(text, lines.face, lines.size):
            at = (x, y - lines.size * 0.16)
            self._pen.text(at, part, font=part_font, fill=colour, stroke_width=lines.weight / 2, stroke_fill=colour)
            x += part_font.getlength(part)


def qr(text: str, side: int) -> Image.Image:
    """Return a QR code of whole pixels a module, no larger than ``side``; a quarter of it may be damaged."""
    made = segno.make(text, error="q", micro=False)
    modules = made.symbol_size()[0]
    out = BytesIO()
    made.save(out, kind="png", scale=max(1, side // modules), dark="#2c241e", light="#fdfbf7")
    return Image.open(BytesIO(out.getvalue())).convert("RGB")


def as_png(*sheets: Sheet) -> bytes:
    """Return a sheet as a picture."""
    out = BytesIO()
    sheets[0].image.save(out, "PNG", optimize=True, dpi=(DPI, DPI))
    return out.getvalue()


def as_pdf(*sheets: Sheet) -> bytes:
    """Return sheets as pages to print."""
    out = BytesIO()
    first, *rest = [sheet.image for sheet in sheets]
    first.save(out, "PDF", resolution=DPI, quality=95, save_all=True, append_images=rest)
    return out.getvalue()
