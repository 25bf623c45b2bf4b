import pytest

from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from content.words import label
from db.models import FileKind
from db.sql import Database
from tests.kit.databases import SqliteMaker
from tests.kit.flows import (
    ABOUT_CASE,
    CONFIRM,
    COUNTED,
    HOW_MANY,
    LEAVE_MOBILE,
    LEAVE_NAME,
    NOTED,
    PICK_ACTIVITY,
    conversation_of,
    learn,
    world_of_tests,
    written_down,
)
from tests.kit.talk import Talk, World

ASK = "二次报销怎么办"
PHOTO = IncomingFile(FileKind.PHOTO, remote_id="p1", name="灯.jpg", media_type="image/jpeg", size=9)
WHERE_WE_WERE = "—— 接着刚才的："


@pytest.fixture
def database_url(sqlite_maker: SqliteMaker) -> str:
    """One database will do: what is said depends on no SQL of its own."""
    return sqlite_maker.make()


@pytest.fixture
def world(database: Database) -> World:
    made = world_of_tests(database)
    learn(made, "shiwan.second_reimbursement")
    return made


@pytest.fixture
def li(world: World) -> Talk:
    return world.person("li")


def test_a_question_in_the_middle_of_a_form_is_answered_and_the_form_goes_on(world: World, li: Talk) -> None:
    heard = li.says("志愿报名", ASK)

    assert heard == "entries/aside"
    assert heard.text.splitlines()[-2:] == [WHERE_WE_WERE, "大家常问这些："]
    assert heard.labels == ["社区清洁", "敬老探访"]
    assert li.says("2") == LEAVE_NAME
    assert conversation_of(world, "li").open_form["answers"] == {"activity_id": 8}


def test_a_question_in_place_of_a_number_is_answered_and_the_number_asked_again(world: World, li: Talk) -> None:
    heard = li.says("几位同来", ASK)

    assert (heard, heard.text.splitlines()[-2:]) == ("entries/aside", [WHERE_WE_WERE, "您想问哪一个？"])
    assert written_down(world) == []


def test_a_number_asked_again_after_an_answer_is_still_the_number(world: World, li: Talk) -> None:
    li.says("几位同来", ASK)

    assert li.says("12") == COUNTED
    assert written_down(world) == ["12"]


@pytest.mark.parametrize(("command", "template"), [("帮助", "engine/help"), ("大字", "engine/large_on")])
def test_a_command_in_the_middle_of_a_form_is_taken_and_the_form_goes_on(
    world: World, li: Talk, command: str, template: str
) -> None:
    heard = li.says("志愿报名", command)

    assert heard == template
    assert heard.text.splitlines()[-2:] == [WHERE_WE_WERE, "大家常问这些："]
    assert heard.labels == ["社区清洁", "敬老探访"]
    assert li.says("1") == LEAVE_NAME
    assert conversation_of(world, "li").open_form["flow"] == "test.sign_up"


def test_what_offers_something_else_puts_a_question_that_offers_aside(world: World, li: Talk) -> None:
    heard = li.says("志愿报名", "有人提问了")

    assert heard == "engine/put_aside"
    assert heard.labels == ["答复"]
    assert conversation_of(world, "li").open_form is None


def test_what_a_single_step_offers_puts_a_question_aside_that_would_stand_between(world: World, li: Talk) -> None:
    heard = li.says("志愿报名", "1", "有人提问了")

    assert (heard, heard.labels) == ("engine/put_aside", ["答复"])
    assert conversation_of(world, "li").open_form is None


def test_another_form_puts_the_open_one_aside_and_says_so(world: World, li: Talk) -> None:
    heard = li.says("志愿报名", "1", "几位同来")

    assert heard == "engine/put_aside"
    assert heard.text == "（刚才没办完的先放下了。）\n您想问哪一个？"
    assert conversation_of(world, "li").open_form["flow"] == "test.party"
    assert li.says("2") == COUNTED


def test_free_words_are_the_answer_rather_than_a_question(li: Talk) -> None:
    assert li.says("志愿报名", "1", ASK) == LEAVE_MOBILE


@pytest.mark.parametrize(
    ("said", "template"),
    [
        ("菜单", "engine/menu"), ("菜蛋", "engine/menu"), ("菜單", "engine/menu"), ("caidan", "engine/menu"),
        ("/menu", "engine/menu"), ("/start", "engine/menu"), ("/start@bot x", "engine/menu"), ("/START", "engine/menu"),
        ("/start ref_1", "engine/menu"), ("反回", "engine/menu"), ("0", "engine/menu"), ("你好", "engine/menu"),
        ("bangzhu", "engine/help"), ("幫助", "engine/help"), ("/help", "engine/help"), ("/help@a_bot", "engine/help"),
        ("取肖", "engine/nothing_to_cancel"), ("/cancel", "engine/nothing_to_cancel"),
        ("取消。", "engine/nothing_to_cancel"),
        ("大字", "engine/large_on"), ("大子", "engine/large_on"), ("转人工", "cases/what_to_pass_on"),
        ("轉人工", "cases/what_to_pass_on"), ("人工服务", "cases/what_to_pass_on"),
    ],
)  # fmt: skip
def test_a_command_is_never_lost(li: Talk, said: str, template: str) -> None:
    assert li.says(said) == template


@pytest.mark.parametrize(
    ("said", "template"),
    [("菜蛋", "engine/put_aside"), ("取肖", "engine/cancelled"), ("反回", PICK_ACTIVITY), ("bangzhu", "engine/help")],
)
def test_a_command_is_never_taken_for_free_words(li: Talk, said: str, template: str) -> None:
    assert li.says("志愿报名", "1", said) == template


@pytest.mark.parametrize(
    ("said", "template"),
    [
        ("/", "engine/nothing_to_read"), ("//", "engine/nothing_to_read"), ("/ menu", "engine/menu"),
        ("/@bot", "entries/none"), ("/不知道什么", "entries/none"), ("/unknown@bot x", "entries/none"),
    ],
)  # fmt: skip
def test_an_unknown_command_is_answered_as_words(li: Talk, said: str, template: str) -> None:
    assert li.says(said) == template


def test_a_command_beside_a_name_still_answers_with_the_words_after_it(world: World, li: Talk) -> None:
    assert li.says("志愿报名", "1", "李/雷") == LEAVE_MOBILE
    assert conversation_of(world, "li").open_form["answers"]["name"] == "李/雷"


def test_large_text_is_switched_on_and_off(li: Talk) -> None:
    on, menu, off = li.says("大字"), li.says("菜单"), li.says("普通字")

    assert [on, menu, off] == ["engine/large_on", "engine/menu", "engine/large_off"]
    assert [heard.message.large for heard in (on, menu, off)] == [True, True, False]


def test_large_text_is_the_phones_affair_where_the_channel_cannot(database: Database) -> None:
    world = world_of_tests(database, traits={})

    assert world.person("li").says("大字") == "engine/large_elsewhere"


def test_the_menu_offers_what_its_buttons_do(li: Talk) -> None:
    menu = li.says("菜单")

    heard = [li.presses(menu, label) for label in menu.labels]

    assert heard == [
        "volunteering/none_soon",
        "study/for_members",
        "identity/nobody_yet",
        "entries/popular",
        "entries/centres",
        "cases/what_to_pass_on",
        "engine/large_on",
        "engine/help",
    ]


@pytest.mark.parametrize(
    ("sent", "template"),
    [
        ({"files": (PHOTO,)}, "grid/what_and_where"),
        ({"pin": Pin(latitude=23.0, longitude=113.1)}, "cases/received_pin"),
        ({"contact": "13800138000"}, "cases/received_contact"),
    ],
)
def test_something_without_words_is_told_what_it_is_good_for(li: Talk, sent: dict[str, object], template: str) -> None:
    assert li.sends(li.inbound(**sent)) == template


def test_a_photo_in_the_middle_of_a_choice_does_not_lose_the_form(world: World, li: Talk) -> None:
    li.says("志愿报名")

    heard = li.sends(li.inbound(files=(PHOTO,)))

    assert heard == "cases/received_photo"
    assert conversation_of(world, "li").open_form["flow"] == "test.sign_up"


def test_a_place_in_the_middle_of_free_words_asks_again(world: World, li: Talk) -> None:
    li.says("志愿报名", "1")

    heard = li.sends(li.inbound(pin=Pin(latitude=23.0, longitude=113.1)))

    assert heard == "engine/nothing_to_read"
    assert conversation_of(world, "li").open_form["asked"] == ["activity_id", "name"]


def test_nothing_to_read_in_the_middle_of_a_form_asks_again(li: Talk) -> None:
    heard = li.says("志愿报名", "1", "李雷", "😀")

    assert heard == "engine/nothing_to_read"
    assert heard.text.splitlines()[-2:] == [WHERE_WE_WERE, "各地的党群服务中心，您想看哪一个？"]
    assert li.says("13800138000") == CONFIRM


def test_a_letter_too_long_in_the_middle_of_a_form_asks_again(li: Talk) -> None:
    assert li.says("志愿报名", "1", "长" * 1001) == "engine/too_long"
    assert li.says("李雷") == LEAVE_MOBILE


def test_words_for_nothing_open_are_searched(database: Database) -> None:
    world = world_of_tests(database, search="test.note")

    assert world.person("li").says("村口的灯几点亮") == NOTED
    assert written_down(world) == ["村口的灯几点亮"]


def test_a_choice_starts_a_flow_with_what_it_fills_in(li: Talk) -> None:
    heard = li.says("有人提问了", "1")

    assert (heard, heard.text.splitlines()[0]) == (ABOUT_CASE, "已记下，编号 5。")


def test_a_choice_that_leads_on_puts_the_open_form_aside(li: Talk) -> None:
    offered = li.says("有人提问了")
    assert li.says("几位同来") == HOW_MANY

    assert li.presses(offered, "答复") == "engine/put_aside"


def test_an_emergency_in_the_middle_of_a_form_is_answered_alone_and_the_form_waits(li: Talk) -> None:
    li.says("志愿报名", "1")

    heard = li.says("救命")

    assert (heard.text.count("\n"), heard.labels) == (2, [label("pass_on")])
    assert li.says("李雷") == LEAVE_MOBILE


def test_a_digit_that_means_nothing_gets_the_question_and_not_what_stood_before_it(li: Talk) -> None:
    li.says("志愿报名", "有人提问了")

    assert li.says("9").text.splitlines()[1] != "（刚才没办完的先放下了。）"
