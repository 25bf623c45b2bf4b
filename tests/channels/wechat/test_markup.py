"""XML as WeChat writes it, and the tricks XML is known for."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat.envelope import UnreadableCallback
from bot.channels.wechat.markup import Element, read, write

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<xml><Content>&b;</Content></xml>"""
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'


def test_a_message_is_read() -> None:
    found = read("<xml><Content><![CDATA[<b>二次报销</b> & ]]></Content>\n<MsgId>7</MsgId></xml>".encode())

    assert (found.get("Content"), found.get("MsgId"), found.get("Nothing")) == ("<b>二次报销</b> &", "7", "")


def test_a_list_may_have_several_of_a_kind() -> None:
    found = read(b"<xml><E><List><T>1</T></List><List><T>2</T></List></E></xml>").find("E")

    assert found
    assert [one.get("T") for one in found.children] == ["1", "2"]


REFUSED = {
    "nothing": b"",
    "no XML": b'{"ToUserName": "gh"}',
    "cut off": b"<xml><Content>",
    "two roots": b"<xml/><xml/>",
    "an entity bomb": BOMB,
    "an external entity": EXTERNAL,
    "only a document type": b"<!DOCTYPE xml><xml/>",
    "an instruction": b"<xml><?php echo 1 ?></xml>",
    "an attribute": b'<xml a="1"/>',
    "the same twice": b"<xml><Content>a</Content><Content>b</Content></xml>",
    "too deep": b"<a><b><c><d><e><f/></e></d></c></b></a>",
    "too many": b"<xml>" + b"".join(b"<a%d/>" % number for number in range(600)) + b"</xml>",
    "a name without end": b"<xml><" + b"a" * 100 + b"/></xml>",
    "NUL": b"<xml><Content>a\0b</Content></xml>",
    "no UTF-8": b"<xml><Content>\xff</Content></xml>",
    "a control character": b"<xml><Content>&#1;</Content></xml>",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_wechat_would_never_write_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableCallback):
        read(data)


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    found: Element | None = None

    with contextlib.suppress(UnreadableCallback):
        found = read(b"<xml>" + data + b"</xml>")

    assert found is None or found.name == "xml"


@given(st.text(max_size=60).filter(str.isprintable))
def test_what_is_written_is_read_again(text: str) -> None:
    assert read(write({"Content": text}).encode()).get("Content") == text.strip()


def test_a_text_cannot_end_its_section_early() -> None:
    written = write({"Content": "a]]></Content><MsgType>news</MsgType>", "CreateTime": 7})

    found = read(written.encode())
    assert [one.name for one in found.children] == ["Content", "CreateTime"]
    assert found.get("Content") == "a]]></Content><MsgType>news</MsgType>"


def test_a_text_loses_what_no_xml_may_hold() -> None:
    assert write({"Content": "a\0b\x0bc\ud800d\n"}) == "<xml><Content><![CDATA[abcd\n]]></Content></xml>"
