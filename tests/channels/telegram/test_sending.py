"""Parcels and files against a server that speaks the real wire format, well or badly."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.base import Blocked, ChatGone, ChatMoved, InDoubt, RateLimited, Refused, TryLater
from bot.channels.telegram import channel as telegram_channel
from bot.channels.telegram.channel import Telegram
from bot.clock import TurnableClock
from bot.domain import files
from bot.domain.files import LARGEST, FileStore, IncomingFile
from bot.domain.messages import Attachment, Choice, Message
from bot.domain.outgoing.outbox import Parcel, Target
from bot.errors import DeliveryError
from bot.jobs.fetching import Fetching
from bot.pictures import anew
from db.models import FileKind, FileState, OutboxKind, StoredFile
from db.sql import Database
from tests.kit.photos import from_a_phone
from tests.kit.telegram_server import (
    ApiCall,
    Mishap,
    SentFile,
    TelegramServer,
    blocked,
    chat_not_found,
    drops,
    gibberish,
    hangs,
    moved_to,
    refusal,
    server_error,
    too_fast,
)
from tests.kit.telegram_updates import SPOKEN_AT, TOKEN

KEPT_AT = datetime.fromtimestamp(SPOKEN_AT, UTC)


def parcel(text: str = "您好", *, chat: str = "4242", reply_to: str = "", **more: object) -> Parcel:
    message = Message.model_validate({"template": "t/t", "text": text, **more})
    return Parcel(41, OutboxKind.REPLY, Target("telegram", "123456", chat, reply_to), message, attempts=1)


def kept(
    database: Database, store: FileStore, kind: FileKind, data: bytes, *, media_type: str = "", name: str = ""
) -> int:
    row = StoredFile(
        kind=kind,
        state=FileState.KEPT,
        channel="webchat",
        account="",
        digest=store.keep(data),
        created_at=KEPT_AT,
        next_at=KEPT_AT,
        media_type=media_type,
        name=name,
    )
    with database.transaction() as db:
        db.add(row)
        db.flush()
        assert row.id is not None
        return row.id


def put_in_state(database: Database, file_id: int, state: FileState) -> None:
    with database.transaction() as db:
        db.get_one(StoredFile, file_id).state = state


async def test_a_reply_arrives_as_telegram_wants_it(channel: Telegram, server: TelegramServer) -> None:
    remote_id = await channel.send(
        parcel("{去吗？}", chat="-100123", reply_to="17", choices=(Choice(label="是", key="1"),))
    )

    assert server.delivered == [
        ApiCall(
            "sendMessage",
            {
                "chat_id": "-100123",
                "text": "{去吗？}",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": {"inline_keyboard": [[{"text": "1 是", "callback_data": "41:1"}]]},
                "reply_parameters": {"message_id": 17, "allow_sending_without_reply": True},
            },
        )
    ]
    assert remote_id == "501"


async def test_a_photo_arrives_with_its_bytes_and_caption(
    channel: Telegram, server: TelegramServer, sqlite: Database, store: FileStore
) -> None:
    photo = kept(sqlite, store, FileKind.PHOTO, b"\xff\xd8jpeg", media_type="image/jpeg", name="路灯.jpg")

    await channel.send(parcel("路灯", attachments=(Attachment(kind="photo", file_id=photo),)))

    assert server.delivered == [
        ApiCall(
            "sendPhoto",
            {"caption": "路灯", "chat_id": "4242"},
            {"photo": SentFile("路灯.jpg", "image/jpeg", b"\xff\xd8jpeg")},
        )
    ]


async def test_voice_and_document_arrive_after_the_text(
    channel: Telegram, server: TelegramServer, sqlite: Database, store: FileStore
) -> None:
    voice = kept(sqlite, store, FileKind.VOICE, b"OggS", media_type="audio/ogg")
    sheet = kept(sqlite, store, FileKind.DOCUMENT, b"PK", name="list.xlsx")
    both = (Attachment(kind="voice", file_id=voice), Attachment(kind="document", file_id=sheet))

    remote_id = await channel.send(parcel("两份", attachments=both))

    assert [(call.method, [file.data for file in call.files.values()]) for call in server.delivered] == [
        ("sendMessage", []),
        ("sendVoice", [b"OggS"]),
        ("sendDocument", [b"PK"]),
    ]
    assert remote_id == "501"


async def test_a_long_text_arrives_whole(channel: Telegram, server: TelegramServer) -> None:
    text = "石湾镇街道😀\n" * 1500

    await channel.send(parcel(text))

    assert "".join(call.text for call in server.delivered) == text
    assert len(server.delivered) == 3


MISHAPS: dict[str, tuple[Mishap, type[DeliveryError], str]] = {
    "blocked": (blocked(), Blocked, "Forbidden: bot was blocked by the user"),
    "no such chat": (chat_not_found(), ChatGone, "Chat not found"),
    "moved": (moved_to(-10055), ChatMoved, "moved to -10055"),
    "too fast": (too_fast(3), RateLimited, "retry after 3.0 s"),
    "too fast without saying how": (refusal(429, "Too Many Requests"), RateLimited, "retry after 5.0 s"),
    "too long": (refusal(400, "Bad Request: message is too long"), Refused, "Message is too long"),
    "token taken back": (refusal(401, "Unauthorized"), TryLater, "InvalidToken: Unauthorized"),
    "server error": (server_error(), InDoubt, "Internal Server Error"),
    "bad gateway": (server_error(502), InDoubt, "Internal Server Error"),
    "never answers": (hangs(), InDoubt, "Timed out"),
    "cuts the connection": (drops(), InDoubt, "ServerDisconnectedError"),
    "too large": (refusal(413, "Request Entity Too Large"), Refused, "Request Entity Too Large"),
    "no JSON": (gibberish(), InDoubt, "Invalid server response"),
    "JSON of somebody else": (Mishap(payload=b"[]"), InDoubt, "Invalid server response"),
    "an error of somebody else": (Mishap(status=500, payload=b"[]"), InDoubt, "Invalid server response"),
}


@pytest.mark.parametrize(("mishap", "kind", "reason"), MISHAPS.values(), ids=MISHAPS)
async def test_what_goes_wrong_is_told_apart(
    channel: Telegram, server: TelegramServer, mishap: Mishap, kind: type[DeliveryError], reason: str
) -> None:
    server.misbehave("sendMessage", mishap)

    with pytest.raises(DeliveryError) as trouble:
        await channel.send(parcel())

    assert (type(trouble.value), str(trouble.value)) == (kind, reason)
    assert len(server.delivered) == int(mishap.takes_effect)


async def test_a_server_that_is_not_there_was_sent_nothing(store: FileStore, sqlite: Database) -> None:
    nowhere = Telegram(TOKEN, api_url="http://127.0.0.1:9", files=store, database=sqlite, timeout=0.5)

    with pytest.raises(TryLater):
        await nowhere.send(parcel())

    await nowhere.stop()


async def test_when_a_later_part_fails_the_message_is_in_doubt(channel: Telegram, server: TelegramServer) -> None:
    server.misbehave("sendMessage", None)
    server.misbehave("sendMessage", blocked())

    with pytest.raises(InDoubt) as trouble:
        await channel.send(parcel("一" * 5000))

    assert str(trouble.value) == "part 2 of 2 failed: Forbidden: bot was blocked by the user"
    assert len(server.delivered) == 1


async def test_yes_without_a_number_is_sent_all_the_same(channel: Telegram, server: TelegramServer) -> None:
    server.misbehave("sendMessage", Mishap(payload=b'{"ok":true,"result":true}', takes_effect=True))

    assert await channel.send(parcel()) == ""


async def test_a_file_that_is_not_here_yet_waits(
    channel: Telegram, server: TelegramServer, sqlite: Database, store: FileStore
) -> None:
    gone = kept(sqlite, store, FileKind.DOCUMENT, b"gone")
    store.path(store.keep(b"gone")).unlink()

    for file_id, reason in ((99, "file 99 is not here yet"), (gone, "a file is not here: FileNotFoundError")):
        with pytest.raises(TryLater) as trouble:
            await channel.send(parcel(attachments=(Attachment(kind="document", file_id=file_id),)))
        assert str(trouble.value) == reason

    assert server.delivered == []


async def test_a_file_that_is_lost_is_left_out_and_one_that_is_to_come_is_waited_for(
    channel: Telegram, server: TelegramServer, sqlite: Database, store: FileStore
) -> None:
    photo = kept(sqlite, store, FileKind.PHOTO, b"photo", media_type="image/jpeg")
    both = (Attachment(kind="photo", file_id=photo), Attachment(kind="document", file_id=photo + 1))
    lost = kept(sqlite, store, FileKind.DOCUMENT, b"sheet")

    put_in_state(sqlite, lost, FileState.WAITING)
    with pytest.raises(TryLater):
        await channel.send(parcel("一份", attachments=both))
    put_in_state(sqlite, lost, FileState.LOST)
    await channel.send(parcel("一份", attachments=both))

    assert [(call.method, call.arguments.get("caption")) for call in server.delivered] == [("sendPhoto", "一份")]


async def test_while_the_database_is_away_a_file_cannot_be_looked_up(
    server: TelegramServer, store: FileStore, tmp_path: Path
) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    channel = Telegram(TOKEN, api_url=server.url, files=store, database=empty)

    with pytest.raises(TryLater):
        await channel.send(parcel(attachments=(Attachment(kind="document", file_id=1),)))
    await channel.stop()
    empty.close()

    assert server.calls == []


async def test_a_send_never_outlasts_its_lease(
    channel: Telegram, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_channel, "_LONGEST_SEND", 0.1)
    server.misbehave("sendMessage", hangs())

    with pytest.raises(InDoubt) as trouble:
        await channel.send(parcel())

    assert str(trouble.value) == "took longer than 0 s"


async def test_a_download_does_not_go_on_for_ever(
    channel: Telegram, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_channel, "_LONGEST_FETCH", 0.1)
    server.misbehave("getFile", hangs())

    with pytest.raises(TryLater) as trouble:
        await channel.fetch("do")

    assert str(trouble.value) == "took longer than 0 s"


async def test_a_photo_of_a_villager_goes_on_without_where_it_was_taken(
    channel: Telegram, server: TelegramServer, sqlite: Database, store: FileStore
) -> None:
    server.files["a lamp"] = from_a_phone()
    sent = [IncomingFile(FileKind.PHOTO, "a lamp", name="IMG_0237.HEIC")]
    source, clock = Target("telegram", "123456", "4242"), TurnableClock(start=KEPT_AT, running=False)
    [file_id] = sqlite.run(lambda db: files.note(db, sent, person_id=None, source=source, now=KEPT_AT))

    await Fetching(sqlite, {"telegram": channel}, store, clock=clock).sweep()
    await channel.send(parcel("路灯", attachments=(Attachment(kind="photo", file_id=file_id),)))

    [call] = server.delivered
    assert call.files == {"photo": SentFile("IMG_0237.jpg", "image/jpeg", anew(from_a_phone()))}
    assert b"Exif" not in call.files["photo"].data


async def test_a_file_is_fetched(channel: Telegram, server: TelegramServer) -> None:
    server.files["do c"] = b"PK"

    assert await channel.fetch("do c") == b"PK"


@pytest.mark.parametrize(
    ("size", "mishap", "kind"),
    [
        (None, None, Refused),
        (0, None, Refused),
        (LARGEST + 1, None, Refused),
        (5, too_fast(), RateLimited),
        (5, hangs(), TryLater),
        (5, gibberish(), TryLater),
        (5, Mishap(payload=b'{"ok":true,"result":{"file_id":"do"}}'), TryLater),
        (5, Mishap(payload=b'{"ok":true,"result":{"file_path":"elsewhere"}}'), TryLater),
    ],
)
async def test_a_file_that_cannot_be_fetched_is_explained(
    channel: Telegram, server: TelegramServer, size: int | None, mishap: Mishap | None, kind: type[DeliveryError]
) -> None:
    server.files |= {"do": bytes(size)} if size is not None else {}
    server.misbehave("getFile", mishap)

    with pytest.raises(DeliveryError) as trouble:
        await channel.fetch("do")

    assert type(trouble.value) is kind


async def test_a_spinner_is_stopped_in_the_background(channel: Telegram, server: TelegramServer) -> None:
    channel.answer_soon("77001")
    await channel.errands.settle()

    assert server.called("answerCallbackQuery") == [ApiCall("answerCallbackQuery", {"callback_query_id": "77001"})]


async def test_a_spinner_that_cannot_be_stopped_is_nobodys_trouble(channel: Telegram, server: TelegramServer) -> None:
    server.misbehave("answerCallbackQuery", refusal(400, "Bad Request: query is too old"))

    await channel.answer_button("77001")

    assert len(server.called("answerCallbackQuery")) == 1
