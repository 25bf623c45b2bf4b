"""Messages as WeChat shows them: plain text within its bytes, choices as links, files as what it carries."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat.outbound import LONGEST_TEXT, LONGEST_TOGETHER, Part, Said, parts, size, together
from bot.channels.wechat.places import to_wechat
from bot.domain.files import KeptFile
from bot.domain.messages import Attachment, Choice, Message, Pin
from db.models import FileKind


def link(file: KeptFile) -> str:
    return f"https://h.cn/files/{file.id}"


def message(text: str = "您好", **more: object) -> Message:
    return Message.model_validate({"template": "t", "text": text, **more})


def texts(given: Message) -> list[str]:
    return [one.part.text for one in together(parts(given, 41, {}, link))]


def kept(tmp_path: Path, number: int, media_type: str, *, size_: int = 10) -> KeptFile:
    path = tmp_path / f"{number}"
    path.write_bytes(b"x" * size_)
    kind = FileKind.PHOTO if media_type.startswith("image") else FileKind.DOCUMENT
    return KeptFile(number, kind, path, f"{number}.bin", media_type)


def test_words_stay_as_they_are() -> None:
    assert texts(message("<b>*_`[x](y)` & “引号”")) == ["<b>*_`[x](y)` & “引号”"]


def test_what_somebody_wrote_is_never_a_link() -> None:
    assert texts(message('看<a href="http://x">这里</A >和<abbr>')) == [
        '看\uff1ca href="http://x">这里\uff1c/A >和<abbr>'
    ]


def test_a_long_text_is_cut_at_a_sentence_within_600_characters() -> None:
    sentence = "报销要带身份证和发票原件到服务中心窗口办理。"
    long = sentence * 60

    pieces = texts(message(long))

    assert "".join(pieces) == long
    assert all(one.endswith("。") for one in pieces)
    assert max(len(one) for one in pieces) <= 600


def test_choices_follow_the_text_and_are_picked_by_tap_or_number() -> None:
    assert texts(message("哪一个？", choices=(Choice(key="1", label='"甲"&<a>'),))) == [
        '哪一个？\n<a href="weixin://bizmsgmenu?msgmenucontent=甲a&msgmenuid=41:1">1 "甲"&\uff1ca></a>'
    ]


def test_too_many_choices_for_links_are_lines_that_can_be_typed() -> None:
    choices = tuple(Choice(key=str(number), label="很长的选项" * 6) for number in range(1, 10))

    [said] = texts(message("哪一个？", choices=choices))

    assert said.splitlines()[1] == "1 " + "很长的选项" * 6
    assert size(said) <= LONGEST_TOGETHER


def test_a_place_is_a_link_to_the_map() -> None:
    latitude, longitude = to_wechat(23.5, 113.25)

    assert texts(message("在这里", pin=Pin(latitude=23.5, longitude=113.25, name="祠堂"))) == [
        (
            f'在这里\n<a href="https://apis.map.qq.com/uri/v1/marker?marker=coord:{latitude},{longitude};'
            'title:%E7%A5%A0%E5%A0%82&referer=hongyan">祠堂</a>'
        )
    ]
    assert texts(message("在", pin=Pin(latitude=1, longitude=1)))[0].endswith(">在地图上看</a>")


def test_files_go_as_what_wechat_carries_and_else_as_links(tmp_path: Path) -> None:
    files = {
        1: kept(tmp_path, 1, "image/png"),
        2: kept(tmp_path, 2, "application/pdf"),
        3: kept(tmp_path, 3, "audio/amr"),
        4: kept(tmp_path, 4, "audio/ogg"),
        5: kept(tmp_path, 5, "image/jpeg", size_=10 * 1024 * 1024 + 1),
        6: kept(tmp_path, 6, "image/webp"),
    }
    kinds = {1: "photo", 2: "document", 3: "voice", 4: "voice", 5: "photo", 6: "photo"}
    attachments = tuple(
        Attachment.model_validate({"kind": kinds[one], "file_id": one, "name": f"件{one}"}) for one in files
    )

    whole = parts(message(attachments=attachments), 41, files, link)

    assert [(one.kind, one.text) for one in whole] == [
        ("text", "您好"),
        ("image", ""),
        ("text", '<a href="https://h.cn/files/2">件2</a>'),
        ("voice", ""),
        *(("text", f'<a href="https://h.cn/files/{one}">件{one}</a>') for one in (4, 5, 6)),
    ]


def test_a_file_that_cannot_be_opened_anywhere_is_named(tmp_path: Path) -> None:
    files = {2: kept(tmp_path, 2, "application/pdf")}

    whole = parts(message(attachments=(Attachment(kind="document", file_id=2),)), 41, files, lambda _: "")

    assert [one.text for one in whole] == ["您好", "2.bin"]


def test_texts_side_by_side_are_one_message_and_pictures_are_their_own(tmp_path: Path) -> None:
    picture = Part("image", file=kept(tmp_path, 1, "image/png"))
    given = [Part("text", "甲"), Part("text", "乙"), picture, Part("text", "丙")]

    assert together(given) == [Said(Part("text", "甲\n乙"), 2), Said(picture), Said(Part("text", "丙"))]
    assert together(given, after=1) == [Said(Part("text", "乙")), Said(picture), Said(Part("text", "丙"))]
    assert together(given, after=4) == []


@given(st.text(max_size=3000), st.lists(st.text(min_size=1, max_size=60), max_size=9))
def test_no_message_is_longer_than_wechat_takes(text: str, labels: list[str]) -> None:
    choices = tuple(Choice(key=str(number), label=label) for number, label in enumerate(labels, start=1))

    said = texts(message(text, choices=choices))

    assert all(0 < size(one) <= LONGEST_TOGETHER for one in said)


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_is_said_of_an_empty_message(text: str) -> None:
    assert (texts(message(text)), LONGEST_TEXT) == ([], 1800)
