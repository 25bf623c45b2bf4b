"""A broken lamp: reported, joined, taken, done, judged by whoever reported it, and passed up when nobody cares."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.files import IncomingFile
from bot.domain.grid import following
from bot.domain.messages import Pin
from bot.domain.persons import erasing
from content.words import label
from db.models import FileKind, FileState, GridReport, GridReporter, GridState, Role, StoredFile
from tests.handlers.conftest import TOWN, Neighbour, Village
from tests.kit.databases import SqliteMaker
from tests.kit.talk import Heard

PHOTO = IncomingFile(kind=FileKind.PHOTO, remote_id="a photo")
LAMP = "村口牌坊边路灯唔着"
SQUARE = Pin(latitude=23.0200, longitude=113.1000)
CLOSE_BY = Pin(latitude=23.0210, longitude=113.1000)
FAR_OFF = Pin(latitude=23.0300, longitude=113.1000)


@pytest.fixture
def database_url(sqlite_maker: SqliteMaker) -> Iterator[str]:
    """One database will do: the station's tests talk on both."""
    url = sqlite_maker.make()
    yield url
    sqlite_maker.drop(url)


@pytest.fixture
def walker(village: Village) -> Neighbour:
    """The grid worker of 番村."""
    walker = village.cadre("walker", "番村", Role.GRID_WORKER)
    village.call(walker, "李明")
    return walker


@pytest.fixture
def neighbour(village: Village, li: Neighbour) -> Neighbour:
    """Somebody of 番村 with a name."""
    village.settle(li, "番村")
    village.call(li, "陈大文")
    return li


@pytest.fixture
def other(village: Village, wang: Neighbour) -> Neighbour:
    """Somebody else of 番村."""
    village.settle(wang, "番村")
    return wang


def sends_photo(person: Neighbour, words: str = "") -> Heard:
    return person.sends(person.inbound(words, files=(PHOTO,)))


def states(village: Village) -> list[str]:
    """Where every report stands."""

    def read(db: Session) -> list[str]:
        return [one.value for one in db.execute(select(col(GridReport.state)).order_by(col(GridReport.id))).scalars()]

    return village.world.run(read)


def parts(village: Village) -> int:
    """How many reported something."""

    def count(db: Session) -> int:
        return len(db.execute(select(col(GridReporter.person_id))).all())

    return village.world.run(count)


def later(village: Village, days: float) -> None:
    """Let some days pass, and do what falls due meanwhile."""
    village.world.clock.turn(timedelta(days=days))
    village.works()


def reported(person: Neighbour) -> None:
    """Report the lamp with a photo."""
    sends_photo(person)
    assert person.says(LAMP) == "grid/summary"
    assert person.says("1") == "grid/submitted"
    assert person.hears() == []


def test_the_journey_of_the_lamp(village: Village, walker: Neighbour, neighbour: Neighbour, other: Neighbour) -> None:
    first = sends_photo(neighbour)
    summary = neighbour.says(LAMP)
    submitted = neighbour.says("1")
    [notice] = walker.hears()

    assert first.text == "收到照片。是什么问题？在哪里？\n一句话就行，也可发位置。"
    assert summary.text == f"【路灯】{LAMP}\n番村\n会看到您名字的：番村网格员。"
    assert summary.labels == [label("submit"), label("change_it"), label("submit_unnamed")]
    assert submitted.text == "已提交 E0001。\n番村网格员李明负责，3天内处理。\n发 E0001 可查进度。"
    assert notice.text == f"【网格事件 E0001】{LAMP}\n反映人：陈大文\n请在11月26日 周四前办结。"
    assert len(notice.message.attachments) == 1

    sends_photo(other)
    near = other.says("牌坊那里的路灯坏了")
    assert near.text == f"附近已有人反映（E0001）：{LAMP}"
    assert other.says("1") == "grid/joined"

    assert walker.says("接单") == "grid/yours"
    assert (neighbour.hears(), other.hears()) == (["grid/taken"], ["grid/taken"])

    assert sends_photo(walker) == "grid/what_and_where"
    assert walker.says("办结 换了灯泡") == "grid/done"
    [asked] = neighbour.hears()
    assert asked.text == "您反映的 E0001 修好了吗？\n处理情况：换了灯泡"
    assert (asked.labels, len(asked.message.attachments)) == ([label("mended"), label("not_mended")], 1)
    assert other.hears() == ["grid/is_it_mended"]

    walker.hears()
    assert neighbour.says("1") == "grid/glad"
    assert other.says("2").text == "明白，E0001 已重新交办。"
    assert [one.text.splitlines()[0] for one in walker.hears()] == [f"【网格事件 E0001】还没修好，{LAMP}"]
    assert states(village) == ["taken"]

    assert walker.says("E0001 办结 换了整盏灯") == "grid/done"
    assert [one.says("1") for one in (neighbour, other) if one.hears()] == ["grid/glad", "grid/glad"]
    assert states(village) == ["closed"]


def test_a_name_is_left_out_when_asked(walker: Neighbour, neighbour: Neighbour) -> None:
    sends_photo(neighbour)

    assert neighbour.says(LAMP, "3") == "grid/submitted"
    assert walker.hears()[0].text.splitlines()[1] == "反映人：没有留名"


def test_what_is_looked_at_can_be_said_anew(walker: Neighbour, neighbour: Neighbour) -> None:
    sends_photo(neighbour)

    assert neighbour.says(LAMP, "2") == "grid/what_and_where"
    assert neighbour.says("祠堂门口井盖松了").text.splitlines()[0] == "【道路】祠堂门口井盖松了"
    assert neighbour.says("1") == "grid/submitted"
    assert len(walker.hears()[0].message.attachments) == 1


def test_words_come_first_and_a_photo_later(walker: Neighbour, neighbour: Neighbour) -> None:
    assert neighbour.says("反映问题") == "grid/what_and_where"
    assert sends_photo(neighbour) == "engine/file_added"
    assert neighbour.says(LAMP, "1") == "grid/submitted"
    assert len(walker.hears()[0].message.attachments) == 1


def test_something_broken_is_a_report_and_a_question_is_not(village: Village, li: Neighbour) -> None:
    village.settle(li, "番村")

    assert li.says("村口路灯坏了") == "grid/summary"
    assert li.says("0") == "engine/cancelled"
    assert li.says("路灯坏了找谁修") == "entries/none"


def test_it_may_be_said_in_one_go(walker: Neighbour, neighbour: Neighbour) -> None:
    assert neighbour.says(f"反映问题 {LAMP}") == "grid/summary"
    assert neighbour.says("1") == "grid/submitted"
    assert walker.hears()[0].text.splitlines()[0] == f"【网格事件 E0001】{LAMP}"


def test_a_question_in_mid_report_that_may_mean_several_things_is_said_to_be_one(neighbour: Neighbour) -> None:
    asked = neighbour.says(f"反映问题 {LAMP}")

    heard = neighbour.says("驿站在哪")

    assert (heard, heard.labels) == ("engine/asked_meanwhile", asked.labels)
    assert heard.text == f"这像是另一个问题。先答完这一步，或发“取消”再问：\n{asked.text}"


def test_a_photo_with_words_of_something_broken_is_a_report(walker: Neighbour, neighbour: Neighbour) -> None:
    assert sends_photo(neighbour, "村口路灯坏了") == "grid/summary"
    assert neighbour.says("1") == "grid/submitted"
    assert len(walker.hears()[0].message.attachments) == 1


def test_what_is_not_mended_goes_to_others_when_who_took_it_has_no_role_any_more(
    village: Village, walker: Neighbour, neighbour: Neighbour
) -> None:
    second = village.cadre("second", "番村", Role.GRID_WORKER)
    reported(neighbour)
    walker.says("办结 换了灯泡")
    village.dismiss(walker)
    second.hears()
    neighbour.hears()

    assert neighbour.says("2") == "grid/again"
    assert (second.hears(), walker.hears()[1:], states(village)) == (["grid/for_handler"], [], ["open"])


@pytest.mark.usefixtures("walker")
def test_the_village_is_asked_for_only_where_nothing_tells_it(li: Neighbour) -> None:
    assert li.says("反映问题", "路灯坏了") == "cases/which_village"
    assert li.says("番村") == "grid/summary"
    li.says("取消")
    assert li.says("反映问题", "番村祠堂路灯坏了") == "grid/summary"


def test_a_spot_on_the_map_tells_where(walker: Neighbour, neighbour: Neighbour) -> None:
    sends_photo(neighbour)

    assert neighbour.sends(neighbour.inbound(pin=SQUARE)) == "grid/summary"
    assert neighbour.says("1") == "grid/submitted"
    [notice] = walker.hears()
    assert notice.text.splitlines()[:2] == ["【网格事件 E0001】见照片", "地点：有地图位置"]
    assert walker.presses(notice, label("look_at_report")).message.pin == SQUARE


@pytest.mark.parametrize(("spot", "said"), [(CLOSE_BY, "grid/seen_already"), (FAR_OFF, "grid/summary")])
@pytest.mark.usefixtures("walker")
def test_the_same_within_reach_is_joined_and_what_is_far_off_is_another(
    neighbour: Neighbour, other: Neighbour, spot: Pin, said: str
) -> None:
    neighbour.says("反映问题")
    neighbour.sends(neighbour.inbound("路灯坏了", pin=SQUARE))
    neighbour.says("1")
    other.says("反映问题")

    assert other.sends(other.inbound("灯不亮", pin=spot)) == said


@pytest.mark.usefixtures("walker")
def test_another_one_is_another_report(village: Village, neighbour: Neighbour, other: Neighbour) -> None:
    reported(neighbour)
    other.says("反映问题", "牌坊的路灯坏了")

    assert other.says("2") == "grid/summary"
    assert other.says("1") == "grid/submitted"
    assert (states(village), parts(village)) == (["open", "open"], 2)


def test_only_one_takes_it(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    second = village.cadre("second", "番村", Role.GRID_WORKER)
    reported(neighbour)

    assert walker.says("E0001 接单") == "grid/yours"
    assert second.says("接单 E0001").text == "E0001 已由李明接手。"
    assert neighbour.hears() == ["grid/taken"]


def test_done_needs_a_sentence_or_a_photo(walker: Neighbour, neighbour: Neighbour) -> None:
    reported(neighbour)
    walker.says("接单")

    assert walker.says("办结") == "grid/what_was_done"
    assert sends_photo(walker) == "grid/done"
    assert len(neighbour.hears()[-1].message.attachments) == 1


def test_whoever_has_nothing_to_see_to_is_not_asked_what_was_done(neighbour: Neighbour) -> None:
    assert (neighbour.says("办结"), neighbour.says("办结 换了灯泡")) == ("grid/nothing_waits", "grid/nothing_waits")
    assert neighbour.says("谢谢") == "engine/welcome"


def test_a_photo_of_what_was_done_is_offered_as_that(walker: Neighbour, neighbour: Neighbour) -> None:
    reported(neighbour)
    walker.says("接单")

    assert sends_photo(walker).labels == [label("photo_of_done"), label("only_asking")]
    assert walker.says("1") == "grid/done"
    assert len(neighbour.hears()[-1].message.attachments) == 1


def test_what_is_not_theirs_goes_to_whom_they_name(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)
    reported(neighbour)
    [notice] = walker.hears()

    assert walker.presses(notice, label("not_ours")).labels == [TOWN]
    assert walker.says("供电所") == "grid/no_such_office"
    assert walker.says("1").text == f"E0001 已转给{TOWN}。"
    assert director.hears() == ["grid/for_handler"]
    assert neighbour.hears()[0].text == f"您反映的 E0001 已转给{TOWN}。"
    assert walker.says("E0001 接单") == "grid/not_yours"
    assert director.says("E0001 接单") == "grid/yours"


def test_a_grid_worker_may_pass_it_up_to_their_own_village(
    village: Village, walker: Neighbour, neighbour: Neighbour
) -> None:
    secretary = village.cadre("secretary", "番村")
    village.cadre("director", TOWN, Role.ADMIN)
    reported(neighbour)
    [notice] = walker.hears()

    assert walker.presses(notice, label("not_ours")).labels == ["番村村委", TOWN]
    assert walker.says("1").text == "E0001 已转给番村村委。"
    assert secretary.hears() == ["grid/for_handler"]
    assert secretary.presses(secretary.says("E0001"), label("not_ours")).labels == [TOWN]


def test_nobody_passes_it_on_to_themselves(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    reported(neighbour)
    [notice] = walker.hears()
    walker.presses(notice, label("not_ours"))

    assert walker.says("番村") == "grid/nobody_there"
    assert states(village) == ["open"]


def test_whoever_loses_the_role_gives_back_what_they_took(
    village: Village, walker: Neighbour, neighbour: Neighbour
) -> None:
    secretary = village.cadre("secretary", "番村")
    reported(neighbour)
    walker.says("接单")
    walker.hears()

    secretary.says("撤权 李明", "1", "是")
    assert [one.text.splitlines()[0] for one in secretary.hears()] == [f"【网格事件 E0001】{LAMP}"]
    assert (states(village), secretary.says("E0001 接单")) == (["open"], "grid/yours")


def test_whoever_erases_themselves_gives_back_what_they_took(
    village: Village, walker: Neighbour, neighbour: Neighbour
) -> None:
    second = village.cadre("second", "番村", Role.GRID_WORKER)
    reported(neighbour)
    walker.says("接单")
    second.hears()

    village.world.run(lambda db: erasing.erase(db, walker.record(db), now=village.world.clock.now()))

    assert (second.hears(), states(village)) == (["grid/for_handler"], ["open"])


def test_silence_takes_it_up_the_tree(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    secretary = village.cadre("secretary", "番村")
    director = village.cadre("director", TOWN, Role.ADMIN)
    reported(neighbour)
    walker.hears()

    later(village, 3)
    assert (secretary.hears(), director.hears()) == (["grid/for_handler"], [])
    assert [one.text for one in neighbour.hears()] == ["您反映的 E0001 超时了，已报番村村委。"]

    later(village, 2)
    assert director.hears() == ["grid/for_handler"]
    assert [one.text for one in neighbour.hears()] == [f"您反映的 E0001 超时了，已报{TOWN}。"]

    later(village, 9)
    assert (walker.hears(), director.hears(), neighbour.hears()) == ([], [], [])


def test_what_is_done_in_time_goes_to_nobody_else(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    secretary = village.cadre("secretary", "番村")
    reported(neighbour)
    walker.says("办结 换了灯泡")

    later(village, 4)

    assert secretary.hears() == []


def test_a_week_without_a_word_ends_it_and_within_a_month_it_begins_anew(
    village: Village, walker: Neighbour, neighbour: Neighbour
) -> None:
    reported(neighbour)
    walker.says("办结 换了灯泡")

    later(village, 7)
    assert states(village) == ["closed"]
    stands = neighbour.says("E0001")
    assert (stands.text, stands.labels) == (f"E0001：{LAMP}\n已办结：换了灯泡。", [label("not_mended")])

    later(village, 29)
    assert neighbour.says("E0001", "1") == "grid/again"
    assert states(village) == ["taken"]


def test_after_a_month_it_is_too_late(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    reported(neighbour)
    walker.says("办结 换了灯泡")
    [asked] = neighbour.hears()[-1:]
    later(village, 7)

    later(village, 31)

    assert neighbour.presses(asked, label("not_mended")) == "grid/too_long_over"
    assert states(village) == ["closed"]


def test_photos_are_forgotten_when_it_is_long_over(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    reported(neighbour)
    walker.says("办结 换了灯泡")
    neighbour.hears()
    neighbour.says("1")

    later(village, 90)

    def read(db: Session) -> tuple[list[FileState], list[object]]:
        return (
            list(db.execute(select(col(StoredFile.state))).scalars()),
            db.execute(select(col(GridReport.files))).scalar_one(),
        )

    assert village.world.run(read) == ([FileState.LOST], [])


def test_what_waits_is_in_the_list_of_whoever_has_to_see_to_it(
    village: Village, walker: Neighbour, neighbour: Neighbour
) -> None:
    secretary = village.cadre("secretary", "番村")
    reported(neighbour)

    assert walker.says("待办").labels == [f"E0001 {LAMP}"]
    assert secretary.says("待办") == "cases/nothing_to_do"
    assert walker.says("1") == "grid/look"
    later(village, 3)
    assert secretary.says("待办").labels == [f"E0001 {LAMP}"]
    assert neighbour.says("待办") == "cases/nothing_to_do"


def test_the_kind_is_changed_by_whoever_sees_to_it(
    village: Village, walker: Neighbour, neighbour: Neighbour, other: Neighbour
) -> None:
    reported(neighbour)

    looked = walker.says("E0001")
    assert looked.text.splitlines()[0] == f"【路灯 E0001】{LAMP}"
    assert walker.presses(looked, label("change_kind")) == "grid/which_kind"
    assert walker.says("电线电力").text == "E0001 已改为：电线电力。"
    assert other.says("E0001") == "grid/not_yours"

    def kind(db: Session) -> str:
        return db.execute(select(col(GridReport.category))).scalar_one()

    assert village.world.run(kind) == "power"


def test_nobody_who_wants_no_news_is_asked(village: Village, walker: Neighbour, neighbour: Neighbour) -> None:
    reported(neighbour)
    village.world.run(lambda db: following.want(db, 1, neighbour.record(db), wants_news=False))

    assert walker.says("办结 换了灯泡").text == "E0001 已记下。办结了，辛苦了！"
    assert neighbour.hears() == []
    assert states(village) == ["closed"]


def test_whoever_is_erased_leaves_no_words_and_no_photo(
    village: Village, walker: Neighbour, neighbour: Neighbour
) -> None:
    reported(neighbour)
    village.world.run(lambda db: erasing.erase(db, neighbour.record(db), now=village.world.clock.now()))

    assert walker.says("E0001").text.splitlines()[:2] == [f"【路灯 E0001】{label('erased')}", "反映人：没有留名"]
    assert walker.says("E0001").message.attachments == ()
    assert parts(village) == 0


def test_a_grid_worker_is_told_what_they_may_say(walker: Neighbour) -> None:
    assert walker.says("帮助").text.splitlines()[-1] == "您还可以发：待办、接单、办结、驿站海报。"


def test_a_stranger_takes_nothing(village: Village, walker: Neighbour, neighbour: Neighbour, other: Neighbour) -> None:
    reported(neighbour)

    assert other.says("接单 E0001") == "grid/not_yours"
    assert other.says("E0001 办结 换了灯泡") == "grid/not_yours"
    assert village.cadre("elsewhere", "深村", Role.GRID_WORKER).says("E0001") == "grid/not_yours"
    assert states(village) == [GridState.OPEN.value]
    assert len(walker.hears()) == 1
