"""A message becomes parts, and parts become as few messages as WeChat takes: plain data, to be read as a table.

A text may have 2048 bytes, and was seen to fail from some 628 Chinese characters on; it is cut at 600, at a sentence.
There is no mark-up but links, so what people wrote must never be read as one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from bot.channels.wechat.places import to_wechat
from bot.domain.files import KeptFile
from bot.domain.messages import Attachment, Choice, Message, Pin
from bot.domain.splitting import cut, cut_short
from content.words import label

LONGEST_TEXT = 1800
"""Bytes of a piece of text: 600 Chinese characters."""

MOST_PIECES = 2
"""Pieces of a text that are said one after the other; of a longer one the rest is read on a page."""

LONGEST_TOGETHER = 2000
"""Bytes of a text with its links."""

LARGEST = {"image": 10 * 1024 * 1024, "voice": 2 * 1024 * 1024}
_WIDEST = 4
_LONGEST_LABEL = 30
_LINK = re.compile(r"<(?=/?a\b)", re.IGNORECASE)
_NOT_IN_LINKS = re.compile(r"[\"'&<>#%?=+\s]")
_MAP = "https://apis.map.qq.com/uri/v1/marker?marker=coord:{};title:{}&referer=hongyan"
_SPOKEN = {"audio/amr", "audio/mpeg"}


Link = Callable[[KeptFile], str]
"""Tells where somebody can open a file: nothing where they cannot."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to be said: a text, or a file that WeChat shows or plays."""

    kind: Literal["text", "image", "voice"]
    text: str = ""
    file: KeptFile | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What goes as one message: a part, or several that are text; ``count`` is how many."""

    part: Part
    count: int = 1


def parts(message: Message, row_id: int, files: Mapping[int, KeptFile], link: Link, *, whole: str = "") -> list[Part]:
    """Take a message apart: its text, what may be picked, and each thing that goes along.

    ``link`` tells where a file can be opened that WeChat does not carry: nothing where it cannot be. Of a text that
    takes too many pieces only the first is said where the ``whole`` of it can be read elsewhere.
    """
    text = neutral(message.text) + (f"\n{_place(message.pin)}" if message.pin else "")
    pieces = cut(text, limit=LONGEST_TEXT, measure=size, widest=_WIDEST)
    said = [Part("text", piece.strip("\n")) for piece in pieces if piece.strip()]
    if whole and len(said) > MOST_PIECES:
        said = [said[0], Part("text", anchor(whole, label("read_all")))]
    menu = [Part("text", lines) for lines in _menu(row_id, message.choices)]
    attached = [_attached(one, files[one.file_id], link) for one in message.attachments if one.file_id in files]
    return [*said, *menu, *attached]


def together(given: Sequence[Part], *, after: int = 0) -> list[Said]:
    """Put texts that stand side by side into one message as far as they fit, beginning ``after`` some parts."""
    done: list[Said] = []
    for part in given[after:]:
        last = done[-1] if done else None
        if last and last.part.kind == part.kind == "text":
            joined = f"{last.part.text}\n{part.text}"
            if size(joined) <= LONGEST_TOGETHER:
                done[-1] = Said(Part("text", joined), last.count + 1)
                continue
        done.append(Said(part))
    return done


def size(text: str) -> int:
    """Return the length of a text as WeChat counts it, in bytes."""
    return len(text.encode(errors="replace"))


def neutral(text: str) -> str:
    """Return a text in which nothing is read as a link."""
    return _LINK.sub("\uff1c", text)


def linked(row_id: int, choice: Choice, words: str) -> str:
    """Write words that say ``choice`` when they are tapped."""
    content = _NOT_IN_LINKS.sub("", choice.label)[:_LONGEST_LABEL] or choice.key
    target = f"weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid={row_id}:{choice.key}"
    return anchor(target, words)


def as_link(file: KeptFile, name: str, address: str) -> str:
    """Write a file as a link that opens it, or as its name where it cannot be opened."""
    words = name or file.name or label("the_file")
    return anchor(address, words) if address else neutral(words)


def anchor(address: str, words: str) -> str:
    """Write words that lead to an address when they are tapped."""
    return f'<a href="{address}">{neutral(words)}</a>'


def _menu(row_id: int, choices: tuple[Choice, ...]) -> list[str]:
    """Write choices one a line, as links where they all fit; they are picked by their number in any case."""
    numbered = [f"{one.key} {cut_short(one.label, _LONGEST_LABEL)}" for one in choices]
    lines = [linked(row_id, one, words) for one, words in zip(choices, numbered, strict=True)]
    if size("\n".join(lines)) > LONGEST_TEXT:
        lines = [neutral(words) for words in numbered]
    return cut("\n".join(lines), limit=LONGEST_TEXT, measure=size, widest=_WIDEST)


def _place(pin: Pin) -> str:
    latitude, longitude = to_wechat(pin.latitude, pin.longitude)
    address = _MAP.format(f"{latitude},{longitude}", quote(pin.name))
    return anchor(address, pin.name or label("on_the_map"))


def _attached(attachment: Attachment, file: KeptFile, link: Link) -> Part:
    """Say a file as what it is, or as a link where WeChat would not take it."""
    kind = _carried(attachment, file)
    if kind:
        return Part(kind, file=file)
    return Part("text", as_link(file, attachment.name, link(file)))


def _carried(attachment: Attachment, file: KeptFile) -> Literal["image", "voice"] | None:
    try:
        bytes_ = file.path.stat().st_size
    except OSError:
        return None
    if attachment.kind == "photo" and file.media_type in {"image/jpeg", "image/png", "image/gif"}:
        return "image" if bytes_ <= LARGEST["image"] else None
    is_voice = attachment.kind == "voice" and file.media_type in _SPOKEN
    return "voice" if is_voice and bytes_ <= LARGEST["voice"] else None
