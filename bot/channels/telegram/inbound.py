"""Raw updates become inbounds: what a person said, or that a chat can, or can no longer, be reached."""

import re
from datetime import UTC, datetime

from pydantic import ValidationError

from bot.channels.base import ReachChange, ReachKind
from bot.channels.telegram import wire
from bot.channels.telegram.mentions import BotIdentity, listen
from bot.conversation.turn import Inbound
from bot.domain.files import LARGEST, IncomingFile
from bot.domain.messages import Pin
from bot.domain.outgoing.outbox import Target
from db.models import FileKind

NAME = "telegram"
_GROUPS = {"group", "supergroup"}
_REACH = {
    "kicked": ReachKind.LOST,
    "left": ReachKind.LOST,
    "member": ReachKind.REGAINED,
    "administrator": ReachKind.REGAINED,
}
_WORDS = {"text", "caption", "contact", "location", "venue"}
_READ_MEDIA = {"photo", "voice", "audio", "animation", "video", "video_note", "document"}
_UNREAD = {"sticker", "dice", "poll", "game", "story", "checklist", "paid_media", "live_photo", "giveaway", "invoice"}
_SAID = _WORDS | _READ_MEDIA | _UNREAD
_LONGEST_FILE_ID = 200


class MalformedUpdate(ValueError):
    """An update of a shape Telegram never sends; the message says where, never what was in it."""


def read_update(raw: object, *, bot: BotIdentity, now: datetime) -> Inbound | ReachChange | None:
    """Read one update as decoded from JSON; ``None`` when it is nothing for us.

    Raises :class:`MalformedUpdate` and no other exception.
    """
    try:
        update = wire.Update.model_validate(raw)
    except ValidationError as error:
        raise _complaint(error) from None
    return understand(update, bot=bot, now=now)


def parse(body: bytes | bytearray) -> wire.Update:
    """Decode and check one update as it is posted, in one pass.

    Raises :class:`MalformedUpdate` and no other exception, also for what is no JSON.
    """
    try:
        return wire.Update.model_validate_json(body)
    except ValidationError as error:
        raise _complaint(error) from None


def understand(update: wire.Update, *, bot: BotIdentity, now: datetime) -> Inbound | ReachChange | None:
    """Tell what an update is for us; ``None`` when it is nothing."""
    if update.message:
        return _message(update.message, bot, is_edited=False)
    if update.edited_message:
        return _message(update.edited_message, bot, is_edited=True)
    if update.callback_query:
        return _button(update.callback_query, bot, now)
    if update.my_chat_member:
        return _reach(update.my_chat_member, bot)
    return None


def pressed(inbound: Inbound) -> str:
    """Return the id of the callback query behind an inbound, or nothing when no button was pressed."""
    return inbound.message_id.removeprefix("c") if inbound.button else ""


def _complaint(error: ValidationError) -> MalformedUpdate:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "update"
    return MalformedUpdate(f"{where}: {first['type']}")


def _message(message: wire.Message, bot: BotIdentity, *, is_edited: bool) -> Inbound | ReachChange | None:
    chat, sender = message.chat, message.sender
    if message.migrate_to_chat_id is not None:
        return ReachChange(_target(chat, bot), ReachKind.MOVED, str(message.migrate_to_chat_id))
    if sender is None or sender.is_bot or message.sender_chat or _SAID.isdisjoint(message.model_fields_set):
        return None
    if is_edited and message.location:  # a live location that moves; a place cannot be edited otherwise
        return None
    heard = listen(message.text or message.caption, message.entities or message.caption_entities, bot)
    is_group = chat.type in _GROUPS
    if is_group and (heard.names_another or not (heard.names_us or _answers(message, bot))):
        return None
    if not is_group and chat.type != "private":
        return None
    return Inbound(
        channel=NAME,
        account=str(bot.id),
        sender=str(sender.id),
        message_id=_key(message, is_edited=is_edited),
        chat=str(chat.id),
        sent_at=datetime.fromtimestamp(message.edit_date or message.date, UTC),
        text=heard.text,
        files=_files(message),
        pin=_pin(message),
        contact=_own_number(message, sender),
        reply_to=str(message.message_id) if is_group else "",
        quoted="" if is_group else _quoted(message, bot),
        is_group=is_group,
    )


def _quoted(message: wire.Message, bot: BotIdentity) -> str:
    """Return the id of the message of ours that is replied to, or nothing."""
    answered = message.reply_to_message
    return str(answered.message_id) if answered and answered.message_id and _answers(message, bot) else ""


def _key(message: wire.Message, *, is_edited: bool) -> str:
    """Tell a message apart from all others of its sender: numbers are unique within a supergroup only."""
    key = f"{message.message_id}e{message.edit_date or message.date}" if is_edited else str(message.message_id)
    return key if message.chat.type == "private" else f"{message.chat.id}:{key}"


def _answers(message: wire.Message, bot: BotIdentity) -> bool:
    answered = message.reply_to_message
    return answered is not None and answered.sender is not None and answered.sender.id == bot.id


def _button(query: wire.CallbackQuery, bot: BotIdentity, now: datetime) -> Inbound | None:
    if query.message is None or not query.data or query.sender.is_bot:
        return None
    chat = query.message.chat
    is_group = chat.type in _GROUPS
    if not is_group and chat.type != "private":
        return None
    return Inbound(
        channel=NAME,
        account=str(bot.id),
        sender=str(query.sender.id),
        message_id=f"c{query.id}",
        chat=str(chat.id),
        sent_at=now,
        button=query.data,
        reply_to=str(query.message.message_id) if is_group else "",
        is_group=is_group,
    )


def _reach(change: wire.MembershipChange, bot: BotIdentity) -> ReachChange | None:
    kind = _REACH.get(change.new_chat_member.status)
    if kind is None or change.chat.type not in _GROUPS | {"private"}:
        return None
    return ReachChange(_target(change.chat, bot), kind)


def _target(chat: wire.Chat, bot: BotIdentity) -> Target:
    return Target(NAME, str(bot.id), str(chat.id))


def _files(message: wire.Message) -> tuple[IncomingFile, ...]:
    sizes = [one for one in message.photo if _is_fetchable(one)]
    if sizes:
        largest = max(sizes, key=lambda one: one.width * one.height)
        return (IncomingFile(FileKind.PHOTO, largest.file_id, media_type="image/jpeg", size=max(largest.file_size, 0)),)
    media = message.voice or message.audio
    kind = FileKind.VOICE if media else FileKind.DOCUMENT
    media = media or message.animation or message.video or message.video_note or message.document
    if media is None or not _is_fetchable(media):
        return ()
    return (IncomingFile(kind, media.file_id, "", media.file_name, media.mime_type, max(media.file_size, 0)),)


def _is_fetchable(media: wire.Media) -> bool:
    """Tell whether the Bot API lets us download it (20 MB at most) and we can keep its id."""
    return media.file_size <= LARGEST and 0 < len(media.file_id) <= _LONGEST_FILE_ID


def _pin(message: wire.Message) -> Pin | None:
    place = message.venue.location if message.venue else message.location
    if place is None:
        return None
    name = message.venue.title if message.venue else ""
    return Pin(latitude=place.latitude, longitude=place.longitude, name=name)


def _own_number(message: wire.Message, sender: wire.User) -> str:
    contact = message.contact
    return re.sub(r"\D", "", contact.phone_number) if contact and contact.user_id == sender.id else ""
