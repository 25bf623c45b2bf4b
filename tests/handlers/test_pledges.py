"""A pledge: written in a sentence, looked at above or public at once, followed up each month, done, appraised."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access
from bot.domain.files import IncomingFile
from content.words import label
from db.models import AuditLine, FileKind, Pledge, PledgeLine, Role
from tests.handlers.conftest import TOWN, Neighbour, Village, unit_named
from tests.kit.talk import Heard

DRAIN = "12月底前修好东巷排水"
PHOTO = IncomingFile(kind=FileKind.PHOTO, remote_id="a photo")
ENDS = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
"""When the month ends in which everybody talks here, ten o'clock there."""


@pytest.fixture
def pan(village: Village, secretary: Neighbour) -> Neighbour:
    """The secretary of 番村, by name."""
    village.call(secretary, "潘志明")
    return secretary


@pytest.fixture
def above(village: Village) -> Neighbour:
    """A cadre of the township."""
    zhou = village.cadre("zhou", TOWN, Role.CADRE)
    village.call(zhou, "周敏")
    return zhou


@pytest.fixture
def neighbour(village: Village, li: Neighbour) -> Neighbour:
    """Somebody of 番村."""
    village.settle(li, "番村")
    return li


def pledged(pan: Neighbour) -> None:
    """Make the drain public."""
    assert pan.says("承诺", DRAIN, "1") == "pledges/published"


def until(village: Village, moment: datetime) -> None:
    """Let it be a later moment, and do what falls due by then."""
    village.world.clock.turn(moment - village.world.clock.now())
    village.works()


def kept(village: Village) -> list[tuple[str, str, str]]:
    """Every pledge: its words, the day and where it stands."""
    rows = select(Pledge).order_by(col(Pledge.id))
    return village.world.run(
        lambda db: [(one.words, one.due_on.isoformat(), one.state.value) for one in db.execute(rows).scalars()]
    )


def became(village: Village) -> list[tuple[str, str, int]]:
    """Every line of the histories: what became, the words, how many photos."""
    rows = select(PledgeLine).order_by(col(PledgeLine.id))
    return village.world.run(
        lambda db: [(one.became.value, one.words, len(one.files)) for one in db.execute(rows).scalars()]
    )


def acts(village: Village) -> list[str]:
    rows = select(col(AuditLine.act)).where(col(AuditLine.act).startswith("pledges.")).order_by(col(AuditLine.id))
    return village.world.run(lambda db: list(db.execute(rows).scalars()))


def test_the_journey_of_the_drain(village: Village, pan: Neighbour, above: Neighbour, neighbour: Neighbour) -> None:
    village.begin()
    asked = pan.says("承诺")
    shown = pan.says(DRAIN)
    assert asked.text == "请写一条，含完成时间。例：6月底前修好东巷排水"
    assert shown.text == f"“{DRAIN}”\n2026年12月31日前完成。公开后番村的人都能看到。"
    assert shown.labels == [label("publish_pledge"), label("review_pledge")]
    assert pan.says("2") == "pledges/sent"
    assert neighbour.says("书记承诺") == "pledges/none_here"

    [waits] = above.hears()
    assert waits.text == f"【承诺待审】番村 潘志明\n{DRAIN}\n2026年12月31日前完成。"
    assert above.says("1") == "pledges/you_approved"
    assert pan.hears() == ["pledges/approved"]

    listed = neighbour.says("书记承诺")
    assert listed.labels == ["12月底前修好东巷排水 12月31日前 进行中"]
    first = neighbour.says("1")
    assert first.text == f"【书记承诺】{DRAIN}\n番村 潘志明，2026年12月31日前完成，进行中"
    assert first.labels == []

    until(village, ENDS)
    [month] = [one for one in pan.hears() if one == "pledges/how_far"]
    assert month.text == f"“{DRAIN}”到哪一步了？可发照片。"
    assert pan.sends(pan.inbound("管已埋好，还差路面", files=(PHOTO,))) == "pledges/progress_kept"
    seen = neighbour.says("书记承诺", "1")
    assert seen.text.splitlines()[2] == "11月30日 周一：管已埋好，还差路面"
    assert len(seen.message.attachments) == 1

    pan.says("我的承诺", "1", "2")
    assert pan.says("路面也铺好了") == "pledges/done_kept"
    [done] = above.hears()
    look = above.says("1")
    assert (done, look.labels) == ("pledges/done_for_reviewer", [label("appraise_pledge")])
    stages = above.says("1")
    assert stages.labels == ["党员评议（示例）", "村民代表评议（示例）", "上级评议（示例）"]
    above.says("3", "1")
    assert above.says("1") == "pledges/appraised"
    assert neighbour.says("书记承诺", "1").text.splitlines()[-1] == "评议：上级评议（示例） 好（11月30日）"
    assert acts(village) == [f"pledges.{act}" for act in ("send", "approve", "progress", "done", "appraise")]


def test_who_is_no_secretary_is_told_where_to_look(neighbour: Neighbour, above: Neighbour) -> None:
    assert neighbour.says("承诺") == "pledges/secretaries_make_them"
    assert above.says("承诺 12月底前修路") == "pledges/secretaries_make_them"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("修" * 61, "engine/too_long"),
        ("1", "engine/too_short"),
        ("修好东巷排水", "pledges/by_which_day"),
        ("3天前修好东巷排水", "pledges/by_which_day"),
        ("昨天修好东巷排水", "pledges/by_which_day"),
        ("2月30日前修好东巷排水", "pledges/by_which_day"),
        ("每月10日开放活动室", "pledges/by_which_day"),
    ],
)
def test_a_sentence_without_a_day_to_come_is_asked_about(pan: Neighbour, said: str, heard: str) -> None:
    assert pan.says("承诺", said) == heard


@pytest.mark.parametrize(
    ("said", "heard"),
    [("很快", "pledges/no_such_day"), ("昨天", "pledges/day_is_past"), ("12月20日", "pledges/as_it_will_be")],
)
def test_a_day_is_read_or_asked_again(pan: Neighbour, said: str, heard: str) -> None:
    assert pan.says("承诺", "修好东巷排水", said) == heard


def test_what_is_returned_is_written_anew_and_an_old_yes_says_nothing(
    village: Village, pan: Neighbour, above: Neighbour
) -> None:
    pan.says("承诺", DRAIN, "2")
    [waits] = above.hears()

    assert above.says("2") == "pledges/why_returned"
    assert above.says("写上花多少钱") == "pledges/you_returned"
    [back] = pan.hears()
    assert back.text == f"上级退回了“{DRAIN}”。\n原因：写上花多少钱"
    assert pan.says("1") == "pledges/write_one"
    assert pan.says("12月底前花8万元修好东巷排水") == "pledges/sent"
    assert above.presses(waits, label("approve_pledge")) == "pledges/not_any_more"
    [again] = above.hears()
    assert above.presses(again, label("approve_pledge")) == "pledges/you_approved"
    assert kept(village) == [("12月底前花8万元修好东巷排水", "2026-12-31", "published")]
    assert [one for one, _, _ in became(village)] == ["sent", "returned", "sent", "published"]


def test_where_nobody_above_can_be_asked_it_may_be_public(village: Village, pan: Neighbour) -> None:
    assert pan.says("承诺", DRAIN, "2") == "pledges/nobody_above"
    assert kept(village) == []
    pledged(pan)


def test_nobody_says_yes_to_their_own_pledge(village: Village, pan: Neighbour, above: Neighbour) -> None:
    def raise_him(db: Session) -> None:
        access.grant(db, pan.record(db), Role.CADRE, unit_named(db, TOWN))

    village.world.run(raise_him)
    pan.says("承诺", DRAIN, "2")

    assert (pan.hears(), above.hears()) == ([], ["pledges/for_reviewer"])
    waiting = [[one for one in who.says("待办").labels if one.startswith("审承诺")] for who in (pan, above)]
    assert waiting == [[], ["审承诺 番村 12月底前修好东巷排水"]]


def test_a_month_asks_once_for_all_and_not_who_has_just_told(village: Village, pan: Neighbour) -> None:
    village.begin()
    pledged(pan)
    for words in ("明年6月底前建好停车场", "明年底前修好水塘"):
        assert pan.says("承诺", words, "1") == "pledges/published"
    village.world.clock.turn(timedelta(days=2))
    assert pan.says("报进展", "3", "1", "已请人测量") == "pledges/progress_kept"
    until(village, ENDS)
    [asked] = pan.hears()

    assert asked.text == "您有2条承诺在办，到哪一步了？回数字说，可发照片。"
    assert asked.labels == ["12月底前修好东巷排水", "明年6月底前建好停车场"]
    assert pan.says("1") == "pledges/how_far"
    assert pan.sends(pan.inbound(files=(PHOTO,))) == "pledges/progress_kept"
    until(village, ENDS + timedelta(hours=5))
    assert pan.hears() == []
    assert became(village)[-1] == ("progress", "", 1)


def test_who_starts_days_too_late_asks_for_the_next_month_only(village: Village, pan: Neighbour) -> None:
    village.begin()
    pledged(pan)
    village.world.clock.turn(ENDS + timedelta(days=36) - village.world.clock.now())
    village.works()

    assert "pledges/how_far" not in pan.hears()


def test_a_photo_alone_answers_the_question_how_far(village: Village, pan: Neighbour) -> None:
    village.begin()
    pledged(pan)
    until(village, ENDS)
    assert pan.hears() == ["pledges/how_far"]

    assert pan.sends(pan.inbound(files=(PHOTO,))) == "pledges/progress_kept"


def test_on_its_day_it_is_asked_for_and_then_it_is_overdue(
    village: Village, pan: Neighbour, neighbour: Neighbour
) -> None:
    assert pan.says("承诺", "12月4日前修好路灯", "1") == "pledges/published"
    until(village, datetime(2026, 12, 4, 1, 0, tzinfo=UTC))
    [asked] = pan.hears()
    assert asked.text == "“12月4日前修好路灯”今天到期，办成了吗？可发照片。"
    assert pan.says("待办").labels == ["承诺 12月4日前修好路灯"]

    until(village, datetime(2026, 12, 5, 1, 0, tzinfo=UTC))
    assert neighbour.says("书记承诺").labels == ["12月4日前修好路灯 12月4日前 已过期"]
    assert pan.says("待办").labels == [f"{label('overdue')} 承诺 12月4日前修好路灯"]


def test_a_pledge_of_today_is_asked_for_tomorrow(village: Village, pan: Neighbour) -> None:
    assert pan.says("承诺", "今天修好路灯", "1") == "pledges/published"
    village.works()
    assert pan.hears() == []


def test_what_is_withdrawn_is_shown_with_its_reason(village: Village, pan: Neighbour, neighbour: Neighbour) -> None:
    pledged(pan)
    asked = pan.says("我的承诺", "1", "3")
    assert asked == "pledges/why_withdrawn"
    assert pan.says("镇里统一修").text == "已撤回。大家会看到原因。"

    assert neighbour.says("书记承诺", "1").text.splitlines()[1:] == [
        "番村 潘志明，2026年12月31日前完成，已撤回",
        "原因：镇里统一修",
    ]
    assert pan.says("我的承诺").labels == [label("write_pledge")]
    until(village, datetime(2026, 12, 31, 1, 0, tzinfo=UTC))
    assert pan.hears() == []


def test_what_waits_and_is_withdrawn_was_never_seen(pan: Neighbour, above: Neighbour, neighbour: Neighbour) -> None:
    pan.says("承诺", DRAIN, "2")
    [waits] = above.hears()
    pan.says("我的承诺", "1", "1")

    assert pan.says("不办了也行").text == "已撤回。"
    assert neighbour.says("书记承诺") == "pledges/none_here"
    assert above.presses(waits, label("approve_pledge")) == "pledges/not_any_more"


def test_another_village_does_not_see_it_and_its_secretary_has_no_say(
    village: Village, pan: Neighbour, wang: Neighbour
) -> None:
    pledged(pan)
    other = village.cadre("other", "深村")
    village.settle(wang, "黎冲村")

    assert wang.says("书记承诺").text == "黎冲村还没有公开的书记承诺。"
    assert other.says("报进展") == "pledges/mine"
    assert other.sends(other.inbound(button=pressed(pan, label("tell_progress")))) == "engine/shown_again"


def pressed(pan: Neighbour, button: str) -> str:
    heard: Heard = pan.says("我的承诺", "1")
    key = next(one.key for one in heard.message.choices if one.label == button)
    return f"{heard.outbox_id}:{key}"


def test_who_is_of_no_village_is_asked_which(pan: Neighbour, wang: Neighbour) -> None:
    pledged(pan)

    assert wang.says("书记承诺") == "cases/which_village"
    assert wang.says("番村") == "pledges/of_village"


def test_many_are_shown_a_page_at_a_time(pan: Neighbour, neighbour: Neighbour) -> None:
    for number in range(1, 8):
        assert pan.says("承诺", f"12月{number + 10}日前修好{number}号路灯", "1") == "pledges/published"

    first = neighbour.says("书记承诺")
    second = neighbour.says("5")

    assert (first.labels[-1], len(second.labels)) == ("更多 3", 3)


def test_whoever_follows_a_secretary_is_asked_instead(village: Village, pan: Neighbour) -> None:
    village.begin()
    pledged(pan)
    village.dismiss(pan)
    chen = village.cadre("chen", "番村")
    until(village, ENDS)

    assert (pan.hears(), "pledges/how_far" in chen.hears()) == ([], True)
    assert chen.says("管已埋好") == "pledges/progress_kept"
    assert pan.says("我的承诺", "1") == "pledges/shown"


@pytest.mark.parametrize("said", ["11月1日", "12月1日", "随便"])
def test_an_appraisal_has_a_day_between_publication_and_now(
    village: Village, pan: Neighbour, above: Neighbour, said: str
) -> None:
    pledged(pan)
    village.settle(above, "番村")
    above.says("书记承诺", "1", "1", "1", "2")

    assert above.says(said) in {"pledges/no_day_to_appraise", "pledges/no_such_day"}


def test_no_secretary_appraises_their_own(pan: Neighbour) -> None:
    pledged(pan)

    assert label("appraise_pledge") not in pan.says("书记承诺", "1").labels
