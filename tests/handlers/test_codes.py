"""Whoever says that they are there is asked for the code at the venue."""

from sqlmodel import Session

from bot.domain import codes
from db.models import CodePurpose
from tests.handlers.conftest import Neighbour, Village
from tests.handlers.test_signups import held, member
from tests.kit.talk import MORNING


def test_whoever_wants_to_check_in_is_asked_for_the_code_and_may_leave(village: Village) -> None:
    chen: Neighbour = member(village, "陈大文")
    activity_id = held(village)

    def make(db: Session) -> str:
        return codes.make(db, CodePurpose.POSTER, activity_id, now=MORNING)

    code = village.world.run(make)

    assert chen.says("签到") == "codes/which"
    assert chen.says("0") == "engine/cancelled"
    assert chen.says("打卡", code) == "volunteering/activity"
    assert chen.says("签到", "没有码") == "codes/wrong"
