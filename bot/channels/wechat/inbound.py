"""Messages and events become what a person said, or that they can, or can no longer, be reached."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.channels.base import ReachChange, ReachKind
from bot.channels.wechat.envelope import UnreadableCallback
from bot.channels.wechat.markup import Element
from bot.channels.wechat.places import from_wechat
from bot.conversation.turn import Inbound
from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from bot.domain.outgoing.outbox import Target
from db.models import FileKind

NAME = "wechat"
WROTE, TAPPED, HAPPENED = "m", "t", "e"
"""How a key begins, by which right to speak it gives: somebody wrote, tapped an offered line, or did something else."""

_LONGEST_ID = 128
_LONGEST_MEDIA_ID = 200
_LATEST = 2**33
_SCENE = "qrscene_"
_STALE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one callback says: who wrote to which account, and what that is for us.

    ``key`` is that of an event which is more than a turn, or none: it counts once. ``is_known`` is false for a kind of
    event nobody told us of; such are acknowledged and nothing else.
    """

    sender: str
    recipient: str
    inbound: Inbound | None = None
    reach: ReachChange | None = None
    event: Element | None = None
    key: str = ""
    is_known: bool = True


def understand(message: Element, *, account: str, now: datetime) -> Heard:
    """Tell what a message or event is; raise :class:`UnreadableCallback` for one that WeChat would never send."""
    sender, recipient = message.get("FromUserName"), message.get("ToUserName")
    if not 0 < len(sender) <= _LONGEST_ID or not 0 < len(recipient) <= _LONGEST_ID:
        raise UnreadableCallback("nobody wrote it, or to nobody")
    sent_at = _moment(message.get("CreateTime"), now)
    kind = message.get("MsgType").lower()
    if kind == "event":
        return _event(message, sender, recipient, _Maker(account, sender, sent_at))
    number = message.get("MsgId")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(2**64))):
        raise UnreadableCallback("a message without a number")
    is_tap = bool(message.get("bizmsgmenuid"))
    made = _Maker(account, sender, sent_at).made(f"{TAPPED if is_tap else WROTE}{number}", **_content(kind, message))
    return Heard(sender, recipient, made, is_known=kind in _KINDS)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the inbounds of one callback."""

    account: str
    sender: str
    sent_at: datetime

    def made(self, message_id: str, **content: object) -> Inbound:
        return Inbound(
            channel=NAME,
            account=self.account,
            sender=self.sender,
            message_id=message_id,
            chat=self.sender,
            sent_at=self.sent_at,
            **content,  # pyright: ignore[reportArgumentType]  # made by the functions below, each with its own type
        )

    def reach(self, kind: ReachKind) -> ReachChange:
        return ReachChange(Target(NAME, self.account, self.sender), kind)


def _event(message: Element, sender: str, recipient: str, maker: _Maker) -> Heard:
    event, key = message.get("Event").lower(), message.get("EventKey")
    number = event_key(message.get("CreateTime"), event, key)
    match event:
        case "subscribe":
            scene = key.removeprefix(_SCENE) if key.startswith(_SCENE) else ""
            said = maker.made(number, text=_scanned(scene))
            return Heard(sender, recipient, said, maker.reach(ReachKind.REGAINED), key=f"{sender} {number}")
        case "unsubscribe":
            return Heard(sender, recipient, reach=maker.reach(ReachKind.LOST), key=f"{sender} {number}")
        case "scan":
            return Heard(sender, recipient, maker.made(number, text=_scanned(key)))
        case "click":
            return Heard(sender, recipient, maker.made(number, text=key) if key else None)
        case _:
            return Heard(sender, recipient, event=message, key=_words(message), is_known=event in _EVENTS)


def event_key(created: str, event: str, key: str) -> str:
    """Return what tells an event apart from all others of its sender: events have no number."""
    return HAPPENED + hashlib.sha256(f"{created}\n{event}\n{key}".encode(errors="replace")).hexdigest()[:40]


def _words(element: Element) -> str:
    """Return all an event says: two that happen in the same second to the same person differ in something."""
    inside = " ".join(map(_words, element.children))
    return f"{element.name}({element.text.strip()}{inside})"


def _scanned(scene: str) -> str:
    """Say a code as it is said on the other channels; the one word alone opens the menu."""
    return f"/start {scene}".strip()


def _content(kind: str, message: Element) -> dict[str, object]:
    """Read what a kind of message holds; of a kind nobody told us of, nothing."""
    read = _KINDS.get(kind)
    return read(message) if read else {}


def _said(message: Element) -> dict[str, object]:
    return {"button": message.get("bizmsgmenuid"), "text": _text(message)}


def _photo(message: Element) -> dict[str, object]:
    return {"files": _file(FileKind.PHOTO, message, "image/jpeg")}


def _voice(message: Element) -> dict[str, object]:
    form = message.get("Format").lower()
    media_type = _VOICES.get(form, f"audio/{form}" if form.isascii() and form.isalnum() else "")
    return {"files": _file(FileKind.VOICE, message, media_type), "text": message.get("Recognition")}


def _film(message: Element) -> dict[str, object]:
    return {"files": _file(FileKind.DOCUMENT, message, "video/mp4")}


def _place(message: Element) -> dict[str, object]:
    return {"pin": _pin(message)}


def _link(message: Element) -> dict[str, object]:
    return {"text": "\n".join(filter(None, (message.get("Title"), message.get("Url"))))}


def _text(message: Element) -> str:
    """Return what was typed; of a tap, its words are said by its id already."""
    found = message.find("Content")
    return "" if message.get("bizmsgmenuid") or found is None else found.text


def _file(kind: FileKind, message: Element, media_type: str) -> tuple[IncomingFile, ...]:
    media_id = message.get("MediaId")
    return (IncomingFile(kind, media_id, media_type=media_type),) if 0 < len(media_id) <= _LONGEST_MEDIA_ID else ()


def _pin(message: Element) -> Pin:
    try:
        latitude, longitude = float(message.get("Location_X")), float(message.get("Location_Y"))
    except ValueError:
        raise UnreadableCallback("a place that is none") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004  # degrees
        raise UnreadableCallback("a place that is none")
    latitude, longitude = from_wechat(latitude, longitude)
    return Pin(latitude=latitude, longitude=longitude, name=message.get("Label")[:100])


def _moment(created: str, now: datetime) -> datetime:
    """Read when something was sent; never far ahead of the present."""
    if not (created.isascii() and created.isdigit() and len(created) <= len(str(_LATEST)) and int(created) < _LATEST):
        raise UnreadableCallback("sent at no time")
    return min(datetime.fromtimestamp(int(created), UTC), now + _STALE)


_VOICES = {"amr": "audio/amr", "speex": "audio/speex", "mp3": "audio/mpeg"}
_KINDS: Mapping[str, Callable[[Element], dict[str, object]]] = {
    "text": _said,
    "image": _photo,
    "voice": _voice,
    "video": _film,
    "shortvideo": _film,
    "location": _place,
    "link": _link,
}
_EVENTS = {
    "view",
    "location",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
    "templatesendjobfinish",
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
}
"""Events that are understood though nothing is said to them."""
