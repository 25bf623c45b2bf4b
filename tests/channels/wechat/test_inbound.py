"""Messages and events, as WeChat writes them, and what is read in them."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import ReachKind
from bot.channels.wechat.envelope import UnreadableCallback
from bot.channels.wechat.inbound import Heard, understand
from bot.channels.wechat.markup import read, write
from bot.channels.wechat.places import from_wechat, to_wechat
from bot.conversation.turn import Inbound
from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from db.models import FileKind
from tests.kit.wechat_calls import LI, event, message, said

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def heard(fields: dict[str, str | int]) -> Heard:
    return understand(read(write(fields).encode()), account="wx1", now=NOW)


def inbound(fields: dict[str, str | int]) -> Inbound:
    found = heard(fields).inbound
    assert found
    return found


def test_a_text_is_read() -> None:
    assert inbound({**said("  二次报销\n怎么办"), "MsgId": 7}) == Inbound(
        channel="wechat",
        account="wx1",
        sender=LI,
        message_id="m7",
        chat=LI,
        sent_at=datetime.fromtimestamp(1_764_000_000, UTC),
        text="  二次报销\n怎么办",
    )


FILES = {
    "a picture": (
        message("image", MediaId="p", PicUrl="http://x/p"),
        IncomingFile(FileKind.PHOTO, "p", "", "", "image/jpeg"),
    ),
    "a voice": (message("voice", MediaId="v", Format="amr"), IncomingFile(FileKind.VOICE, "v", "", "", "audio/amr")),
    "a film": (
        message("video", MediaId="f", ThumbMediaId="t"),
        IncomingFile(FileKind.DOCUMENT, "f", "", "", "video/mp4"),
    ),
    "a short film": (message("shortvideo", MediaId="f"), IncomingFile(FileKind.DOCUMENT, "f", "", "", "video/mp4")),
}


@pytest.mark.parametrize(("fields", "expected"), FILES.values(), ids=FILES)
def test_a_file_is_noted(fields: dict[str, str | int], expected: IncomingFile) -> None:
    found = inbound(fields)

    assert (found.files, found.text) == ((expected,), "")


def test_a_voice_that_was_understood_has_words_too() -> None:
    found = inbound(message("voice", MediaId="v", Format="speex", Recognition="二次报销"))

    assert (found.text, [one.media_type for one in found.files]) == ("二次报销", ["audio/speex"])


@pytest.mark.parametrize("media_id", ["", "x" * 201])
def test_a_file_that_could_not_be_fetched_is_none(media_id: str) -> None:
    assert inbound(message("image", MediaId=media_id)).files == ()


def test_a_link_is_its_title_and_address() -> None:
    assert inbound(message("link", Title="告示", Description="x", Url="https://a.cn")).text == "告示\nhttps://a.cn"


def test_a_place_is_shifted_to_where_it_lies() -> None:
    latitude, longitude = to_wechat(23.0, 113.1)

    found = inbound(message("location", Location_X=str(latitude), Location_Y=str(longitude), Scale=16, Label="祠堂"))

    assert found.pin == Pin(latitude=23.0, longitude=113.1, name="祠堂")


def test_the_shift_is_some_hundred_metres_in_china_and_none_elsewhere() -> None:
    latitude, longitude = to_wechat(39.907, 116.391)

    assert (round(latitude, 3), round(longitude, 3)) == (39.908, 116.397)
    assert (to_wechat(48.85, 2.35), from_wechat(48.85, 2.35)) == ((48.85, 2.35), (48.85, 2.35))


@given(st.floats(18, 53), st.floats(75, 134))
def test_shifting_there_and_back_ends_within_a_metre(latitude: float, longitude: float) -> None:
    back = from_wechat(*to_wechat(latitude, longitude))

    assert abs(back[0] - latitude) < 1e-5
    assert abs(back[1] - longitude) < 1e-5


SPOKEN_EVENTS = {
    "following": (event("subscribe"), "/start"),
    "following by a code": (event("subscribe", EventKey="qrscene_ABCD2345", Ticket="t"), "/start ABCD2345"),
    "scanning a code": (event("SCAN", EventKey="ABCD2345", Ticket="t"), "/start ABCD2345"),
    "tapping the menu": (event("CLICK", EventKey="大家常问"), "大家常问"),
}


@pytest.mark.parametrize(("fields", "text"), SPOKEN_EVENTS.values(), ids=SPOKEN_EVENTS)
def test_some_events_say_something(fields: dict[str, str | int], text: str) -> None:
    assert inbound(fields).text == text


def test_the_same_event_has_the_same_key_and_another_has_another() -> None:
    keys = [
        inbound(event("SCAN", EventKey=key, at=at)).message_id
        for key, at in (("A2345678", 1), ("A2345678", 1), ("A2345678", 2), ("B2345678", 1))
    ]

    assert (keys[0] == keys[1], len(set(keys)), {len(key) for key in keys}) == (True, 3, {41})


def test_who_comes_can_be_reached_and_who_goes_cannot() -> None:
    kinds = [
        found.kind if (found := heard(event(name)).reach) else None for name in ("subscribe", "unsubscribe", "SCAN")
    ]

    assert kinds == [ReachKind.REGAINED, ReachKind.LOST, None]


def test_a_kind_nobody_told_us_of_is_a_turn_without_words() -> None:
    found = heard(message("hologram", MediaId="h"))

    assert (found.is_known, found.inbound is not None and found.inbound.files) == (False, ())


def test_an_event_with_several_pictures_is_known_and_says_nothing() -> None:
    items = "".join(f"<item><PicMd5Sum>{number}</PicMd5Sum></item>" for number in range(3))
    pictures = f"<SendPicsInfo><Count>3</Count><PicList>{items}</PicList></SendPicsInfo></xml>"
    xml = write(event("pic_photo_or_album", EventKey="x")).replace("</xml>", pictures)

    found = understand(read(xml.encode()), account="wx1", now=NOW)

    assert (found.is_known, found.inbound, found.sender) == (True, None, LI)


def test_what_is_dated_ahead_is_not_believed() -> None:
    assert inbound(said("x", CreateTime=8_000_000_000)).sent_at == NOW + timedelta(minutes=10)


texts = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@given(
    kind=st.sampled_from(["text", "image", "voice", "video", "location", "link", "event", "x"]),
    name=st.sampled_from(["subscribe", "SCAN", "CLICK", "unsubscribe", "VIEW", "subscribe_msg_popup_event", "y"]),
    values=st.dictionaries(
        st.sampled_from(
            ["Content", "MediaId", "Location_X", "Location_Y", "EventKey", "Format", "bizmsgmenuid", "Url"]
        ),
        texts,
    ),
)
def test_whatever_wechat_sends_is_understood_or_unreadable(kind: str, name: str, values: dict[str, str]) -> None:
    fields = {**message(kind), "Event": name, **values}
    seen: Heard | None = None

    with contextlib.suppress(UnreadableCallback):
        seen = heard(fields)

    assert seen is not None or kind == "location"
    assert seen is None or (seen.sender, seen.recipient) == (LI, fields["ToUserName"])
