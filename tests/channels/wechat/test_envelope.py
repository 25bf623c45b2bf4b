"""The four examples of WeChat's own documents, and whatever else could come instead.

https://developers.weixin.qq.com/doc/service/guide/dev/push/encryption.html
"""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat.envelope import Envelope, ForgedCallback, UnreadableCallback, signature
from bot.errors import SettingsError
from tests.kit.wechat_calls import AES_KEY, APP_ID, OLD_AES_KEY, TOKEN

ENVELOPE = Envelope(app_id=APP_ID, token=TOKEN, aes_keys=(AES_KEY,))
SEALED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8"
    "XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32I"
    "Ijdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
INSIDE = (
    b'{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
    b'"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)


def raw(plain: bytes) -> str:
    """Encrypt bytes as they are, whole blocks already."""
    key = base64.b64decode(f"{AES_KEY}=")
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def test_the_address_is_verified_as_the_document_does_it() -> None:
    assert signature(TOKEN, "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"


def test_a_plain_message_is_verified_as_the_document_does_it() -> None:
    assert ENVELOPE.is_signed("899cf89e464efb63f54ddac96b0a0a235f53aa78", "1714037059", "486452656")


def test_a_sealed_message_is_verified_and_opened_as_the_document_does_it() -> None:
    assert ENVELOPE.is_signed("046e02f8204d34f8ba5fa3b1db94908f3df2e9b3", "1714112445", "415670741", SEALED)
    assert ENVELOPE.open(SEALED) == INSIDE


def test_an_answer_is_sealed_and_signed_as_the_document_does_it() -> None:
    sealed = ENVELOPE.seal(b'{"demo_resp":"good luck"}', salt=b"707722b803182950")

    assert sealed == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    assert ENVELOPE.sign("1713424427", "415670741", sealed) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


@given(st.binary(max_size=200))
def test_what_was_sealed_is_opened_again(text: bytes) -> None:
    assert ENVELOPE.open(ENVELOPE.seal(text)) == text


def test_what_is_sealed_twice_looks_different() -> None:
    assert ENVELOPE.seal(b"success") != ENVELOPE.seal(b"success")


def test_what_was_sealed_with_the_key_before_is_still_opened() -> None:
    both = Envelope(app_id=APP_ID, token=TOKEN, aes_keys=(AES_KEY, OLD_AES_KEY))
    before = Envelope(app_id=APP_ID, token=TOKEN, aes_keys=(OLD_AES_KEY,))

    assert (both.open(before.seal(b"old")), both.open(ENVELOPE.seal(b"new"))) == (b"old", b"new")


def test_what_is_meant_for_another_account_is_forged() -> None:
    foreign = Envelope(app_id="wx0000000000000000", token=TOKEN, aes_keys=(AES_KEY,))

    with pytest.raises(ForgedCallback, match="another account"):
        ENVELOPE.open(foreign.seal(b"hello"))


def test_nothing_is_opened_without_a_key() -> None:
    with pytest.raises(UnreadableCallback, match="no key"):
        Envelope(app_id=APP_ID, token=TOKEN).open(SEALED)


UNREADABLE = {
    "nothing": "",
    "no base64": "!!!!",
    "half a character": "\ud800",
    "no whole blocks": base64.b64encode(b"x" * 17).decode(),
    "noise": base64.b64encode(bytes(range(64))).decode(),
    "no padding": raw(b"\0" * 32),
    "uneven padding": raw(b"x" * 30 + b"\x01\x02"),
    "padding longer than a block": raw(b"\xff" * 256),
    "too short for a head": raw(b"x" * 16 + b"\x10" * 16),
    "longer than it is": raw(b"s" * 16 + b"\0\0\xff\xff" + b"x" * 11 + b"\x01"),
}


@pytest.mark.parametrize("sealed", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_opened_is_unreadable(sealed: str) -> None:
    with pytest.raises(UnreadableCallback):
        ENVELOPE.open(sealed)


@given(st.text(max_size=80))
def test_whatever_comes_is_opened_or_refused(sealed: str) -> None:
    with pytest.raises((UnreadableCallback, ForgedCallback)):
        ENVELOPE.open(sealed)


@pytest.mark.parametrize("key", ["", "A" * 42, "A" * 44, "A" * 42 + "!"])
def test_a_key_that_is_none_is_a_wrong_setting(key: str) -> None:
    with pytest.raises(SettingsError, match="HONGYAN_WECHAT_AES_KEY"):
        Envelope(app_id=APP_ID, token=TOKEN, aes_keys=(key,))
