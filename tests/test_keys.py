"""What is derived from the one secret: sealing, blind look-up, signatures."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.keys import Keys, same

KEYS = Keys("a secret for tests only, 32 bytes")
OTHERS = Keys("another secret, as long as it gets")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_what_is_sealed_is_opened_again(text: str) -> None:
    assert KEYS.open(KEYS.seal(text)) == text


@given(TEXTS)
def test_what_is_sealed_is_plain_ascii_and_never_twice_the_same(text: str) -> None:
    sealed = KEYS.seal(text)

    assert (sealed.isascii(), sealed.isprintable()) == (True, True)
    assert sealed != KEYS.seal(text)


def test_what_another_sealed_is_not_opened() -> None:
    with pytest.raises(ValueError, match="not sealed with this key"):
        OTHERS.open(KEYS.seal("13800138000"))


@given(st.integers(0, 38), st.integers(0, 7))
def test_what_was_touched_is_not_opened(place: int, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(KEYS.seal("13800138000") + "=="))
    raw[place] ^= 1 << bit

    with pytest.raises(ValueError, match="not sealed with this key"):
        KEYS.open(base64.urlsafe_b64encode(raw).decode().rstrip("="))


@given(st.text())
def test_rubbish_is_not_opened(rubbish: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # any refusal will do, as long as it is one
        KEYS.open(rubbish)


@given(TEXTS, TEXTS)
def test_equal_texts_are_found_and_others_are_not(one: str, other: str) -> None:
    assert (KEYS.blind(one) == KEYS.blind(other)) == (one == other)


def test_a_blind_says_nothing_without_the_secret() -> None:
    assert KEYS.blind("13800138000") != OTHERS.blind("13800138000")
    assert len(KEYS.blind("13800138000")) == 64


@given(TEXTS)
def test_a_signature_holds_for_one_text_and_one_purpose(text: str) -> None:
    signature = KEYS.sign("file", text)

    assert KEYS.signed("file", text, signature) is True
    assert KEYS.signed("file", f"{text}1", signature) is False
    assert KEYS.signed("cookie", text, signature) is False
    assert OTHERS.signed("file", text, signature) is False


@pytest.mark.parametrize("forged", ["", "x", "é", "\ud800", "A" * 32, "A" * 10_000])
def test_a_forged_signature_is_refused_whatever_it_is(forged: str) -> None:
    assert KEYS.signed("file", "1.2", forged) is False


@given(st.text(), st.text())
def test_only_equal_secrets_are_the_same(one: str, other: str) -> None:
    assert same(one, one) is True
    assert same(one, other) == (one == other)


def test_half_a_character_is_not_taken_for_a_question_mark() -> None:
    assert same("?", "\ud800") is False
