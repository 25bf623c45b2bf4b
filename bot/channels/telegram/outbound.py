"""A parcel becomes calls of the Bot API, as plain data first: what is sent can be read and tested as a table."""

import mimetypes
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.channels.base import Refused
from bot.channels.telegram.splitting import pieces, width
from bot.domain.files import KeptFile
from bot.domain.messages import Attachment, Choice, Pin
from bot.domain.outgoing.outbox import Parcel, Target
from bot.domain.splitting import cut_short

LONGEST_CAPTION = 1024
LARGEST_PHOTO = 10 * 1024 * 1024
_LONGEST_LABEL = 60
_SHORT_LABEL = 12
"""Columns of a label that is still whole in a third of a phone's screen; a Chinese character takes two."""

_PER_ROW = 3
_SPOKEN = {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/m4a"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes along with a call, under the name of its argument."""

    field: str
    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Bot API; arguments are what is encoded as JSON."""

    method: str
    arguments: Mapping[str, object]
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A kept file and its size in bytes."""

    kept: KeptFile
    size: int


def calls(parcel: Parcel, enclosures: Mapping[int, Enclosure]) -> list[Call]:
    """Write a parcel as calls, in the order they are to be made; ``enclosures`` has its files by their id.

    Text is plain (no ``parse_mode``): what people wrote must never be read as markup. Each call answers the message
    that is answered, so that all of them stay in its topic. The buttons are on the last piece of the text.
    """
    message = parcel.message
    lead = _captioned(parcel, enclosures)
    text = [] if lead else [Call("sendMessage", _text(piece)) for piece in pieces(message.text) if piece.strip()]
    rest = [] if lead else [_enclosed(one, enclosures[one.file_id]) for one in message.attachments]
    place = [_placed(message.pin)] if message.pin else []
    spoken = lead or text
    everything = [*spoken, *rest, *place]
    if not everything:
        raise Refused("there is nothing to send")
    if message.choices:
        at = len(spoken or everything) - 1
        buttons = {"inline_keyboard": keyboard(parcel.id, message.choices)}
        everything[at] = _with(everything[at], {"reply_markup": buttons})
    address = _address(parcel.target) | ({"allow_paid_broadcast": True} if parcel.is_paid else {})
    return [_with(call, address) for call in everything]


def keyboard(parcel_id: int, choices: tuple[Choice, ...]) -> list[list[dict[str, str]]]:
    """Write choices as buttons: three in a row when they are short, else one."""
    buttons = [
        {
            "text": cut_short(f"{choice.key} {choice.label}", _LONGEST_LABEL),
            "callback_data": f"{parcel_id}:{choice.key}",
        }
        for choice in choices
    ]
    per_row = _PER_ROW if all(_columns(button["text"]) <= _SHORT_LABEL for button in buttons) else 1
    return [buttons[at : at + per_row] for at in range(0, len(buttons), per_row)]


def _columns(label: str) -> int:
    return len(label) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in label)


def _captioned(parcel: Parcel, enclosures: Mapping[int, Enclosure]) -> list[Call]:
    """Write a text and its only photo as one message, when the text is short enough to be a caption."""
    message = parcel.message
    if len(message.attachments) != 1 or message.attachments[0].kind != "photo":
        return []
    if not message.text.strip() or width(message.text) > LONGEST_CAPTION:
        return []
    photo = message.attachments[0]
    return [_with(_enclosed(photo, enclosures[photo.file_id]), {"caption": message.text})]


def _text(text: str) -> dict[str, object]:
    return {"text": text, "link_preview_options": {"is_disabled": True}}


def _enclosed(attachment: Attachment, enclosure: Enclosure) -> Call:
    """Send a file as what it is, or as a document where Telegram would refuse that."""
    kept = enclosure.kept
    field = "document"
    if attachment.kind == "photo" and enclosure.size <= LARGEST_PHOTO:
        field = "photo"
    elif attachment.kind == "voice" and kept.media_type in _SPOKEN:
        field = "voice"
    ending = mimetypes.guess_extension(kept.media_type) or ""
    name = attachment.name or kept.name or f"{attachment.kind}{ending}"
    return Call(f"send{field.capitalize()}", {}, Upload(field, kept.path, name))


def _placed(pin: Pin) -> Call:
    where: dict[str, object] = {"latitude": pin.latitude, "longitude": pin.longitude}
    if not pin.name:
        return Call("sendLocation", where)
    return Call("sendVenue", {**where, "title": pin.name, "address": f"{pin.latitude:.5f}, {pin.longitude:.5f}"})


def _with(call: Call, arguments: Mapping[str, object]) -> Call:
    return Call(call.method, {**call.arguments, **arguments}, call.upload)


def _address(target: Target) -> dict[str, object]:
    if not target.reply_to.isdecimal():
        return {"chat_id": target.chat}
    answered = {"message_id": int(target.reply_to), "allow_sending_without_reply": True}
    return {"chat_id": target.chat, "reply_parameters": answered}
