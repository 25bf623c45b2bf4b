"""Journey J8: a broadcast by chat, from whom it is for to what became of it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from bot.domain.broadcasts.progress import Progress, progress
from bot.domain.files import IncomingFile
from bot.domain.outgoing import leasing, settling
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import AWAITED, Settlement
from bot.domain.persons import people
from db.claims import table_of
from db.models import (
    AuditLine,
    Broadcast,
    BroadcastState,
    FileKind,
    OutboxRow,
    OutboxState,
    Recipient,
    RecipientState,
    Role,
)
from tests.handlers.conftest import Neighbour, Village
from tests.kit.branch import Branch
from tests.kit.databases import HOUSE
from tests.kit.talk import MORNING, Heard

WATER = "周五下午2点停水"
PREVIEW = ["马上发", "定时", "先发给我看", "改", "要回执", "加急"]


@dataclass
class Pan:
    """The branch 潘一支部 with three members who can be reached and one who never wrote, and its cadre."""

    village: Village
    branch: Branch
    cadre: Neighbour
    members: list[Neighbour] = field(default_factory=list[Neighbour])

    def broadcasts(self) -> list[Broadcast]:
        rows = select(Broadcast).order_by(col(Broadcast.id))
        return list(self.village.world.run(lambda db: db.execute(rows).scalars().all()))

    def states(self) -> list[BroadcastState]:
        return [one.state for one in self.broadcasts()]

    def stands(self, broadcast_id: int = 1) -> Progress:
        return self.village.world.run(lambda db: progress(db, broadcast_id, self.village.world.clock.now()))

    def goes_on(self, seconds: float = 2) -> None:
        """Let some time pass and whatever is due be done."""
        self.branch.turn_to(self.village.world.clock.now() + timedelta(seconds=seconds))

    def hear(self) -> list[list[str]]:
        """What each member hears now."""
        return [[one.text for one in member.hears()] for member in self.members]

    def keeps(self, chat: str) -> None:
        """Let the channel take what is due to somebody and show it when they come next."""
        now = self.village.world.clock.now()

        def keep(db: Session) -> None:
            taken = leasing.lease_due(db, Lane("test", "bot"), owner="wechat", now=now, chat=chat)
            kept = [Settlement(one, OutboxState.PENDING, "Kept: no right", again_at=now, is_kept=True) for one in taken]
            settling.settle(db, [replace(one, again_at=now + AWAITED) for one in kept], now=now)

        self.village.world.run(keep)

    def is_shown(self, chat: str) -> None:
        """Let somebody come and be shown what lies with the channel for them."""
        rows = table_of(OutboxRow)
        theirs = (rows.c.chat == chat, rows.c.state == OutboxState.PENDING)
        self.village.world.run(lambda db: db.execute(update(rows).where(*theirs).values(state=OutboxState.SENT)))

    def composed(self, *said: str) -> Heard:
        """Write the usual broadcast to the branch and answer the preview."""
        return self.cadre.says("通知", "潘一支部", WATER, *said)


@pytest.fixture
def pan(village: Village) -> Pan:
    branch = Branch.below(village.world, "番村")
    cadre = village.cadre("cadre", "番村")
    made = Pan(village, branch, cadre)
    for name, chat in (("陈大文", "chen"), ("李小梅", "li"), ("王芳", "wang")):
        member = village.person(chat)
        branch.member(member, name)
        made.members.append(member)
    branch.stranger("何伯")
    return made


def test_whom_it_is_for_is_said_back_before_anything_is_written(pan: Pan) -> None:
    asked = pan.cadre.says("通知")
    shown = pan.cadre.says("潘一支部")

    assert (asked, shown) == ("broadcasts/whom", "broadcasts/what")
    assert shown.text == (
        "潘一支部，4人。\n可送达3，未绑定1。\n有：陈大文、李小梅、王芳、何伯\n请发内容，可带图片或文件。"
    )
    assert pan.broadcasts() == []


def test_it_is_previewed_and_goes_out_at_once_to_everybody_once(pan: Pan) -> None:
    preview = pan.composed()
    sent = pan.cadre.says("1")
    pan.goes_on()

    assert preview.text == f"预览（潘一支部 4人（聊天3））：\n【番村】{WATER}"
    assert preview.labels == PREVIEW
    assert sent.text == "开始发了，4人。\n发“进度”可看，回“撤回”可停。"
    assert pan.hear() == [[f"【番村】{WATER}"]] * 3
    pan.goes_on()
    assert pan.hear() == [[], [], []]
    assert pan.states() == [BroadcastState.FINISHED]


def test_its_author_hears_once_how_it_ended_and_whom_to_call(pan: Pan) -> None:
    pan.composed("1")
    pan.goes_on()
    pan.hear()
    pan.goes_on()
    pan.goes_on()

    [told] = pan.cadre.hears()
    listed = pan.cadre.says("1")

    assert told.text == f"发完了：{WATER}\n已发4/4。\n送达3，未绑定或停用1。\n没收到1人，可看名单打电话。"
    assert listed.text == f"{WATER}\n没收到的还有1位（未绑定或停用1）。打过的请回号码，如“1 2”。"
    assert [one.rsplit(" ", 1)[0] for one in listed.labels] == ["何伯", "看电话号码"]
    assert pan.cadre.says("1") == "broadcasts/ticked"
    assert pan.cadre.says("进度").labels == []


def test_a_time_is_said_with_the_digit_and_kept(pan: Pan) -> None:
    said = pan.composed("2 明早8点")

    assert said.text == "已定：11月24日 周二 8:00，4人。\n回“撤回”可取消。"
    pan.branch.turn_to(datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    assert pan.hear() == [[], [], []]
    pan.branch.turn_to(datetime(2026, 11, 24, 0, 0, 2, tzinfo=UTC))
    assert pan.hear() == [[f"【番村】{WATER}"]] * 3


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("2", "broadcasts/when"),
        ("昨天早上8点", "broadcasts/in_the_past"),
        ("每周一早上8点", "broadcasts/once_only"),
        ("周一8点半", "sessions/which_time"),
        ("随便", "broadcasts/when"),
    ],
)
def test_times_that_are_not_one_time_are_asked_about(pan: Pan, said: str, heard: str) -> None:
    assert pan.composed(said) == heard
    assert pan.broadcasts() == []


def test_a_time_at_night_becomes_the_morning_and_that_is_said(pan: Pan) -> None:
    said = pan.composed("2 今晚10点")

    assert said.text == "已定：11月24日 周二 7:30，4人。\n夜里不打扰大家，所以改到这个时间。\n回“撤回”可取消。"


def test_it_is_shown_to_its_author_first(pan: Pan) -> None:
    said = pan.composed("3")

    assert said.text.startswith("先发给您一份了，请看看。")
    assert [one.text for one in pan.cadre.hears()] == [f"【番村】{WATER}"]
    assert pan.broadcasts() == []
    assert pan.cadre.says("1") == "broadcasts/going_out"


def test_it_is_changed_and_receipts_are_wanted(pan: Pan) -> None:
    assert pan.composed("4") == "broadcasts/change_what"
    assert pan.cadre.says("内容") == "broadcasts/what"
    assert pan.cadre.says("周六停水").text == "预览（潘一支部 4人（聊天3））：\n【番村】周六停水"
    assert pan.cadre.says("要回执").text == "预览（潘一支部 4人（聊天3），要回执）：\n【番村】周六停水"
    assert pan.cadre.says("马上发") == "broadcasts/going_out"
    pan.goes_on()

    [heard] = pan.members[0].hears()
    assert heard.labels == ["收到"]
    assert pan.members[0].says("1") == "broadcasts/thanks"
    assert pan.members[0].presses(heard, "收到") == "broadcasts/thanks"
    assert pan.stands().received == 1


def test_a_receipt_is_nobodys_but_those_who_were_meant(pan: Pan) -> None:
    pan.composed("要回执", "马上发")
    pan.goes_on()
    [heard] = pan.members[0].hears()
    stranger = pan.village.person("stranger")

    assert stranger.says(f"{heard.outbox_id}:1") != "broadcasts/thanks"
    assert pan.stands().received == 0


def test_those_without_a_receipt_are_an_audience_of_their_own(pan: Pan) -> None:
    pan.composed("要回执", "马上发")
    pan.goes_on()
    pan.members[0].hears()
    pan.members[0].says("1")

    shown = pan.cadre.says("通知", "潘一支部没交回执的")

    assert shown.text.splitlines()[0] == f"潘一支部 没交“{WATER}”回执的，3人。"


def test_recalled_before_it_begins_nobody_hears_it(pan: Pan) -> None:
    pan.composed("2 明早8点")

    assert pan.cadre.says("撤回").text == "已撤回，谁也没收到。"
    pan.branch.turn_to(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    assert (pan.hear(), pan.states()) == ([[], [], []], [BroadcastState.CANCELLED])


def test_recalled_halfway_the_counts_are_exact(pan: Pan) -> None:
    pan.composed("马上发")
    pan.goes_on()
    pan.members[0].hears()

    recalled = pan.cadre.says("撤回")
    pan.goes_on()
    pan.goes_on()

    assert recalled.text == "已撤回：已发1，停下2。"
    assert pan.hear() == [[], [], []]
    stands = pan.stands()
    assert (stands.state, stands.sent, stands.cancelled, stands.unreachable) == (BroadcastState.RECALLED, 1, 2, 1)


def test_held_it_stands_still_and_goes_on_where_it_was(pan: Pan) -> None:
    pan.composed("马上发")
    pan.goes_on()
    pan.members[0].hears()

    assert pan.cadre.says("暂停发送").text == "停住了：已发1，还有2。"
    pan.goes_on(60)
    assert pan.hear() == [[], [], []]
    assert pan.cadre.says("继续发").text == "接着发，还有2人。发“进度”可看。"
    pan.goes_on()
    assert pan.hear() == [[], [f"【番村】{WATER}"], [f"【番村】{WATER}"]]
    pan.goes_on()
    assert pan.states() == [BroadcastState.FINISHED]


def test_two_hours_late_its_author_is_asked_first(pan: Pan) -> None:
    pan.composed("2 明早8点")
    pan.branch.turn_to(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))

    [asked] = pan.cadre.hears()
    assert (asked.text.splitlines()[-1], asked.labels) == ("现在还发吗？", ["还发", "不发了"])
    assert (pan.hear(), pan.states()) == ([[], [], []], [BroadcastState.LATE])
    assert pan.cadre.says("1") == "broadcasts/going_out"
    pan.goes_on()
    assert pan.hear() == [[f"【番村】{WATER}"]] * 3


def test_another_branch_is_refused_and_unknown_words_are_named(pan: Pan) -> None:
    assert pan.cadre.says("通知", "深村").text.splitlines()[0] == "“深村”不归您管，不能发给他们。请找那边的干部。"
    assert pan.cadre.says("通知", "潘一支部火星人").text.splitlines()[0].startswith("没看懂“火星”。")
    assert pan.cadre.says("潘一支部90岁以上") == "broadcasts/nobody"
    assert pan.cadre.says("潘一支部") == "broadcasts/what"


def test_a_villager_writes_to_nobody(pan: Pan) -> None:
    assert pan.members[0].says("通知") == "access/not_yours"


def test_five_thousand_characters_are_refused_with_the_limit(pan: Pan) -> None:
    pan.cadre.says("通知", "潘一支部")

    assert "最多1000字" in pan.cadre.says("水" * 5000).text
    assert pan.cadre.says(WATER) == "broadcasts/preview"


def test_markup_and_template_syntax_are_only_text(pan: Pan) -> None:
    text = "<b>{{ 7 * 7 }}</b> {% if x %}"
    pan.cadre.says("通知", "潘一支部", text, "马上发")
    pan.goes_on()

    assert pan.hear() == [[f"【番村】{text}"]] * 3


def test_who_may_no_longer_write_to_them_sends_nothing(pan: Pan) -> None:
    pan.composed("2 明早8点")
    pan.village.dismiss(pan.cadre)
    pan.branch.turn_to(datetime(2026, 11, 24, 0, 1, tzinfo=UTC))

    assert pan.hear() == [[], [], []]
    assert pan.states() == [BroadcastState.CANCELLED]
    assert [str(one) for one in pan.cadre.hears()] == ["broadcasts/dropped"]


def test_one_person_with_two_addresses_hears_it_once_at_the_best(pan: Pan) -> None:
    def second_address(db: Session) -> None:
        chen = pan.members[0].record(db)
        people.attach(db, chen, pan.village.person("chen-web").target, now=MORNING + timedelta(hours=1))

    pan.village.world.run(second_address)
    pan.composed("马上发")
    pan.goes_on()

    heard = [len(one.hears()) for one in (pan.members[0], pan.village.person("chen-web"))]
    assert sum(heard) == 1


def test_an_elder_who_cannot_be_reached_hears_it_through_the_proxy(pan: Pan) -> None:
    daughter = pan.village.person("daughter")
    elder = pan.branch.stranger("陈伯")
    pan.branch.lets(daughter, elder)
    pan.composed("马上发")
    pan.goes_on()

    assert [one.text for one in daughter.hears()] == [f"（替陈伯转告）\n【番村】{WATER}"]
    pan.hear()
    pan.goes_on()
    pan.goes_on()
    listed = pan.cadre.says("进度", "看名单")
    assert [one.split(" ")[0] for one in listed.labels] == ["何伯", "看电话号码"]


def test_who_had_enough_this_week_hears_it_in_the_evening(pan: Pan) -> None:
    for day in range(6):
        pan.cadre.says("通知", "潘一支部", f"第{day}条", "马上发")
        pan.goes_on()
        pan.hear()
        pan.goes_on()

    assert (pan.stands(6).gathered, pan.stands(6).sent) == (3, 0)
    pan.branch.turn_to(datetime(2026, 11, 23, 10, 0, 1, tzinfo=UTC))
    assert [len(one) for one in pan.hear()] == [1, 1, 1]


def blocked(pan: Pan, chat: str) -> None:
    """Let the message to one chat have failed because they blocked us."""
    rows = table_of(OutboxRow)
    failed = {"state": OutboxState.FAILED, "reason": "Blocked: gone", "ended_at": MORNING}
    pan.village.world.run(
        lambda db: db.execute(update(rows).where(rows.c.chat == chat, rows.c.kind == "broadcast").values(**failed))
    )


def test_the_end_tells_why_it_failed(pan: Pan) -> None:
    pan.composed("马上发")
    pan.goes_on()
    blocked(pan, "chen")
    pan.hear()
    pan.goes_on()
    pan.goes_on()

    [told] = pan.cadre.hears()
    assert told.text.splitlines()[2] == "送达2，失败1（对方停用1），未绑定或停用1。"
    rows = select(Recipient.state, Recipient.reason).order_by(col(Recipient.person_id))
    assert pan.village.world.run(lambda db: [tuple(row) for row in db.execute(rows)]) == [
        (RecipientState.FAILED, "blocked"),
        (RecipientState.SENT, ""),
        (RecipientState.SENT, ""),
        (RecipientState.UNREACHABLE, ""),
    ]


def test_every_act_is_written_down(pan: Pan) -> None:
    pan.composed("马上发")
    pan.goes_on()
    pan.cadre.says("暂停发送", "继续发", "撤回")

    lines = select(AuditLine.act).where(col(AuditLine.act).startswith("broadcasts.")).order_by(col(AuditLine.id))
    assert pan.village.world.run(lambda db: list(db.execute(lines).scalars())) == [
        "broadcasts.compose",
        "broadcasts.send",
        "broadcasts.pause",
        "broadcasts.resume",
        "broadcasts.recall",
    ]


@pytest.fixture
def second(pan: Pan) -> Neighbour:
    """Another cadre of the village, who has a name."""
    deputy = pan.village.cadre("deputy", "番村", Role.CADRE)

    def call(db: Session) -> None:
        row = deputy.record(db)
        people.set_name(row, "林副书记")
        db.add(row)

    pan.village.world.run(call)
    return deputy


def test_an_urgent_one_waits_for_a_second_cadre_who_sees_all_of_it(pan: Pan, second: Neighbour) -> None:
    asked = pan.composed("加急", "马上发")
    [told] = second.hears()
    shown = second.presses(told, "看一看")

    assert asked.text == "4人，加急，要另一位干部同意才发。\n已转给林副书记。回“撤回”可取消。"
    assert told.text == "一位干部要发加急通知：潘一支部，4人。请看一下再定。"
    assert shown.text == f"一位干部 → 潘一支部，4人（加急）\n时间：同意后马上发\n【番村】{WATER}"
    assert second.says("1") == "broadcasts/approved_by_you"
    assert second.presses(shown, "同意") == "broadcasts/not_now"
    pan.goes_on()
    assert pan.hear() == [[f"【番村】{WATER}"]] * 3


def test_an_urgent_one_is_found_agreed_to_and_heard_at_night(pan: Pan, second: Neighbour) -> None:
    pan.branch.turn_to(datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    pan.composed("加急", "马上发")

    assert second.hears() == []
    assert pan.cadre.says("待批通知") == "broadcasts/none_to_approve"
    assert second.says("待批通知").labels == [WATER]
    assert second.says("1", "同意") == "broadcasts/approved_by_you"
    pan.goes_on()
    assert pan.hear() == [[f"【番村】{WATER}"]] * 3


def test_returned_with_a_word_it_is_changed_and_submitted_again(pan: Pan, second: Neighbour) -> None:
    pan.composed("加急", "马上发")
    [told] = second.hears()
    second.presses(told, "看一看")
    assert second.says("退回", "请写清楚停几个小时") == "broadcasts/returned_by_you"

    [back] = pan.cadre.hears()
    assert back.text == f"林副书记退回了：{WATER}\n说：请写清楚停几个小时"
    assert pan.cadre.says("1", "内容", "周五下午2点到5点停水", "马上发") == "broadcasts/awaiting"
    assert second.presses(told, "看一看") == "broadcasts/not_now"
    assert pan.states() == [BroadcastState.AWAITING_APPROVAL]


def test_nobody_approves_their_own(pan: Pan) -> None:
    assert pan.composed("加急", "马上发") == "broadcasts/nobody_approves"
    assert pan.broadcasts() == []


def test_what_a_channel_cannot_push_waits_there_and_holds_nobody_up(pan: Pan) -> None:
    pan.composed("马上发")
    pan.goes_on()
    pan.keeps("chen")
    pan.hear()
    pan.goes_on()
    pan.goes_on()

    stands = pan.stands()
    assert (stands.state, stands.kept, stands.sent) == (BroadcastState.FINISHED, 1, 2)
    assert pan.cadre.hears()[0].text.splitlines()[2] == "送达2，下次来时看到1，未绑定或停用1。"


def test_who_was_not_shown_it_yet_is_to_be_called_until_they_come(pan: Pan) -> None:
    pan.composed("马上发")
    pan.goes_on()
    pan.keeps("chen")
    pan.hear()
    pan.goes_on()
    pan.goes_on()
    [ended] = pan.cadre.hears()

    listed = pan.cadre.presses(ended, "看名单")
    assert listed.text == f"{WATER}\n没收到的还有2位（还没来看1、未绑定或停用1）。打过的请回号码，如“1 2”。"
    assert [one.split()[0] for one in listed.labels] == ["陈大文", "何伯", "看电话号码"]

    pan.is_shown("chen")
    assert pan.cadre.presses(ended, "看名单").text.splitlines()[1].startswith("没收到的还有1位（未绑定或停用1）。")
    assert (pan.stands().kept, pan.stands().sent) == (1, 2)
    pan.village.waits(timedelta(minutes=10))
    assert (pan.stands().kept, pan.stands().sent) == (0, 3)


def test_a_picture_goes_along(pan: Pan) -> None:
    pan.cadre.says("通知", "潘一支部")
    picture = IncomingFile(FileKind.PHOTO, digest=HOUSE.store.keep(b"a picture of a tap"), size=18)
    assert pan.cadre.sends(pan.cadre.inbound(files=(picture,))) == "engine/file_added"
    assert "附件1" in pan.cadre.says(WATER).text
    pan.cadre.says("马上发")
    pan.goes_on()

    [heard] = pan.members[0].hears()
    assert [one.kind for one in heard.message.attachments] == ["photo"]
