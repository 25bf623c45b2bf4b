"""What one entry may hold, and what must hold between entries."""

from datetime import date, datetime

import pytest
from pydantic import ValidationError

from content.loader import load_entries
from content.schema import Clash, Entry, Source, checked_before, clashes, contact_in, numbers_in

VALID: dict[str, object] = {
    "id": "shiwan.second_reimbursement",
    "title": "二次报销",
    "ask": ["二次报销怎么办", "医保二次报销", "看病的钱怎么再报一次"],
    "answer": "石湾各村正加大对二次报销的投入。",
    "unstated": ["比例", "限额"],
    "figures": [],
    "scope": "石湾镇街道",
    "source": {"title": "一篇文章", "publisher": "禅城区政府网", "date": "2022-10-11", "url": None},
    "check_by": "2023-10-11",
    "related": ["shiwan.retirement_pay"],
    "systems": ["S36"],
    "samples": ["睇病啲錢點樣報返", "二次包销", "報銷"],
}


def entry(**changes: object) -> Entry:
    return Entry.model_validate(VALID | changes)


def problems(**changes: object) -> list[tuple[tuple[int | str, ...], str]]:
    with pytest.raises(ValidationError) as refused:
        entry(**changes)
    return [(error["loc"], error["msg"].removeprefix("Value error, ")) for error in refused.value.errors()]


def test_a_valid_entry_keeps_what_it_was_given() -> None:
    made = entry()

    assert made.source == Source(title="一篇文章", publisher="禅城区政府网", date=date(2022, 10, 11))
    assert made.check_by == date(2023, 10, 11)
    assert made.samples == ("睇病啲錢點樣報返", "二次包销", "報銷")


def test_phrases_are_the_title_and_every_way_of_asking_but_no_sample() -> None:
    assert entry().phrases == ("二次报销", "二次报销怎么办", "医保二次报销", "看病的钱怎么再报一次")


def test_what_was_checked_before_is_read_as_what_was_written() -> None:
    shipped = load_entries()

    assert [checked_before(one.model_dump(mode="json")) for one in shipped] == shipped


def test_an_entry_cannot_be_changed_afterwards() -> None:
    made = entry()

    with pytest.raises(ValidationError):
        made.title = "别的"  # pyright: ignore[reportAttributeAccessIssue]  # it is meant to be refused


@pytest.mark.parametrize("name", ["second", "Shiwan.second", "shiwan.", "shiwan.a.b", "shiwan.二次", "shiwan-a.b"])
def test_an_id_that_is_not_place_dot_name_in_lower_case_is_refused(name: str) -> None:
    advice = f"{name!r} is no id: write place.name in lower case, such as shiwan.red_station"

    assert problems(id=name) == [(("id",), advice)]


@pytest.mark.parametrize("field", ["ask", "samples"])
def test_fewer_than_three_ways_of_asking_are_refused(field: str) -> None:
    assert problems(**{field: ["甲", "乙"]}) == [((field,), "write at least 3; there are 2")]


@pytest.mark.parametrize("field", ["ask", "samples", "figures", "unstated", "systems"])
def test_the_same_thing_twice_in_a_list_is_refused(field: str) -> None:
    assert problems(**{field: ["S36", "S36", "S01"]}) == [((field,), "'S36' stands twice: take one out")]


def test_text_that_differs_only_in_spaces_around_it_counts_as_the_same() -> None:
    assert problems(ask=["甲", " 甲 ", "乙"]) == [(("ask",), "'甲' stands twice: take one out")]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("？！", "'？！' holds no words: nobody can ask for it"),
        ("问" * 101, f"'{'问' * 20}'… is no way to ask: write at most 100 characters"),
        ("養老金", "'養老金' is '养老金' in another spelling: take one out"),
    ],
)
def test_what_nobody_can_ask_for_is_refused_by_name(asked: str, problem: str) -> None:
    assert problems(ask=["养老金", "退休金", "老人钱", asked]) == [(("ask",), problem)]


def test_a_title_of_two_lines_is_refused() -> None:
    assert problems(title="二次\n报销") == [(("title",), "write it on one line")]


def test_an_answer_of_six_lines_is_refused() -> None:
    assert problems(answer="一\n二\n三\n四\n五\n六") == [(("answer",), "shorten it to 5 lines; it has 6")]


def test_an_answer_of_five_lines_is_kept_without_spaces_around_its_lines() -> None:
    assert entry(answer="一 \n 二\n三\n四\n五\n").answer == "一\n二\n三\n四\n五"


def test_an_answer_with_an_empty_line_is_refused() -> None:
    assert problems(answer="一\n \n二") == [(("answer",), "take out the empty line")]


def test_an_answer_of_220_characters_is_kept_and_one_more_refused() -> None:
    assert len(entry(answer="字" * 220).answer) == 220
    assert problems(answer="字" * 221) == [(("answer",), "shorten it to 220 characters; it has 221")]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("请打0755-88828155。", "0755-88828155"),
        ("请打0755-8882 8155。", "0755-8882 8155"),
        ("请打0758—2722284。", "0758—2722284"),
        ("请打(010)59195820。", "010)59195820"),
        ("请打13800138000。", "13800138000"),
        ("见https://example.org", "https:"),
        ("见www.example.org", "www."),
        ("见example.com", "e.com"),
        ("写信到a@b", "a@b"),
    ],
)
def test_an_answer_with_a_phone_number_or_a_link_is_refused(answer: str, found: str) -> None:
    advice = f"take out {found!r}: an answer gives no phone number and no link"

    assert problems(answer=answer)[0] == (("answer",), advice)


@pytest.mark.parametrize("text", ["2018—2020年", "2022-10-11", "40.76亿元、28076户", "24小时", "1-2名"])
def test_years_dates_and_sums_are_no_contact(text: str) -> None:
    assert contact_in(text) is None


def test_numbers_are_read_whole_with_decimals_and_full_width_digits() -> None:
    assert numbers_in("40.76亿元,28076户,345%,6师1库,24小时") == ["40.76", "28076", "345", "6", "1", "24"]


def test_chinese_number_words_and_unit_signs_are_no_numbers() -> None:
    assert numbers_in("三个清单,两万元,超1万㎡") == ["1"]


@pytest.mark.parametrize(
    ("answer", "figures"),
    [
        ("覆盖28076户。", ["28076户"]),
        ("约40.76亿元。", ["40.76亿元"]),
        ("2018年有3所。", ["2018", "3所"]),
        ("入户率345%。", ["345%"]),
        ("24小时开放。", ["24"]),
        ("三个清单。", []),
    ],
)
def test_an_answer_may_show_numbers_that_its_figures_hold(answer: str, figures: list[str]) -> None:
    assert entry(answer=answer, figures=figures).figures == tuple(figures)


@pytest.mark.parametrize(
    ("answer", "figures", "number"),
    [
        ("报70%。", [], "70"),
        ("覆盖28076户。", ["28"], "28076"),
        ("约40.76亿元。", ["40", "76"], "40.76"),
        ("有40亿元。", ["40.76"], "40"),
    ],
)
def test_an_answer_may_show_no_number_that_its_figures_lack(answer: str, figures: list[str], number: str) -> None:
    advice = f"add {number!r} as the source gives it, or take {number} out of what is shown"

    assert problems(answer=answer, figures=figures) == [(("figures",), advice)]


@pytest.mark.parametrize(("field", "value"), [("title", "6师1库"), ("unstated", ["“6师1库”的内容"])])
def test_numbers_in_the_title_and_in_what_is_unstated_are_held_to_the_figures_too(field: str, value: object) -> None:
    advice = "add '6' as the source gives it, or take 6 out of what is shown"

    assert problems(**{field: value}) == [(("figures",), advice)]


def test_a_check_day_not_after_the_source_is_refused() -> None:
    assert problems(check_by="2022-10-11") == [(("check_by",), "write a day after the source's, 2022-10-11")]


@pytest.mark.parametrize("value", ["2022-13-01", "2022年10月", ""])
def test_a_date_that_is_no_day_is_refused(value: str) -> None:
    advice = f"{value!r} is no day of the calendar: write one as YYYY-MM-DD"

    assert problems(check_by=value) == [(("check_by",), advice)]


@pytest.mark.parametrize("value", [20231011, None, datetime.fromisoformat("2023-10-11T10:00:00+08:00")])
def test_a_date_of_another_type_is_refused(value: object) -> None:
    assert problems(check_by=value) == [(("check_by",), "write a day as YYYY-MM-DD")]


@pytest.mark.parametrize("row", ["S00", "S48", "S1", "s01", "S001"])
def test_a_row_that_the_systems_table_does_not_have_is_refused(row: str) -> None:
    assert problems(systems=[row]) == [
        (("systems", 0), f"{row!r} is no row of the systems table: write S01 to S47"),
    ]


def test_an_entry_related_to_itself_is_refused() -> None:
    related = ["shiwan.second_reimbursement"]

    assert problems(related=related) == [(("related",), "take out the entry's own id")]


def test_a_key_we_do_not_know_is_refused() -> None:
    assert problems(colour="红") == [(("colour",), "Extra inputs are not permitted")]


def test_a_related_entry_that_nobody_knows_is_a_clash() -> None:
    entries = [entry()]

    assert list(clashes(entries, {entries[0].id})) == [
        Clash(0, ("related", 0), "no entry has the id 'shiwan.retirement_pay': correct it or take it out"),
    ]


def test_a_sample_that_is_a_phrase_of_any_entry_is_a_clash() -> None:
    first = entry(related=[])
    second = entry(
        id="shiwan.other", title="别的事", ask=["甲", "乙", "丙"], related=[], samples=["二次报销怎么办", "丁", "戊"]
    )

    assert list(clashes([first, second], {first.id, second.id})) == [
        Clash(
            1,
            ("samples", 0),
            "'二次报销怎么办' is a phrase of shiwan.second_reimbursement: word the sample differently",
        ),
    ]


def test_entries_that_hold_together_have_no_clash() -> None:
    assert list(clashes([entry()], {"shiwan.second_reimbursement", "shiwan.retirement_pay"})) == []
