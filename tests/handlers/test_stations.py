"""A courier scans the poster of a station and sends a photo: with no account, no name and no more questions."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import codes
from bot.domain.files import IncomingFile
from bot.domain.grid.reporting import MOST_A_DAY
from content.words import label
from db.models import CodePurpose, FileKind, GridReport, Place, Role
from tests.handlers.conftest import TOWN, Neighbour, Village
from tests.kit.talk import Heard

PHOTO = IncomingFile(kind=FileKind.PHOTO, remote_id="a photo")
DOCUMENT = IncomingFile(kind=FileKind.DOCUMENT, remote_id="a document", name="名册.xlsx")
STATION = "深村红色驿站"


def files_of(heard: Heard) -> list[int]:
    return [one.file_id for one in heard.message.attachments]


@pytest.fixture
def walker(village: Village) -> Neighbour:
    """The grid worker of 深村."""
    walker = village.cadre("walker", "深村", Role.GRID_WORKER)
    village.call(walker, "李明")
    return walker


@pytest.fixture
def code(village: Village, walker: Neighbour) -> str:
    """The code on the poster of the station."""
    walker.says(f"驿站海报 {STATION}，24小时开放，可饮水充电")

    def standing(db: Session) -> str:
        place_id = db.execute(select(col(Place.id)).where(col(Place.name) == STATION)).scalar_one() or 0
        return codes.standing(db, CodePurpose.STATION, place_id, now=village.world.clock.now()) or ""

    return village.world.run(standing)


@pytest.fixture
def courier(village: Village) -> Neighbour:
    return village.person("courier")


def sends_photo(person: Neighbour, words: str = "") -> Heard:
    return person.sends(person.inbound(words, files=(PHOTO,)))


def reports(village: Village) -> list[tuple[str, str, str]]:
    """The words, the kind and the state of every report."""
    rows = select(col(GridReport.words), col(GridReport.category), col(GridReport.state)).order_by(col(GridReport.id))
    return village.world.run(lambda db: [(words, kind, state.value) for words, kind, state in db.execute(rows)])


def test_a_poster_is_made_in_one_line_and_belongs_to_the_unit_it_is_named_after(walker: Neighbour) -> None:
    heard = walker.says(f"驿站海报 {STATION}，24小时开放，可饮水充电")

    assert heard.text.splitlines()[0] == f"“{STATION}”的海报（归深村管）："
    assert [(one.kind, one.name) for one in heard.message.attachments] == [
        ("photo", f"{STATION}.png"),
        ("document", f"{STATION}.pdf"),
    ]


def test_a_poster_that_is_made_again_has_the_same_code(village: Village, walker: Neighbour, code: str) -> None:
    walker.says(f"驿站海报 {STATION}")

    def known(db: Session) -> list[tuple[str, str]]:
        rows = db.execute(select(col(Place.name), col(Place.details)))
        return [(name, details) for name, details in rows]

    assert village.world.run(known) == [(STATION, "24小时开放，可饮水充电")]
    assert walker.says(code) == "grid/station"


def test_who_has_no_role_makes_no_poster(li: Neighbour) -> None:
    assert li.says(f"驿站海报 {STATION}") == "access/not_yours"


def test_whoever_scans_reads_what_it_is_and_that_a_photo_is_enough(courier: Neighbour, code: str) -> None:
    heard = courier.says(f"/start {code}")

    assert heard.text.splitlines() == [
        f"【{STATION}】24小时开放，可饮水充电",
        "发一张照片，就能反映问题，不用登记。",
        "想问事情，直接打字。不用了回 0。",
    ]


def test_one_photo_is_a_report_that_the_grid_worker_hears_with_the_photo(
    village: Village, walker: Neighbour, courier: Neighbour, code: str
) -> None:
    courier.says(code)
    heard = sends_photo(courier)
    [notice] = walker.hears()

    assert heard.text == "谢谢师傅！E0001 已交深村网格员。\n要知道结果吗？"
    assert heard.labels == [label("want_news"), label("want_no_news"), label("report_another")]
    assert notice.text == f"【网格事件 E0001】见照片\n地点：{STATION}\n反映人：没有留名\n请在11月26日 周四前办结。"
    assert files_of(notice) == village.file_ids()[-1:]


def test_words_with_the_photo_tell_its_kind(village: Village, courier: Neighbour, code: str) -> None:
    courier.says(code)

    assert sends_photo(courier, "门口路灯坏了") == "grid/thanks"
    assert reports(village) == [("门口路灯坏了", "lamp", "open")]


@pytest.mark.parametrize(("answer", "said"), [("1", "马上告诉您"), ("要", "马上告诉您"), ("2", "不打扰您")])
def test_whether_the_courier_hears_the_outcome_is_their_choice(
    walker: Neighbour, courier: Neighbour, code: str, answer: str, said: str
) -> None:
    courier.says(code)
    sends_photo(courier)

    heard = courier.says(answer)
    walker.hears()
    walker.says("接单")

    assert said in heard.text
    assert courier.hears() == (["grid/taken"] if answer != "2" else [])


def test_a_second_photo_right_after_goes_to_the_same_report(
    village: Village, walker: Neighbour, courier: Neighbour, code: str
) -> None:
    courier.says(code)
    sends_photo(courier)

    assert sends_photo(courier) == "grid/photo_added"
    assert len(reports(village)) == 1
    assert [files_of(one) for one in walker.hears()][1:] == [village.file_ids()[-1:]]


def test_another_thing_is_reported_by_its_digit(village: Village, courier: Neighbour, code: str) -> None:
    courier.says(code)
    sends_photo(courier)

    assert courier.says("3") == "grid/station"
    assert sends_photo(courier) == "grid/thanks"
    assert len(reports(village)) == 2


def test_a_question_at_the_station_is_answered_and_the_photo_still_taken(
    village: Village, courier: Neighbour, code: str
) -> None:
    courier.says(code)

    assert courier.says("二次报销怎么办") == "entries/aside"
    assert sends_photo(courier) == "grid/thanks"
    assert len(reports(village)) == 1


def test_a_document_at_the_station_is_no_report(village: Village, courier: Neighbour, code: str) -> None:
    courier.says(code)

    assert courier.sends(courier.inbound(files=(DOCUMENT,))) == "grid/only_photos"
    assert reports(village) == []


def test_there_is_a_way_out_of_the_station(village: Village, courier: Neighbour, code: str) -> None:
    courier.says(code)

    assert courier.says("0") == "engine/cancelled"
    assert reports(village) == []


def test_words_alone_at_the_station_are_looked_at_once_more(
    village: Village, walker: Neighbour, courier: Neighbour, code: str
) -> None:
    courier.says(code)

    assert courier.says("门口路灯坏了") == "grid/summary"
    assert courier.says("1") == "grid/submitted"
    assert reports(village) == [("门口路灯坏了", "lamp", "open")]
    assert walker.hears() == ["grid/for_handler"]


def test_where_nobody_can_be_reached_that_is_said(
    village: Village, walker: Neighbour, courier: Neighbour, code: str
) -> None:
    village.lose_touch_with(walker)
    courier.says(code)

    assert sends_photo(courier).text.splitlines()[0] == "谢谢师傅！E0001 已记下，联系上网格员就交给他。"


def test_without_a_grid_worker_it_goes_to_the_village_and_then_to_the_town(
    village: Village, walker: Neighbour, courier: Neighbour, code: str
) -> None:
    village.dismiss(walker)
    director = village.cadre("director", TOWN, Role.ADMIN)
    courier.says(code)

    assert sends_photo(courier).text.splitlines()[0] == f"谢谢师傅！E0001 已交{TOWN}。"
    assert director.hears() == ["grid/for_handler"]
    cadre = village.cadre("cadre", "深村", Role.CADRE)
    courier.says("3")
    assert sends_photo(courier).text.splitlines()[0] == "谢谢师傅！E0002 已交深村村委。"
    assert (cadre.hears(), director.hears()) == (["grid/for_handler"], [])


def test_nobody_reports_without_measure(courier: Neighbour, code: str) -> None:
    courier.says(code)
    heard = [sends_photo(courier)]
    for _ in range(MOST_A_DAY):
        courier.says("3")
        heard.append(sends_photo(courier))

    assert heard == ["grid/thanks"] * MOST_A_DAY + ["grid/enough_for_today"]


def test_the_number_shows_how_it_stands_to_whoever_reported_it_and_nothing_to_others(
    courier: Neighbour, li: Neighbour, code: str
) -> None:
    courier.says(code)
    sends_photo(courier)

    assert courier.says("E0001").text == "E0001：见照片\n已交办，11月26日 周四前处理。"
    assert courier.says("e1234") == "grid/not_yours"
    assert li.says("E0001") == "grid/not_yours"
