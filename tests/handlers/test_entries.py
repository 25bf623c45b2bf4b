"""Questions that entries answer, questions that could mean several, and questions nobody has an answer for."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from bot.channels.base import as_lines
from bot.clock import TurnableClock
from bot.domain import notices
from bot.domain.library import VERSION
from bot.domain.messages import Choice
from content.loader import load_entries
from content.schema import Entry, numbers_in
from content.words import label
from db.models import EntryRecord, Version
from db.sql import Database
from tests.handlers.conftest import LONGEST, SHELF, Neighbour, Village, settle_down
from tests.kit.talk import Heard, Talk, World

REIMBURSEMENT = "shiwan.second_reimbursement"
ASKED = "睇病啲錢點樣報返"
AMBIGUOUS = "驿站在哪"
UNKNOWN = "村里祠堂可以摆酒吗"


@pytest.fixture(scope="module")
def shown(library: Village) -> dict[str, Heard]:
    """Every entry as it is shown, by id."""
    reader = Talk(library.world, "reader")
    steps = tuple(
        Choice(key=str(number), label=entry.title, go="entries.show", fill={"entry_id": entry.id})
        for number, entry in enumerate(load_entries(), start=1)
    )

    def push(db: Session) -> None:
        reader_id = reader.record(db).id or 0
        notices.tell(db, "entries/popular", to=reader_id, cause="all", now=library.world.clock.now(), choices=steps)

    library.world.run(push)
    [pushed] = reader.hears()
    presses = [(step, f"{pushed.outbox_id}:{step.key}") for step in pushed.message.choices]
    return {step.fill["entry_id"]: reader.sends(reader.inbound(button=button)) for step, button in presses}


def facts(entry: Entry) -> list[str]:
    """All that an answer has to show of its entry."""
    published = [entry.source.publisher, str(entry.source.date)]
    return [plain(one) for one in (entry.title, entry.answer, *entry.unstated, entry.scope, *published)]


def plain(text: str) -> str:
    """Letters and digits only: how an answer is punctuated is no fact."""
    return "".join(mark for mark in unicodedata.normalize("NFKC", text) if mark.isalnum())


def put_away_medical_insurance(db: Session) -> None:
    db.get_one(EntryRecord, "shiwan.medical_insurance").retired = True
    db.get_one(Version, VERSION).mark += "1"


def title_of(heard: Heard) -> str:
    return heard.text.splitlines()[0].strip("【】")


@pytest.mark.parametrize("question", [ASKED, "二次包销", "報銷", "医保二次报销怎么弄"])
def test_every_way_of_asking_reaches_the_same_entry(library: Village, question: str) -> None:
    heard = library.person(question).says(question)

    assert (heard, title_of(heard)) == ("entries/entry", "二次报销")


def test_the_answer_reads_as_in_the_journey(library: Village) -> None:
    heard = library.person("reads along").says(ASKED)

    assert heard.labels == ["问村干部", "找服务中心", "没解决", "医疗保险福利", "困难补助"]


def test_every_entry_can_be_shown(shown: dict[str, Heard]) -> None:
    assert {one for one, heard in shown.items() if heard != "entries/entry"} == set()


@pytest.mark.parametrize("entry", load_entries(), ids=lambda entry: entry.id)
def test_an_answer_shows_what_it_says_whom_it_is_for_and_where_it_comes_from(
    shown: dict[str, Heard], entry: Entry
) -> None:
    assert [fact for fact in facts(entry) if fact not in plain(shown[entry.id].text)] == []


def test_no_answer_states_a_number_its_entry_does_not_hold(shown: dict[str, Heard]) -> None:
    strange: dict[str, set[str]] = {}
    for entry in load_entries():
        held = {number for text in (*entry.figures, entry.scope, entry.source.publisher) for number in numbers_in(text)}
        said = set(numbers_in(shown[entry.id].text.replace(str(entry.source.date), "")))
        if said - held:
            strange[entry.id] = said - held

    assert strange == {}


def test_every_answer_leads_on_to_a_cadre_a_centre_and_what_is_related(shown: dict[str, Heard]) -> None:
    titles = {entry.id: entry.title for entry in load_entries()}
    next_steps = [label("ask_cadre"), label("find_centre"), label("not_solved")]
    wrong = {
        entry.id: shown[entry.id].labels
        for entry in load_entries()
        if shown[entry.id].labels != next_steps + [titles[one] for one in entry.related[:2]]
    }

    assert wrong == {}


def test_every_answer_is_brief(shown: dict[str, Heard]) -> None:
    long = {
        one: lines
        for one, heard in shown.items()
        if (lines := as_lines(heard.text, heard.message.choices).count("\n") + 1) > LONGEST
    }

    assert long == {}


def test_an_answer_warns_from_the_day_after_its_last_good_one(database: Database) -> None:
    last_minute = TurnableClock(start=datetime(2023, 10, 11, 15, 59, tzinfo=UTC), running=False)
    asker = settle_down(World(database, clock=last_minute), SHELF).person("asks twice")
    fresh = asker.says(ASKED)
    last_minute.turn(timedelta(minutes=1))

    stale = asker.says(ASKED)

    assert (stale.text == fresh.text, stale.text.startswith(fresh.text)) == (False, True)


def test_a_related_entry_is_shown_when_picked(li: Neighbour) -> None:
    heard = li.says(ASKED, "医疗保险福利")

    assert (heard, title_of(heard)) == ("entries/entry", "医疗保险福利")


def test_not_solved_offers_a_person_who_gets_the_question_and_its_entry(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    heard = li.says(ASKED, "没解决")

    assert heard == "entries/not_solved"
    assert li.says("1", "番村") == "cases/handed_off"
    assert [one.text.splitlines()[0] for one in secretary.hears()] == [f"【待答 W0001】{ASKED}"]
    assert village.question_log() == [
        (ASKED, "answered", REIMBURSEMENT),
        (ASKED, "not_solved", REIMBURSEMENT),
        (ASKED, "handed_off", REIMBURSEMENT),
    ]


def test_a_question_with_several_meanings_offers_them(library: Village) -> None:
    heard = library.person("asks loosely").says(AMBIGUOUS)

    assert heard == "entries/candidates"
    assert set(heard.labels) == {"红色驿站", "人才驿站", "党群服务站", label("none_of_these")}


@pytest.mark.parametrize("pick", ["第一个", "1", "１", "一", "①", "1。", "第一個", " 1 "])
def test_a_candidate_is_picked_however_its_number_is_written(library: Village, pick: str) -> None:
    chooser = library.person(f"picks {pick}")
    offered = chooser.says(AMBIGUOUS)

    heard = chooser.says(pick)

    assert (heard, title_of(heard)) == ("entries/entry", offered.labels[0])


@pytest.mark.parametrize("name", ["红色驿站", "紅色驛站", "人才驿站", "党群服务站"])
def test_a_candidate_is_picked_by_its_name(library: Village, name: str) -> None:
    heard = library.person(f"names {name}").says(AMBIGUOUS, name)

    assert (heard, title_of(heard)) == ("entries/entry", name.replace("紅色驛", "红色驿"))


@pytest.mark.parametrize("pick", ["0", "０", "都不是", "零"])
def test_none_of_the_candidates_is_honestly_no_answer(library: Village, pick: str) -> None:
    heard = library.person(f"wants none {pick}").says(AMBIGUOUS, pick)

    assert (heard, heard.labels) == ("entries/none", [label("pass_on"), label("never_mind")])


def test_a_new_question_among_candidates_is_answered(library: Village) -> None:
    heard = library.person("asks anew").says(AMBIGUOUS, ASKED)

    assert (heard, title_of(heard)) == ("entries/entry", "二次报销")


def test_a_digit_after_a_new_question_means_what_was_seen_last(library: Village) -> None:
    assert library.person("counts").says(AMBIGUOUS, ASKED, "3") == "entries/not_solved"


def test_a_question_nobody_has_an_answer_for_is_said_to_be_so(library: Village) -> None:
    heard = library.person("wonders").says(UNKNOWN)

    assert (heard, heard.labels) == ("entries/none", [label("pass_on"), label("never_mind")])


def test_whoever_would_rather_not_is_left_alone(village: Village, li: Neighbour) -> None:
    assert li.says(UNKNOWN, "2") == "cases/never_mind"
    assert village.cases() == []


def test_what_concerns_this_town_is_offered_before_what_concerns_another(li: Neighbour) -> None:
    assert li.says(AMBIGUOUS).labels == ["党群服务站", "红色驿站", "人才驿站", "都不是"]


def test_an_entry_that_was_put_away_is_said_to_be_gone(village: Village, li: Neighbour) -> None:
    offered = li.says(ASKED)
    village.world.run(put_away_medical_insurance)

    assert li.presses(offered, "医疗保险福利") == "entries/gone"


def test_the_log_keeps_every_question_with_what_became_of_it(village: Village, li: Neighbour) -> None:
    li.says(ASKED)
    offered = li.says(AMBIGUOUS)
    li.says("1")
    li.says(AMBIGUOUS, "0")
    li.says(UNKNOWN, "1", "番村")
    picked = next(entry.id for entry in load_entries() if entry.title == offered.labels[0])

    assert village.question_log() == [
        (ASKED, "answered", REIMBURSEMENT),
        (AMBIGUOUS, "offered", picked),
        (AMBIGUOUS, "answered", picked),
        (AMBIGUOUS, "offered", picked),
        (AMBIGUOUS, "unanswered", ""),
        (UNKNOWN, "unanswered", ""),
        (UNKNOWN, "handed_off", ""),
    ]


@pytest.mark.parametrize(
    "number", ["13800138000", "138 0013 8000", "138-0013-8000", "１３８００１３８０００", "+86 13800138000"]
)
def test_no_phone_number_reaches_the_log(village: Village, li: Neighbour, number: str) -> None:
    li.says(f"祠堂摆酒打电话{number}找我行不行")

    [(text, outcome, entry_id)] = village.question_log()

    assert (text.replace("+86 ", "").replace("+", ""), outcome, entry_id) == (
        "祠堂摆酒打电话***找我行不行",
        "unanswered",
        "",
    )


def test_the_list_of_centres_holds_places_only(library: Village) -> None:
    heard = library.person("looks for a place").says("找服务中心")

    assert heard == "entries/centres"
    assert [one for one in heard.labels if not any(word in one for word in ("中心", "服务站", "大厅", "驿站"))] == []


def test_what_many_ask_is_shown_and_can_be_picked(library: Village) -> None:
    heard = library.person("browses").says("大家常问", "1")

    assert (heard, title_of(heard)) == ("entries/entry", "二次报销")


@pytest.mark.parametrize(
    ("said", "template"),
    [
        ("你好呀早晨", "engine/menu"),
        ("明白了多谢你呀", "engine/welcome"),
        ("讲个笑话", "engine/about"),
        ("什么破玩意", "entries/angry"),
    ],
)
def test_what_asks_nothing_is_answered_as_it_was_said_and_passed_on_to_nobody(
    library: Village, said: str, template: str
) -> None:
    assert library.person(f"talks {template}").says(said) == template
