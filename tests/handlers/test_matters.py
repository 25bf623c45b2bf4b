"""An important matter in chat: begun, decided step by step with its quorums, made public, followed, ended."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import entries
from bot.domain.files import IncomingFile
from bot.domain.persons import erasing
from db.models import Case, CaseKind, FileKind, Matter, MatterFollower, MatterState, MatterStep, Role
from tests.handlers.conftest import SHIPPED, TOWN, Neighbour, Village
from tests.kit.databases import SqliteMaker
from tests.kit.talk import Heard, World

TITLE = "市政供水改造"
PHOTO = IncomingFile(kind=FileKind.PHOTO, remote_id="a photo")
ASKED = "供水的事到哪了"
DAY = timedelta(days=1)


@pytest.fixture
def database_url(sqlite_maker: SqliteMaker) -> Iterator[str]:
    """One database will do: the domain's tests run on both."""
    url = sqlite_maker.make()
    yield url
    sqlite_maker.drop(url)


@pytest.fixture
def neighbour(village: Village, li: Neighbour) -> Neighbour:
    """Somebody of 番村."""
    village.settle(li, "番村")
    return li


@pytest.fixture
def matter(secretary: Neighbour) -> Neighbour:
    """The secretary of 番村, who has begun a matter."""
    assert secretary.says(f"新事项 {TITLE}", "1", "400万元", "11月2日") == "matters/begun"
    return secretary


def decided(cadre: Neighbour) -> Neighbour:
    """Let all that comes before the notice be done."""
    cadre.says("应到5 实到5 赞成5", "11月4日")
    cadre.says("应到96 实到70 赞成52", "11月8日")
    assert cadre.says("应到40 实到30 赞成20", "11月10日") == "matters/written"
    return cadre


def published(cadre: Neighbour, day: str = "今天") -> Neighbour:
    """Let a decided matter hang out."""
    cadre.says("事项", "1", "1", day, "同意改造供水管网。")
    assert cadre.says("1") == "matters/written"
    return cadre


@pytest.fixture
def hung_out(village: Village, matter: Neighbour) -> Neighbour:
    """The same secretary, whose matter hangs out from today on."""
    published(decided(matter))
    village.works()
    return matter


def lines(village: Village) -> list[tuple[str, date, int | None, int | None, int | None]]:
    """Every line of every matter: its step, its day and its numbers."""
    columns = (MatterStep.step, MatterStep.held_on, MatterStep.expected, MatterStep.present, MatterStep.agreed)
    found = select(*columns).order_by(col(MatterStep.id))  # pyright: ignore[reportCallIssue, reportArgumentType]  # columns
    return village.world.run(lambda db: [tuple(row) for row in db.execute(found)])


def one(village: Village) -> Matter:
    """The only matter there is."""

    def read(db: Session) -> Matter:
        found = db.execute(select(Matter)).scalar_one()
        db.expunge(found)
        return found

    return village.world.run(read)


def test_a_matter_begins_with_what_the_party_organisation_proposed(village: Village, secretary: Neighbour) -> None:
    asked = [secretary.says(said) for said in (f"新事项 {TITLE}", "1", "400万元")]
    begun = secretary.says("11月2日")

    assert asked == ["matters/which_kind", "matters/how_much", "matters/proposed_when"]
    assert begun.text == f"已记：{TITLE}（重大项目，400万元）\n11月2日 周一 党组织先议\n下一步：两委商议。"
    assert lines(village) == [("proposed", date(2026, 11, 2), None, None, None)]
    assert (one(village).amount, one(village).published_at) == (400_000_000, None)


def test_a_step_without_its_quorum_changes_nothing(village: Village, matter: Neighbour) -> None:
    matter.says("应到5 实到5 赞成5", "11月4日")
    before = lines(village)

    refused = matter.says("应到96 实到61")

    assert refused.text.split("\n")[0] == "到会不足三分之二（需64人），党员大会审议这一步不能通过。"
    assert lines(village) == before
    assert one(village).step == "discussed"


def test_numbers_that_were_wrong_are_said_again_without_the_rest(village: Village, matter: Neighbour) -> None:
    matter.says("应到5 实到5 赞成5", "11月4日")
    matter.says("应到96 实到61")

    passed = matter.says("实到70 赞成52")
    matter.says("11月8日")

    assert passed.text.split("\n")[0] == "赞成过一半（需49人），可提交村民代表会议。"
    assert lines(village)[-1] == ("members", date(2026, 11, 8), 96, 70, 52)


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("应到96 实到70 赞成48", "赞成不够（要过一半，需49人），党员大会审议这一步不能通过。"),
        ("应到96 实到97 赞成52", "人数对不上：实到不能多过应到，赞成不能多过实到。"),
        ("应到96 实到70 赞成71", "人数对不上：实到不能多过应到，赞成不能多过实到。"),
        ("应到0 实到0", "人数对不上：实到不能多过应到，赞成不能多过实到。"),
        ("应到96 实到64", "人数够了（需64人）。赞成多少？例：赞成52。"),
    ],
)
def test_numbers_are_judged_before_anything_else_is_asked(
    village: Village, matter: Neighbour, said: str, answered: str
) -> None:
    matter.says("应到5 实到5 赞成5", "11月4日")

    heard = matter.says(said)

    assert heard.text.split("\n")[0] == answered
    assert len(lines(village)) == 2


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("好多人", "matters/no_numbers"),
        ("9" * 600, "matters/no_numbers"),
        ("12", "matters/no_numbers"),
        ("0", "engine/cancelled"),
        ("算了", "engine/cancelled"),
    ],
)
def test_what_is_no_number_is_asked_again_or_ends_it(
    village: Village, matter: Neighbour, said: str, answered: str
) -> None:
    matter.says("事项", "1", "1")

    heard = matter.says(said)

    assert (heard, len(lines(village))) == (answered, 1)


@pytest.mark.parametrize("said", ["明天", "2月30日", "很久以前", "9", "x" * 900])
def test_a_day_that_cannot_be_is_asked_again(matter: Neighbour, said: str) -> None:
    matter.says("应到5 实到5 赞成5")

    heard = matter.says(said)
    written = matter.says("11月4日")

    assert (heard, written) == ("matters/no_such_day", "matters/written")


@pytest.mark.parametrize("day", ["11月1日", "10月30日"])
def test_no_step_comes_before_the_one_before_it(village: Village, matter: Neighbour, day: str) -> None:
    matter.says("应到5 实到5 赞成5")

    assert matter.says(day) == "matters/day_before"
    assert len(lines(village)) == 1


def test_a_notice_is_looked_at_before_villagers_see_it(village: Village, matter: Neighbour) -> None:
    decided(matter)
    asked = matter.says("事项", "1", "1")
    words = matter.says("今天")
    card = matter.says("同意改造供水管网。")
    other = matter.says("2", "10天")
    kept = matter.says("3")

    assert asked.text == "决议公示从哪天开始？例：4月14日。可以同时发照片。"
    assert words == "matters/what_is_public"
    assert (
        card.text
        == f"请核对，村民会看到：\n【{TITLE}】决议公示\n同意改造供水管网。\n11月23日 周一到11月29日 周日，共7天。"
    )
    assert other.text.split("\n")[-1] == "11月23日 周一到12月2日 周三，共10天。"
    assert (kept, one(village).published_at, len(lines(village))) == ("matters/not_written", None, 4)


@pytest.mark.usefixtures("hung_out")
def test_a_villager_asks_how_far_it_is_and_the_days_are_counted(village: Village, neighbour: Neighbour) -> None:
    first = neighbour.says(ASKED)
    village.world.clock.turn(2 * DAY)
    third = neighbour.says("市政供水改造进展")
    village.world.clock.turn(4 * DAY)
    seventh = neighbour.says(ASKED)
    village.world.clock.turn(DAY)
    over = neighbour.says(ASKED)

    assert first.text == f"【{TITLE}】\n现在：决议公示，第1天/共7天\n公示到11月29日。有意见回 1。\n同意改造供水管网。"
    assert [one.text.split("\n")[1] for one in (third, seventh)] == [
        "现在：决议公示，第3天/共7天",
        "现在：决议公示，第7天/共7天",
    ]
    assert over.text.split("\n")[1] == "决议公示已满7天。下一步：实施结果公开。"
    assert first.labels == ["提意见", "有进展告诉我", "看经过"]
    assert over.labels == ["有进展告诉我", "看经过"]


def test_what_is_not_public_and_what_is_another_villages_is_not_there(
    village: Village, matter: Neighbour, neighbour: Neighbour, wang: Neighbour
) -> None:
    village.settle(wang, "深村")
    draft = neighbour.says(ASKED)
    published(decided(matter))
    other = wang.says(ASKED)
    listed = wang.says("公示")

    assert (draft, other) == ("entries/none", "entries/none")
    assert listed.text == "深村现在没有公开的重要事项。"


@pytest.mark.usefixtures("hung_out")
def test_their_own_villages_matter_goes_before_what_an_article_says_of_another(
    village: Village, neighbour: Neighbour
) -> None:
    pack = [entry for entry in SHIPPED if entry.id == "doumen.dachikan_water"]
    village.world.run(lambda db: entries.import_pack(db, pack, now=village.world.clock.now()))
    stranger = village.person("stranger")

    assert (neighbour.says("市政供水进展"), stranger.says("大赤坎供水进展")) == ("matters/state", "entries/entry")


@pytest.mark.usefixtures("hung_out")
def test_whoever_has_told_no_village_is_asked_for_it_first(village: Village) -> None:
    passer = village.person("passer")
    asked = passer.says(ASKED)
    shown = passer.says("番村")
    stranger = village.person("stranger")
    refused = stranger.says(ASKED, "深村")

    assert (asked, shown, refused) == ("cases/which_village", "matters/state", "matters/not_there")


def test_an_opinion_reaches_the_cadre_in_charge_and_is_answered(
    village: Village, hung_out: Neighbour, neighbour: Neighbour
) -> None:
    other = village.cadre("other", "番村", Role.CADRE)
    asked = neighbour.says(ASKED, "1")
    spoken = neighbour.says("水管别从祠堂门口过")
    heard = hung_out.hears()
    hung_out.says("待办", "1", "已改走村道")
    hung_out.says("1")

    assert asked.text.split("\n")[0] == f"对“{TITLE}”有什么意见？"
    assert spoken == "matters/spoken"
    assert (heard, other.hears()) == (["cases/for_cadre"], [])
    assert f"水管别从祠堂门口过（对“{TITLE}”的意见）" in heard[0].text
    answered = neighbour.hears()[-1]
    assert (answered, "已改走村道" in answered.text) == ("cases/answer_for_asker", True)
    kinds = village.world.run(lambda db: list(db.execute(select(Case.kind)).scalars()))
    assert kinds == [CaseKind.OPINION]


@pytest.mark.usefixtures("hung_out")
def test_after_the_notice_nothing_is_said_to_it_any_more(village: Village, neighbour: Neighbour) -> None:
    shown = neighbour.says(ASKED)
    village.world.clock.turn(8 * DAY)

    late = neighbour.presses(shown, "提意见")
    said = neighbour.says("太贵了")

    assert (late, said) == ("matters/what_do_you_think", "matters/not_hung_out")
    assert village.cases() == []


def test_whoever_follows_a_matter_hears_of_each_public_step_once(
    village: Village, hung_out: Neighbour, neighbour: Neighbour
) -> None:
    neighbour.says(ASKED, "2")
    neighbour.presses(neighbour.says(ASKED), "看经过")
    village.world.clock.turn(8 * DAY)
    hung_out.says("事项", "1", "1", "今天", "全村通了自来水。", "1")
    village.works()
    village.works()

    told = neighbour.hears()

    assert [one.text.split("\n")[1] for one in told] == ["实施结果公开了：全村通了自来水。"]
    assert one(village).state is MatterState.DONE


def test_whoever_follows_no_more_hears_nothing(village: Village, hung_out: Neighbour, neighbour: Neighbour) -> None:
    neighbour.says(ASKED, "2")
    mine = neighbour.says("我关注的")
    stopped = neighbour.says("1", "2")
    village.world.clock.turn(8 * DAY)
    hung_out.says("事项", "1", "1", "今天", "1", "1")
    village.works()

    assert mine.labels == [TITLE]
    assert (stopped, neighbour.hears()) == ("matters/unfollowed", [])


def test_nobody_is_told_at_night(village: Village, hung_out: Neighbour, neighbour: Neighbour) -> None:
    neighbour.says(ASKED, "2")
    village.world.clock.turn(8 * DAY + timedelta(hours=13))
    hung_out.says("事项", "1", "1", "今天", "1", "1")
    village.works()
    at_night = neighbour.hears()
    village.waits(timedelta(hours=10))

    assert (at_night, neighbour.hears()) == ([], ["matters/for_follower"])


def test_the_result_waits_until_the_notice_has_hung_out(village: Village, hung_out: Neighbour) -> None:
    village.world.clock.turn(3 * DAY)

    refused = hung_out.says("事项", "1", "1", "今天", "1", "1")

    assert refused.text == "决议公示要到11月29日 周日才期满，之后的日子才能记下一步。"
    assert one(village).step == "resolved"


def test_the_cadre_hears_when_a_notice_has_hung_out_and_finds_it_among_what_waits(
    village: Village, hung_out: Neighbour, neighbour: Neighbour
) -> None:
    neighbour.says(ASKED, "1", "水管别从祠堂门口过")
    hung_out.hears()
    village.waits(7 * DAY)

    told = [one for one in hung_out.hears() if one == "matters/hung_out"]

    assert [one.text for one in told] == [
        f"“{TITLE}”的决议公示期满了。\n收到意见1条，还有1条没答。\n下一步：实施结果公开。"
    ]
    assert any(TITLE in one and "等下一步" in one for one in hung_out.says("待办").labels)


def test_a_matter_nobody_carries_on_is_recalled_again_and_again(village: Village, matter: Neighbour) -> None:
    village.waits(30 * DAY)
    first = [one.text for one in matter.hears()]
    village.waits(30 * DAY)
    second = [one.text for one in matter.hears()]

    assert first == [f"“{TITLE}”30天没有新进展了。\n下一步：两委商议。"]
    assert second == [f"“{TITLE}”60天没有新进展了。\n下一步：两委商议。"]


def test_a_wrong_line_is_put_right_and_stays_to_be_seen(village: Village, matter: Neighbour) -> None:
    decided(matter)

    which = matter.says("事项", "1", "更正")
    asked = matter.presses(which, "11月8日 党员大会审议 应到96 实到70 赞成52")
    corrected = matter.says("11月9日 实到71 赞成53", "抄错了")

    assert (asked, corrected) == ("matters/what_is_right", "matters/corrected")
    old, new = lines(village)[2], lines(village)[-1]
    assert (old, new) == (("members", date(2026, 11, 8), 96, 70, 52), ("members", date(2026, 11, 9), 96, 71, 53))
    ended = village.world.run(
        lambda db: db.execute(select(MatterStep.reason).where(col(MatterStep.ended_at).is_not(None))).scalars().all()
    )
    assert ended == ["抄错了"]


def test_a_correction_without_a_quorum_changes_nothing(village: Village, matter: Neighbour) -> None:
    decided(matter)
    before = lines(village)

    which = matter.says("事项", "1", "更正")
    matter.presses(which, "11月8日 党员大会审议 应到96 实到70 赞成52")
    refused = matter.says("实到61 赞成52", "抄错了")

    assert refused.text == "到会不足三分之二（需64人），这一步不能通过，没有记下。"
    assert lines(village) == before


def test_a_notice_that_is_taken_back_is_seen_no_more(
    village: Village, hung_out: Neighbour, neighbour: Neighbour
) -> None:
    neighbour.says(ASKED, "2")
    which = hung_out.says("事项", "1", "更正")
    hung_out.presses(which, which.labels[0])
    taken = hung_out.says("撤回这一步", "贴错了")
    village.works()

    assert taken.text == f"已撤回：{TITLE}，决议公开。原来的记录还在。"
    assert [one.text.split("\n")[1] for one in neighbour.hears()] == ["决议公开先撤回了，改好再公开。"]
    assert (neighbour.says(ASKED), one(village).step) == ("entries/none", "villagers")


def test_a_matter_is_given_up_with_a_reason_and_taken_up_again(
    village: Village, hung_out: Neighbour, neighbour: Neighbour
) -> None:
    neighbour.says(ASKED, "2")
    dropped = hung_out.says("事项", "1", "中止", "资金没落实")
    village.works()
    told = neighbour.hears()
    shown = neighbour.says(ASKED)
    resumed = hung_out.presses(dropped, "恢复")

    assert [one.text for one in told] == [f"您关注的“{TITLE}”：\n已中止：资金没落实"]
    assert shown.text.split("\n")[1] == "已中止：资金没落实"
    assert (resumed, one(village).state) == ("matters/resumed", MatterState.ONGOING)


def test_a_photo_is_kept_as_proof_and_shown_with_the_notice(matter: Neighbour, neighbour: Neighbour) -> None:
    decided(matter)
    matter.says("事项", "1", "1")
    matter.sends(matter.inbound("", files=(PHOTO,)))
    matter.says("今天", "1")
    written = matter.says("1")
    added = matter.presses(written, "加照片或文件")
    kept = matter.sends(matter.inbound("", files=(PHOTO,)))

    shown = neighbour.says(ASKED)

    assert (added, kept) == ("matters/send_proof", "matters/proof_kept")
    assert [one.kind for one in shown.message.attachments] == ["photo", "photo"]


def test_words_alone_are_no_proof(matter: Neighbour) -> None:
    written = matter.says("应到5 实到5 赞成5", "11月4日")
    matter.presses(written, "加照片或文件")

    assert matter.says("有的有的") == "matters/no_proof"


@pytest.mark.usefixtures("matter")
def test_only_cadres_begin_and_see_drafts(neighbour: Neighbour, village: Village) -> None:
    deep = village.cadre("deep", "深村")

    assert [neighbour.says(said) for said in ("新事项 建学校", "事项", "导出事项")] == ["access/not_yours"] * 3
    assert deep.says("事项") == "matters/nothing_kept"


def test_the_same_matter_is_not_begun_twice(village: Village, matter: Neighbour) -> None:
    assert matter.says(f"新事项 {TITLE}", "1", "1", "昨天") == "matters/same_title"
    assert len(lines(village)) == 1


@pytest.mark.parametrize("said", ["很多", "-5", "一二三", "12.345元", "9" * 30])
def test_what_is_no_sum_is_asked_again(village: Village, secretary: Neighbour, said: str) -> None:
    secretary.says(f"新事项 {TITLE}", "1")

    heard = secretary.says(said)
    begun = secretary.says("3500元", "昨天")

    assert (heard, begun, one(village).amount) == ("matters/no_sum", "matters/begun", 350_000)


def test_a_month_goes_along_as_a_sheet(matter: Neighbour) -> None:
    sheet = matter.says("导出事项")
    empty = matter.says("1")

    assert sheet.text.split("\n")[0] == "番村 11月重要事项，共1件。"
    assert [one.name for one in sheet.message.attachments] == ["番村重要事项月报.xlsx"]
    assert empty.text == "番村 10月没有重要事项。"


@pytest.mark.usefixtures("hung_out")
def test_whoever_is_erased_follows_nothing(village: Village, neighbour: Neighbour) -> None:
    neighbour.says(ASKED, "2")

    village.world.run(lambda db: erasing.erase(db, neighbour.record(db), now=village.world.clock.now()))

    assert village.world.run(lambda db: db.execute(select(MatterFollower)).all()) == []


def test_a_town_has_matters_of_its_own_that_all_villages_see(village: Village, neighbour: Neighbour) -> None:
    town = village.cadre("town", TOWN, Role.ADMIN)
    asked = town.says(f"新事项 {TITLE}")
    town.says(TOWN, "1", "1", "11月2日")
    published(decided(town))

    shown: Heard = neighbour.says(ASKED)

    assert (asked, shown) == ("matters/which_unit", "matters/state")


def test_where_no_place_was_founded_yet_nothing_is_public(world: World) -> None:
    person = world.person("李婶")

    assert person.says("公示").text == "现在没有公开的重要事项。"
    assert person.says("书记承诺") == "pledges/none_here"
