"""A table of messages and the calls they become."""

from pathlib import Path

import pytest

from bot.channels.base import Refused
from bot.channels.telegram.outbound import LARGEST_PHOTO, Call, Enclosure, Upload, calls, keyboard
from bot.domain.files import KeptFile
from bot.domain.messages import Attachment, Choice, Message, Pin
from bot.domain.outgoing.outbox import Parcel, Target
from db.models import FileKind, OutboxKind

LI = Target("telegram", "123456", "4242")
IN_GROUP = Target("telegram", "123456", "-100123", reply_to="17")
NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}
TO_LI = {**NO_PREVIEW, "chat_id": "4242"}
ANSWERING = {"message_id": 17, "allow_sending_without_reply": True}
PHOTO = Attachment(kind="photo", file_id=1)
VOICE = Attachment(kind="voice", file_id=2)
SHEET = Attachment(kind="document", file_id=3, name="名单.xlsx")
HUGE_PHOTO = Attachment(kind="photo", file_id=4)
OLD_VOICE = Attachment(kind="voice", file_id=5)
PLACE = Pin(latitude=23.01, longitude=113.08)
YES_NO = (Choice(label="是", key="1"), Choice(label="否", key="2"))
MARKUP = {"inline_keyboard": [[{"text": "1 是", "callback_data": "41:1"}, {"text": "2 否", "callback_data": "41:2"}]]}
PHOTO_FILE = Upload("photo", Path("/files/1"), "photo.jpg")


def enclosure(file_id: int, kind: FileKind, media_type: str, *, name: str = "", size: int = 9) -> Enclosure:
    return Enclosure(KeptFile(file_id, kind, Path(f"/files/{file_id}"), name, media_type), size)


FILES = {
    1: enclosure(1, FileKind.PHOTO, "image/jpeg"),
    2: enclosure(2, FileKind.VOICE, "audio/ogg", name="党课.ogg"),
    3: enclosure(3, FileKind.DOCUMENT, ""),
    4: enclosure(4, FileKind.PHOTO, "image/png", size=LARGEST_PHOTO + 1),
    5: enclosure(5, FileKind.VOICE, "audio/amr", name="a.amr"),
}


def said(text: str, **more: object) -> Message:
    return Message.model_validate({"template": "t/t", "text": text, **more})


def parcel(message: Message, target: Target = LI) -> Parcel:
    return Parcel(41, OutboxKind.REPLY, target, message, attempts=1)


TABLE = {
    "text": (said("您好"), [Call("sendMessage", {"text": "您好", **TO_LI})]),
    "markup is not read as markup": (said("*_<b>"), [Call("sendMessage", {"text": "*_<b>", **TO_LI})]),
    "choices": (
        said("去吗？", choices=YES_NO),
        [Call("sendMessage", {"text": "去吗？", **TO_LI, "reply_markup": MARKUP})],
    ),
    "a long text has its choices on the last piece": (
        said("一" * 5000, choices=YES_NO),
        [
            Call("sendMessage", {"text": "一" * 4096, **TO_LI}),
            Call("sendMessage", {"text": "一" * 904, **TO_LI, "reply_markup": MARKUP}),
        ],
    ),
    "a piece of blanks is left out": (
        said("一" * 4096 + "\n\n"),
        [Call("sendMessage", {"text": "一" * 4096, **TO_LI})],
    ),
    "a photo has a short text as its caption": (
        said("路灯", attachments=(PHOTO,), choices=YES_NO),
        [Call("sendPhoto", {"caption": "路灯", "chat_id": "4242", "reply_markup": MARKUP}, PHOTO_FILE)],
    ),
    "a photo goes after a text too long for a caption": (
        said("灯" * 1025, attachments=(PHOTO,), choices=YES_NO),
        [
            Call("sendMessage", {"text": "灯" * 1025, **TO_LI, "reply_markup": MARKUP}),
            Call("sendPhoto", {"chat_id": "4242"}, PHOTO_FILE),
        ],
    ),
    "a caption counts as Telegram counts": (
        said("😀" * 513, attachments=(PHOTO,)),
        [
            Call("sendMessage", {"text": "😀" * 513, **TO_LI}),
            Call("sendPhoto", {"chat_id": "4242"}, PHOTO_FILE),
        ],
    ),
    "several photos are separate": (
        said("两张", attachments=(PHOTO, PHOTO)),
        [
            Call("sendMessage", {"text": "两张", **TO_LI}),
            Call("sendPhoto", {"chat_id": "4242"}, PHOTO_FILE),
            Call("sendPhoto", {"chat_id": "4242"}, PHOTO_FILE),
        ],
    ),
    "a photo too large for one is a document": (
        said("", attachments=(HUGE_PHOTO,), choices=YES_NO),
        [
            Call(
                "sendDocument",
                {"chat_id": "4242", "reply_markup": MARKUP},
                Upload("document", Path("/files/4"), "photo.png"),
            )
        ],
    ),
    "a voice": (
        said("", attachments=(VOICE,)),
        [Call("sendVoice", {"chat_id": "4242"}, Upload("voice", Path("/files/2"), "党课.ogg"))],
    ),
    "a voice Telegram cannot play is a document": (
        said("", attachments=(OLD_VOICE,)),
        [Call("sendDocument", {"chat_id": "4242"}, Upload("document", Path("/files/5"), "a.amr"))],
    ),
    "a document under its own name": (
        said("名单", attachments=(SHEET,)),
        [
            Call("sendMessage", {"text": "名单", **TO_LI}),
            Call("sendDocument", {"chat_id": "4242"}, Upload("document", Path("/files/3"), "名单.xlsx")),
        ],
    ),
    "a place": (
        said("", pin=PLACE),
        [Call("sendLocation", {"latitude": 23.01, "longitude": 113.08, "chat_id": "4242"})],
    ),
    "a place with a name": (
        said("在这里", pin=PLACE.model_copy(update={"name": "石湾公园"})),
        [
            Call("sendMessage", {"text": "在这里", **TO_LI}),
            Call(
                "sendVenue",
                {
                    "latitude": 23.01,
                    "longitude": 113.08,
                    "title": "石湾公园",
                    "address": "23.01000, 113.08000",
                    "chat_id": "4242",
                },
            ),
        ],
    ),
    "large text has no equivalent": (said("大", large=True), [Call("sendMessage", {"text": "大", **TO_LI})]),
}


@pytest.mark.parametrize(("message", "expected"), TABLE.values(), ids=TABLE)
def test_a_message_becomes_calls(message: Message, expected: list[Call]) -> None:
    assert calls(parcel(message), FILES) == expected


def test_every_call_answers_the_message_in_the_group() -> None:
    made = calls(parcel(said("好", attachments=(VOICE,)), IN_GROUP), FILES)

    assert [call.arguments for call in made] == [
        {"text": "好", **NO_PREVIEW, "chat_id": "-100123", "reply_parameters": ANSWERING},
        {"chat_id": "-100123", "reply_parameters": ANSWERING},
    ]


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_to_send_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="nothing to send"):
        calls(parcel(said(text)), FILES)


def test_short_choices_share_rows_of_three() -> None:
    rows = keyboard(41, tuple(Choice(label="报名", key=str(number)) for number in range(1, 6)))

    assert [len(row) for row in rows] == [3, 2]


@pytest.mark.parametrize(("label", "rows"), [("社区大清洁", [2]), ("医疗保险福利", [1, 1]), ("sign up now", [1, 1])])
def test_one_long_choice_gives_each_its_own_row(label: str, rows: list[int]) -> None:
    written = keyboard(41, (Choice(label="报名", key="1"), Choice(label=label, key="2")))

    assert [len(row) for row in written] == rows


def test_a_label_is_cut_and_button_data_fits() -> None:
    (row,) = keyboard(2**63, (Choice(label="长" * 80, key="12"),))

    assert row == [{"text": "12 " + "长" * 57, "callback_data": "9223372036854775808:12"}]
