"""A table of raw updates and what is read from them, polled as objects or posted as bytes."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.base import ReachChange, ReachKind
from bot.channels.telegram.inbound import MalformedUpdate, parse, pressed, read_update, understand
from bot.channels.telegram.mentions import BotIdentity
from bot.conversation.turn import Inbound
from bot.domain.files import LARGEST, IncomingFile
from bot.domain.messages import Pin
from bot.domain.outgoing.outbox import Target
from db.models import FileKind
from tests.kit.telegram_updates import (
    BOT,
    BOT_ID,
    BOT_NAME,
    GROUP,
    LI,
    SPOKEN_AT,
    WANG,
    Json,
    command,
    membership,
    mention_of,
    message,
    said,
    said_in_group,
    sent,
    update,
)
from tests.kit.telegram_updates import (
    pressed as press,
)

US = BotIdentity(BOT_ID, BOT_NAME)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
AT = datetime.fromtimestamp(SPOKEN_AT, UTC)
BLANK = Inbound("telegram", "123456", "4242", "17", "4242", AT)
IN_GROUP = replace(BLANK, chat="-1001234567890", message_id="-1001234567890:17", reply_to="17", is_group=True)
PLACE = {"latitude": 23.01, "longitude": 113.08}
CAPTIONED = "@HongyanBot 路灯坏了"
REPLY = {"reply_to_message": message(BOT, chat=GROUP)}
REPLY_TO_WANG = {"reply_to_message": message(WANG, chat=GROUP)}
SMALL_PHOTO = {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 1200}
LARGE_PHOTO = {"file_id": "large", "file_unique_id": "l", "width": 1280, "height": 960, "file_size": 99_000}
HUGE_PHOTO = {"file_id": "huge", "file_unique_id": "h", "width": 9000, "height": 9000, "file_size": LARGEST + 1}
TOO_LARGE = {"file_id": "v", "file_unique_id": "v", "file_size": LARGEST + 1, "mime_type": "video/mp4"}


def read(raw: object) -> Inbound | ReachChange | None:
    return read_update(raw, bot=US, now=NOW)


def read_posted(raw: object) -> Inbound | ReachChange | None:
    return understand(parse(json.dumps(raw).encode()), bot=US, now=NOW)


PRIVATE = {
    "text": (said("你好"), replace(BLANK, text="你好")),
    "a command with the bot's name": (
        said("/start@HongyanBot r7", entities=[command(17)]),
        replace(BLANK, text="/start r7"),
    ),
    "a NUL character is left out": (said("你\0好"), replace(BLANK, text="你好")),
    "a photo in several sizes": (
        sent(photo=[SMALL_PHOTO, LARGE_PHOTO], caption="路灯"),
        replace(BLANK, text="路灯", files=(IncomingFile(FileKind.PHOTO, "large", "", "", "image/jpeg", 99_000),)),
    ),
    "the largest size that can be fetched": (
        sent(photo=[SMALL_PHOTO, HUGE_PHOTO]),
        replace(BLANK, files=(IncomingFile(FileKind.PHOTO, "small", "", "", "image/jpeg", 1200),)),
    ),
    "a voice message": (
        sent(voice={"file_id": "vo", "duration": 3, "mime_type": "audio/ogg", "file_size": 4000}),
        replace(BLANK, files=(IncomingFile(FileKind.VOICE, "vo", "", "", "audio/ogg", 4000),)),
    ),
    "an audio file": (
        sent(audio={"file_id": "au", "duration": 3, "file_name": "党课.mp3", "mime_type": "audio/mpeg"}),
        replace(BLANK, files=(IncomingFile(FileKind.VOICE, "au", "", "党课.mp3", "audio/mpeg"),)),
    ),
    "a document": (
        sent(document={"file_id": "do", "file_name": "花名册.xlsx", "mime_type": "application/x", "file_size": 9}),
        replace(BLANK, files=(IncomingFile(FileKind.DOCUMENT, "do", "", "花名册.xlsx", "application/x", 9),)),
    ),
    "an animation, which Telegram doubles as a document": (
        sent(animation={"file_id": "an"}, document={"file_id": "an2"}),
        replace(BLANK, files=(IncomingFile(FileKind.DOCUMENT, "an"),)),
    ),
    "a video note": (
        sent(video_note={"file_id": "vn", "length": 240, "duration": 2}),
        replace(BLANK, files=(IncomingFile(FileKind.DOCUMENT, "vn"),)),
    ),
    "a file too large to fetch": (sent(video=TOO_LARGE), BLANK),
    "a file too large to fetch keeps its words": (sent(video=TOO_LARGE, caption="看"), replace(BLANK, text="看")),
    "a place": (sent(location=PLACE), replace(BLANK, pin=Pin(latitude=23.01, longitude=113.08))),
    "a place with a name": (
        sent(location=PLACE, venue={"location": PLACE, "title": "石湾公园", "address": "镇中路"}),
        replace(BLANK, pin=Pin(latitude=23.01, longitude=113.08, name="石湾公园")),
    ),
    "their own number": (
        sent(contact={"phone_number": "+86 138-0013-8000", "first_name": "李", "user_id": 4242}),
        replace(BLANK, contact="8613800138000"),
    ),
    "somebody else's number": (
        sent(contact={"phone_number": "+8613900139000", "first_name": "王", "user_id": 5353}),
        BLANK,
    ),
    "a number of nobody on Telegram": (sent(contact={"phone_number": "119", "first_name": "火警"}), BLANK),
    "a sticker": (sent(sticker={"file_id": "st", "type": "regular"}), BLANK),
    "a die": (sent(dice={"emoji": "🎲", "value": 5}), BLANK),
    "a poll": (sent(poll={"id": "1", "question": "?"}), BLANK),
    "one photo of an album": (
        sent(photo=[LARGE_PHOTO], media_group_id="13"),
        replace(BLANK, files=(IncomingFile(FileKind.PHOTO, "large", "", "", "image/jpeg", 99_000),)),
    ),
}

GROUPS = {
    "named": (said_in_group(CAPTIONED, entities=[mention_of(CAPTIONED)]), "路灯坏了"),
    "named after an emoji": (
        said_in_group("😀👨‍👩‍👧 @HongyanBot，在吗", entities=[mention_of("😀👨‍👩‍👧 @HongyanBot，在吗")]),
        "😀👨‍👩‍👧 ，在吗",
    ),
    "named first, with a comma": (
        said_in_group("@HongyanBot，在吗", entities=[mention_of("@HongyanBot，在吗")]),
        "在吗",
    ),
    "named last": (said_in_group("在吗 @HongyanBot", entities=[mention_of("在吗 @HongyanBot")]), "在吗"),
    "named twice": (
        said_in_group(
            "@HongyanBot 在 @HongyanBot",
            entities=[
                {"type": "mention", "offset": 0, "length": 11},
                {"type": "mention", "offset": 14, "length": 11},
            ],
        ),
        "在",
    ),
    "named in small letters": (
        said_in_group("@hongyanbot 在吗", entities=[mention_of("@hongyanbot 在吗", "@hongyanbot")]),
        "在吗",
    ),
    "named without a username": (
        said_in_group("鸿雁 在吗", entities=[{"type": "text_mention", "offset": 0, "length": 2, "user": BOT}]),
        "在吗",
    ),
    "a reply to the bot": (said_in_group("好的", **REPLY), "好的"),
    "a command": (said_in_group("/help", entities=[command(5)]), "/help"),
    "a command for this bot": (said_in_group("/help@HongyanBot", entities=[command(16)]), "/help"),
    "a caption that names the bot": (
        update(
            message=message(
                chat=GROUP,
                content={
                    "photo": [HUGE_PHOTO],
                    "caption": CAPTIONED,
                    "caption_entities": [mention_of(CAPTIONED)],
                },
            )
        ),
        "路灯坏了",
    ),
    "a sticker in reply": (update(message=message(chat=GROUP, content={"sticker": {}, **REPLY})), ""),
}

NOTHING = {
    "talk in a group": said_in_group("晚上打球吗"),
    "the bot's name without an entity": said_in_group("@HongyanBot"),
    "somebody else is named": said_in_group("@other 在吗", entities=[mention_of("@other 在吗", "@other")]),
    "a reply to somebody else": said_in_group("好的", **REPLY_TO_WANG),
    "a command for another bot": said_in_group("/help@OtherBot", entities=[command(14)]),
    "a command for another bot, in reply": said_in_group("/help@OtherBot", entities=[command(14)], **REPLY),
    "a bot": said("你好", {**WANG, "is_bot": True}),
    "an anonymous administrator": said_in_group("/help", entities=[command(5)], sender_chat=GROUP),
    "a channel's post": update(channel_post={"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel"}}),
    "a message in a channel": update(message=message(chat={"id": -5, "type": "channel"}, content={"text": "a"})),
    "a message from nobody": update(message={"message_id": 1, "date": 1, "chat": GROUP, "text": "a"}),
    "a service message": sent(pinned_message=message()),
    "people who joined": update(message=message(chat=GROUP, content={"new_chat_members": [LI]})),
    "a live location that moved": update(edited_message=message(content={"location": PLACE, "edit_date": 9})),
    "a button in a channel": press("41:1", chat={"id": -5, "type": "channel"}),
    "a button without data": press(""),
    "a button of an inline message": update(callback_query={"id": "1", "from": LI, "data": "41:1"}),
    "a kind of update nobody asked for": update(poll_answer={"poll_id": "1"}),
    "a kind of update not invented yet": update(brain_wave={"from": 7}),
    "an update of nothing": update(),
    "membership in a channel": membership("administrator", chat={"id": -5, "type": "channel"}),
    "a restricted membership": membership("restricted", chat=GROUP),
}


def numbered(raw: Json) -> Json:
    part = raw.get("message")
    return {**raw, "message": {**part, "message_id": 17}} if isinstance(part, dict) else raw


@pytest.mark.parametrize(("raw", "expected"), PRIVATE.values(), ids=PRIVATE)
def test_a_private_message_is_read(raw: Json, expected: Inbound) -> None:
    assert (read(numbered(raw)), read_posted(numbered(raw))) == (expected, expected)


@pytest.mark.parametrize(("raw", "text"), GROUPS.values(), ids=GROUPS)
def test_what_is_said_to_the_bot_in_a_group_is_read_without_its_name(raw: Json, text: str) -> None:
    expected = replace(IN_GROUP, text=text)

    assert (read(numbered(raw)), read_posted(numbered(raw))) == (expected, expected)


@pytest.mark.parametrize("raw", NOTHING.values(), ids=NOTHING)
def test_what_is_not_for_us_is_nothing(raw: Json) -> None:
    assert (read(raw), read_posted(raw)) == (None, None)


def test_an_edited_message_is_a_new_inbound_each_time_it_is_edited() -> None:
    raw = update(edited_message=message(content={"message_id": 17, "text": "二次报销", "edit_date": SPOKEN_AT + 60}))

    inbound = read(raw)

    later = datetime.fromtimestamp(SPOKEN_AT + 60, UTC)
    assert inbound == replace(BLANK, message_id=f"17e{SPOKEN_AT + 60}", sent_at=later, text="二次报销")


def test_a_pressed_button_is_an_inbound_of_now() -> None:
    inbound = read(press("41:2", query="88"))

    assert inbound == replace(BLANK, message_id="c88", sent_at=NOW, button="41:2")


def test_a_button_pressed_in_a_group_is_answered_below_it() -> None:
    inbound = read(press("41:2", chat=GROUP, query="88"))

    assert inbound == replace(IN_GROUP, message_id="c88", sent_at=NOW, button="41:2", reply_to="900")


def test_the_callback_behind_a_pressed_button_is_found_again() -> None:
    button, text = read(press("41:2", query="88")), read(said("c88"))

    assert isinstance(button, Inbound)
    assert isinstance(text, Inbound)
    assert (pressed(button), pressed(text)) == ("88", "")


def test_the_same_number_in_two_chats_is_two_messages() -> None:
    private, group = read(numbered(said("/help"))), read(numbered(said_in_group("/help", entities=[command(5)])))

    assert isinstance(private, Inbound)
    assert isinstance(group, Inbound)
    assert (private.sender, private.message_id) != (group.sender, group.message_id)


def test_a_bot_that_does_not_know_its_name_yet_hears_replies_and_no_names() -> None:
    nameless = BotIdentity(BOT_ID)

    named = read_update(said_in_group(CAPTIONED, entities=[mention_of(CAPTIONED)]), bot=nameless, now=NOW)
    replied = read_update(numbered(said_in_group("好的", **REPLY)), bot=nameless, now=NOW)

    assert (named, replied) == (None, replace(IN_GROUP, text="好的"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("kicked", ReachKind.LOST),
        ("left", ReachKind.LOST),
        ("member", ReachKind.REGAINED),
        ("administrator", ReachKind.REGAINED),
    ],
)
def test_being_blocked_and_let_in_changes_reach(status: str, kind: ReachKind) -> None:
    private, group = read(membership(status)), read(membership(status, chat=GROUP))

    assert private == ReachChange(Target("telegram", "123456", "4242"), kind)
    assert group == ReachChange(Target("telegram", "123456", "-1001234567890"), kind)


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    basic: Json = {"id": -55, "type": "group", "title": "旧"}

    change = read(update(message=message(chat=basic, content={"migrate_to_chat_id": -10055})))

    assert change == ReachChange(Target("telegram", "123456", "-55"), ReachKind.MOVED, "-10055")


MALFORMED: dict[str, object] = {
    "not an object": [],
    "no number": {"message": message()},
    "a number in words": {"update_id": "7"},
    "a truth as number": {"update_id": True},
    "text of another type": said("a") | {"message": message(content={"text": 5})},
    "a sender without id": update(message=message({"first_name": "李", "id": "4242"}, chat=GROUP)),
    "a date in the year 200000": update(message=message(content={"text": "a", "date": 10**13})),
    "a number no database holds": update(message=message(content={"text": "a", "message_id": 10**4000})),
    "half a character": said("\ud83d"),
    "a place that is nowhere": sent(location={"latitude": float("nan"), "longitude": 0.0}),
    "a place that is far away": sent(location={"latitude": 1e9, "longitude": 0.0}),
    "a negative offset": said("a", entities=[{"type": "mention", "offset": -1, "length": 1}]),
    "photos that are none": sent(photo="photo"),
    "a callback with blanks": press("1:1", query="a b"),
}


@pytest.mark.parametrize("reading", [read, read_posted])
@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
def test_what_telegram_never_sends_is_malformed(
    raw: object, reading: Callable[[object], Inbound | ReachChange | None]
) -> None:
    with pytest.raises(MalformedUpdate):
        reading(raw)


def test_a_number_too_long_to_be_written_down_is_malformed() -> None:
    with pytest.raises(MalformedUpdate):
        read(update(message=message(content={"text": "a", "message_id": 10**4400})))


def test_a_complaint_says_where_and_never_what() -> None:
    for reading in (read, read_posted):
        with pytest.raises(MalformedUpdate) as complaint:
            reading(said("a") | {"message": message(content={"text": ["13800138000"]})})

        assert str(complaint.value) == "message.text: string_type"
        assert complaint.value.__cause__ is None


def test_a_reply_to_a_message_of_the_bot_tells_which() -> None:
    mine, theirs = message(BOT), message(WANG)

    heard = [read(said("可以", reply_to_message=one)) for one in (mine, theirs)]

    assert [one.quoted if isinstance(one, Inbound) else None for one in heard] == [str(mine["message_id"]), ""]
