"""The log of questions holds what was asked and no number by which anybody could be found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import questions
from bot.domain.persons import people
from bot.domain.questions import Outcome, without_numbers
from db.models import Question
from tests.kit.post import target
from tests.kit.talk import MORNING

IDENTITY = "44060419800101001X"


def logged(db: Session, text: str) -> Question:
    _, address = people.known_at(db, target("li"), now=MORNING)
    questions.log(
        db, text, Outcome.ANSWERED, address_id=address.id or 0, now=MORNING, entry_id="shiwan.x", score=0.123456
    )
    return db.execute(select(Question)).scalar_one()


def test_a_line_keeps_the_words_the_outcome_and_the_entry(db: Session) -> None:
    line = logged(db, "二次报销怎么办")

    assert (line.text, line.outcome, line.entry_id, line.score, line.asked_at) == (
        "二次报销怎么办",
        "answered",
        "shiwan.x",
        0.1235,
        MORNING,
    )


def test_a_long_question_is_cut_to_what_is_kept(db: Session) -> None:
    assert logged(db, "长" * 1000).text == "长" * 400


def test_a_number_at_the_cut_is_blotted_out_whole(db: Session) -> None:
    assert logged(db, "长" * 395 + "13800138000").text == "长" * 395 + "***"


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "138－0013－8000",
        "１３８００１３８０００",
        "0757-82345678",
        "82345678",
        IDENTITY,
        IDENTITY.lower(),
        "440604 19800101 001X",
    ],
)
def test_what_could_be_a_phone_or_an_identity_number_is_blotted_out(number: str) -> None:
    assert without_numbers(f"我的{number}对吗") == "我的***对吗"


@pytest.mark.parametrize("text", ["2022年10月", "补助3000元", "第37条", "5月1日9:30", "", "没有数字"])
def test_other_numbers_stay(text: str) -> None:
    assert without_numbers(text) == text


@given(st.text(), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text())
def test_no_mobile_number_ever_stays_readable(before: str, number: str, after: str) -> None:
    assert number not in without_numbers(before + number + after)
