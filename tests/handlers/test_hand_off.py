"""From the bot to a person: the question, its village, its number, and what was sent along."""

import re

import pytest
from sqlmodel import Session

from bot.domain import notices, units
from bot.domain.files import IncomingFile
from bot.domain.messages import Choice, Pin
from content.words import label
from db.models import CaseState, FileKind, Role, UnitKind
from tests.handlers.conftest import TOWN, VILLAGES, Neighbour, Village, unit_named
from tests.kit.talk import Heard

QUESTION = "村里祠堂可以摆酒吗"
PHOTO = IncomingFile(kind=FileKind.PHOTO, remote_id="a photo")
VOICE = IncomingFile(kind=FileKind.VOICE, remote_id="a voice note")
DOCUMENT = IncomingFile(kind=FileKind.DOCUMENT, remote_id="a document", name="名册.xlsx")


def numbers_said(heard: Heard) -> list[str]:
    return re.findall(r"W\d+", heard.text)


def files_of(heard: Heard) -> list[int]:
    return [one.file_id for one in heard.message.attachments]


def test_a_question_is_passed_on_with_its_village_and_gets_a_number(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    assert li.says(QUESTION) == "entries/none"
    assert li.says("1") == "cases/which_village"
    heard = li.says("番村")

    assert (heard, numbers_said(heard)) == ("cases/handed_off", ["W0001"])
    assert secretary.hears() == ["cases/for_cadre"]
    assert village.cases() == [(QUESTION, "番村", CaseState.OPEN)]


def test_the_village_is_asked_once_only(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    li.says(QUESTION, "1", "番村")

    heard = li.says("祠堂几点开门", "1")

    assert (heard, numbers_said(heard)) == ("cases/handed_off", ["W0002"])
    assert village.unit_of(li) == "番村"
    assert [numbers_said(one) for one in secretary.hears()] == [["W0001"], ["W0002"]]


@pytest.mark.usefixtures("secretary")
def test_a_question_can_be_handed_over_without_asking_the_bot_first(village: Village, li: Neighbour) -> None:
    assert li.says("人工") == "cases/what_to_pass_on"
    assert li.says(QUESTION) == "cases/which_village"
    assert li.says("番村") == "cases/handed_off"
    assert village.cases() == [(QUESTION, "番村", CaseState.OPEN)]


def test_an_unknown_village_is_refused_with_the_list_and_asked_again(village: Village, li: Neighbour) -> None:
    heard = li.says(QUESTION, "1", "月球村")

    assert heard == "cases/no_such_village"
    assert [name for name in VILLAGES if name not in heard.text] == []
    assert village.cases() == []
    assert li.says("番村") == "cases/written_down"


@pytest.mark.parametrize("answer", ["不知道", "唔知", "不清楚", "跳过", "不知道。"])
def test_not_knowing_the_village_leaves_the_question_to_the_centre_above(
    village: Village, li: Neighbour, secretary: Neighbour, answer: str
) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)

    assert li.says(QUESTION, "1", answer) == "cases/handed_off"
    assert (director.hears(), secretary.hears()) == (["cases/for_cadre"], [])
    assert village.unit_of(li) == ""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("翻村", "番村"),
        ("我是番村的", "番村"),
        ("番村村委", "番村"),
        ("fancun", "番村"),
        ("黎冲", "黎冲村"),
        ("黎沖村", "黎冲村"),
        ("梨冲村", "黎冲村"),
        ("石粱", "石梁"),
        ("石头", "石头村"),
    ],
)
def test_the_name_of_a_village_is_understood_however_it_is_written(
    village: Village, li: Neighbour, said: str, meant: str
) -> None:
    li.says(QUESTION, "1", said)

    assert village.cases() == [(QUESTION, meant, CaseState.OPEN)]


def test_two_villages_of_one_name_are_not_mixed_up(village: Village, li: Neighbour) -> None:
    def found_another(db: Session) -> None:
        units.add(db, "番村", UnitKind.VILLAGE, units.add(db, "祖庙街道", UnitKind.COMMITTEE, unit_named(db, TOWN)))

    village.world.run(found_another)

    li.says(QUESTION, "1", "番村")

    assert village.cases() == []


def test_without_villages_the_centre_itself_answers(village: Village, li: Neighbour) -> None:
    def merge(db: Session) -> None:
        for name in VILLAGES:
            db.delete(unit_named(db, name))

    village.world.run(merge)
    director = village.cadre("director", TOWN, Role.ADMIN)

    assert li.says(QUESTION, "1") == "cases/handed_off"
    assert director.hears() == ["cases/for_cadre"]


def test_a_full_question_instead_of_a_village_is_answered_and_the_village_asked_again(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    assert li.says(QUESTION, "1", "二次报销怎么办") == "entries/aside"
    assert li.says("番村") == "cases/handed_off"
    assert secretary.hears() == ["cases/for_cadre"]
    assert village.cases() == [(QUESTION, "番村", CaseState.OPEN)]


@pytest.mark.parametrize("way_out", ["取消", "0", "返回"])
def test_there_is_a_way_out_of_the_question_for_the_village(village: Village, li: Neighbour, way_out: str) -> None:
    assert li.says(QUESTION, "1", way_out) == "engine/cancelled"
    assert village.cases() == []


def test_the_same_question_is_not_passed_on_twice(li: Neighbour, secretary: Neighbour) -> None:
    li.says(QUESTION, "1", "番村")

    heard = li.says(QUESTION, "1")

    assert (heard, numbers_said(heard)) == ("cases/open_already", ["W0001"])
    assert secretary.hears() == ["cases/for_cadre"]


def test_a_cadre_is_told_how_many_wait_for_the_same_answer(
    li: Neighbour, wang: Neighbour, secretary: Neighbour
) -> None:
    for asker in (li, wang):
        asker.says(QUESTION, "1", "番村")

    alone, together = secretary.hears()

    assert alone.text == f"【待答 W0001】{QUESTION}\n直接回复这条消息即可。"
    assert together.text.splitlines()[1] == "同类问题：2人问过。"


def test_where_no_cadre_can_be_reached_that_is_said(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    village.lose_touch_with(secretary)

    heard = li.says(QUESTION, "1", "番村")

    assert (heard, numbers_said(heard)) == ("cases/written_down", ["W0001"])


def test_the_next_people_up_are_told_where_a_village_has_no_cadre(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)

    assert li.says(QUESTION, "1", "深村") == "cases/handed_off"
    assert (director.hears(), secretary.hears()) == (["cases/for_cadre"], [])


@pytest.mark.parametrize("too_long", ["长" * 501, "长" * 1001])
def test_a_letter_is_refused_and_the_question_asked_again(village: Village, li: Neighbour, too_long: str) -> None:
    assert li.says("人工", too_long) == "engine/too_long"
    assert li.says(QUESTION, "番村") == "cases/written_down"
    assert village.cases() == [(QUESTION, "番村", CaseState.OPEN)]


def test_a_photo_without_words_can_be_passed_on_with_a_sentence(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    assert li.sends(li.inbound(files=(PHOTO,))) == "grid/what_and_where"
    assert li.says("1") == "cases/what_to_pass_on"
    assert li.says("这是什么通知", "番村") == "cases/handed_off"

    [notice] = secretary.hears()

    assert files_of(notice) == village.file_ids()


def test_a_voice_note_is_passed_on_as_it_is(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    assert li.sends(li.inbound(files=(VOICE,))) == "cases/received_voice"
    assert li.says("1") == "cases/which_village"
    assert li.says("番村") == "cases/handed_off"

    [notice] = secretary.hears()

    assert (files_of(notice), village.cases()) == (
        village.file_ids(),
        [(label("voice_note"), "番村", CaseState.OPEN)],
    )


def test_two_voice_notes_are_two_questions(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    for _ in range(2):
        li.sends(li.inbound(files=(VOICE,)))
        li.says("1", "番村")

    assert [files_of(one) for one in secretary.hears()] == [[one] for one in village.file_ids()]


def test_a_document_can_be_passed_on(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    assert li.sends(li.inbound(files=(DOCUMENT,))) == "cases/received_document"
    assert li.says("1", "请看看", "番村") == "cases/handed_off"
    assert [files_of(one) for one in secretary.hears()] == [village.file_ids()]


def test_a_photo_that_is_not_to_be_passed_on_opens_no_case(village: Village, li: Neighbour) -> None:
    li.sends(li.inbound(files=(PHOTO,)))

    assert li.says("0") == "engine/cancelled"
    assert village.cases() == []


def test_a_photo_with_words_goes_along_when_its_question_is_passed_on(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    assert li.sends(li.inbound(QUESTION, files=(PHOTO,))) == "entries/none"
    assert li.says("1", "番村") == "cases/handed_off"
    assert [files_of(one) for one in secretary.hears()] == [village.file_ids()]


def test_a_pin_or_a_contact_alone_is_explained(village: Village, li: Neighbour) -> None:
    assert li.sends(li.inbound(pin=Pin(latitude=23.0, longitude=113.0))) == "cases/received_pin"
    assert li.sends(li.inbound(contact="13800138000")) == "cases/received_contact"
    assert village.question_log() == []


def test_a_sticker_or_nothing_at_all_is_explained(li: Neighbour) -> None:
    assert li.says("") == "engine/nothing_to_read"
    assert li.says("😀") == "engine/nothing_to_read"


def test_a_file_of_somebody_else_is_not_passed_on_by_its_number(
    village: Village, li: Neighbour, wang: Neighbour, secretary: Neighbour
) -> None:
    li.sends(li.inbound(files=(PHOTO,)))
    [photo] = village.file_ids()
    forged = Choice(label="转", go="cases.hand_off", fill={"question": QUESTION, "files": [photo]})

    def slip_in(db: Session) -> None:
        address = wang.record(db).id or 0
        notices.tell(db, "entries/none", to=address, cause="forged", now=village.world.clock.now(), choices=(forged,))

    village.world.run(slip_in)
    wang.hears()

    assert wang.says("1", "番村") == "cases/handed_off"
    assert [files_of(one) for one in secretary.hears()] == [[]]


def test_a_button_under_somebody_elses_message_does_nothing(village: Village, li: Neighbour, wang: Neighbour) -> None:
    offered = li.sends(li.inbound(files=(VOICE,)))

    assert wang.presses(offered, label("pass_on")) == "engine/button_too_old"
    assert village.cases() == []


def test_a_number_is_not_read_as_a_village(village: Village, li: Neighbour) -> None:
    assert li.says(QUESTION, "1", "99") == "cases/no_such_village"
    assert village.cases() == []


def test_a_village_can_be_changed(village: Village, li: Neighbour) -> None:
    li.says(QUESTION, "1", "番村")

    assert li.says("换村", "深村桥头") == "cases/village_kept"
    assert village.unit_of(li) == "深村"


def test_not_knowing_ones_village_changes_nothing(village: Village, li: Neighbour) -> None:
    li.says(QUESTION, "1", "番村")

    assert li.says("换村", "不知道") == "cases/village_not_kept"
    assert village.unit_of(li) == "番村"
