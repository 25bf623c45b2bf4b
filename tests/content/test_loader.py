"""Reading entry files: good ones come back whole, and every kind of bad one is named by file, line and field."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import ContentError, ContentProblem
from content.document import MAX_BYTES
from content.loader import dump_entries, load_entries, load_yaml
from content.schema import Entry

GOOD = """\
- id: place.lamp
  title: 路灯
  ask: [路灯坏了找谁, 路灯不亮, 路灯唔着]
  answer: |
    路灯坏了可以上报。
    2018年装了24盏。
  unstated: [几天修好]
  figures: ['2018', '24']
  scope: 番村
  source: {title: 一篇文章, publisher: 一个网站, date: 2022-10-11, url: null}
  check_by: 2023-10-11
  related: []
  systems: [S02]
  samples: [路燈壞咗, 路登不亮, 村口路灯坏了]
"""


def write(folder: Path, text: str, name: str = "entries.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def problems_of(path: Path) -> list[ContentProblem]:
    with pytest.raises(ContentError) as refused:
        load_entries(path)
    return refused.value.problems


def test_a_file_of_entries_is_read_in_its_order(tmp_path: Path) -> None:
    second = GOOD.replace("place.lamp", "place.road").replace("路灯", "道路").replace("路燈", "路面")
    path = write(tmp_path, GOOD + second)

    entries = load_entries(path)

    assert [entry.id for entry in entries] == ["place.lamp", "place.road"]
    assert entries[0].answer == "路灯坏了可以上报。\n2018年装了24盏。"
    assert entries[0].source.date == date(2022, 10, 11)


def test_a_folder_is_read_with_all_its_folders_and_both_endings(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("place.lamp", "place.b"), "b/one.yml")
    write(tmp_path, GOOD.replace("place.lamp", "place.a").replace("路", "道"), "a/two.yaml")
    write(tmp_path, "not for us", "a/notes.txt")

    assert [entry.id for entry in load_entries(tmp_path)] == ["place.a", "place.b"]


def test_a_file_saved_with_a_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n"))

    assert [entry.id for entry in load_entries(path)] == ["place.lamp"]


def test_without_a_path_the_packaged_entries_are_read() -> None:
    assert "shiwan.second_reimbursement" in {entry.id for entry in load_entries()}


def test_related_may_name_an_entry_known_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("related: []", "related: [other.entry]"))

    assert load_entries(path, known_ids={"other.entry"})[0].related == ("other.entry",)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.yaml"

    assert problems_of(path) == [
        ContentProblem(str(path), 1, "file", "cannot be read (No such file or directory): check the path"),
    ]


def test_a_folder_without_entries_is_named(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [
        ContentProblem(str(tmp_path), 1, "file", "the folder holds no .yaml file: put entries in it"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)

    assert problems_of(path) == [
        ContentProblem(str(path), 1, "file", "the file is empty: write something in it or delete it"),
    ]


def test_a_file_that_is_not_utf_8_is_refused_at_the_first_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes(b"# plain\n- title: " + "路灯".encode("gbk"))

    assert problems_of(path) == [
        ContentProblem(str(path), 2, "file", "not UTF-8: save the file again with UTF-8 encoding"),
    ]


def test_a_file_over_a_megabyte_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path, "#" * (MAX_BYTES + 1))

    assert problems_of(path) == [
        ContentProblem(str(path), 1, "file", "larger than 1000000 bytes: split it, one topic a file"),
    ]


def test_every_line_indented_with_a_tab_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "- id: a\n\ttitle: b\n  \tscope: c\n")

    advice = "indented with a tab: use spaces"
    assert problems_of(path) == [
        ContentProblem(str(path), 2, "file", advice),
        ContentProblem(str(path), 3, "file", advice),
    ]


def test_an_invisible_control_character_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "- id: a\n  title: b\x00\n")

    assert problems_of(path) == [
        ContentProblem(str(path), 2, "file", "holds an invisible control character: type the line again"),
    ]


def test_malformed_yaml_is_named_by_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "- id: a\n  ask: [甲, 乙\n  title: b\n")

    advice = "not valid YAML (did not find expected ',' or ']'): check quotes, colons and indentation near here"
    assert problems_of(path) == [ContentProblem(str(path), 3, "file", advice)]


def test_a_second_document_in_one_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "---\n" + GOOD)

    advice = "not valid YAML (but found another document): check quotes, colons and indentation near here"
    assert problems_of(path) == [ContentProblem(str(path), 15, "file", advice)]


def test_aliases_are_refused_so_that_no_file_can_blow_up(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
    path = write(tmp_path, bomb)

    assert problems_of(path) == [
        ContentProblem(str(path), 2, "file", "take out the alias *a: write the value out again"),
    ]


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "[" * 100_000)

    assert problems_of(path) == [
        ContentProblem(str(path), 1, "file", "nested deeper than 10 levels: write it flatter"),
    ]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("- !!python/object:os.system x\n", "tag:yaml.org,2002:python/object:os.system"),
        ("- !secret {a: b}\n", "!secret"),
        ("- !!binary aGk=\n", "tag:yaml.org,2002:binary"),
    ],
)
def test_tags_are_refused(tmp_path: Path, text: str, tag: str) -> None:
    path = write(tmp_path, text)

    assert problems_of(path) == [ContentProblem(str(path), 1, "file", f"take out the tag {tag}: write plain text")]


@pytest.mark.parametrize("text", ["id: place.lamp\ntitle: 路灯\n", "路灯\n", "null\n"])
def test_a_file_that_is_not_a_list_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)

    assert problems_of(path) == [
        ContentProblem(str(path), 1, "file", "not a list: start each entry with '- id:'"),
    ]


def test_an_element_that_is_no_entry_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "- 路灯\n")

    assert problems_of(path) == [ContentProblem(str(path), 15, "entry", "write 'key: value' lines here")]


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("  scope: 番村\n", "  scope: 番村\n  scope: 深村\n"))

    assert problems_of(path) == [
        ContentProblem(str(path), 10, "[0].scope", "the key stands twice here: take one out"),
    ]


def test_a_key_that_is_no_word_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "  ? [a, b]\n  : c\n")

    assert problems_of(path) == [ContentProblem(str(path), 15, "[0]", "write a plain word before the colon")]


SOURCE = "source: {title: 一篇文章, publisher: 一个网站, date: 2022-10-11, url: null}"
IN_QUOTES = "read as a number or yes/no, not as text: write it in quotes, "
MISTAKES = [
    ("  title: 路灯\n", "", "1 title", "missing: add it"),
    ("publisher: 一个网站, ", "", "10 source.publisher", "missing: add it"),
    ("  scope:", "  scop:", "9 scop", "unknown key: did you mean 'scope'?"),
    ("publisher:", "publsher:", "10 source.publsher", "unknown key: did you mean 'publisher'?"),
    ("  scope: 番村\n", "  scope: 番村\n  颜色: 红\n", "10 颜色", "unknown key: take it out"),
    ("title: 路灯", "title:", "2 title", "write one text here"),
    ("title: 路灯", "title: ''", "2 title", "empty: write something"),
    ("title: 路灯", "title: [路灯]", "2 title", "write one text here"),
    ("title: 路灯", "title: {a: b}", "2 title", "write one text here"),
    ("['2018',", "[2018,", "8 figures[0]", f"{IN_QUOTES}'2018'"),
    ("scope: 番村", "scope: yes", "9 scope", f"{IN_QUOTES}'True'"),
    ("unstated: [几天修好]", "unstated: 几天修好", "7 unstated", "write a list here, such as [one, two]"),
    (SOURCE, "source: 一个网站", "10 source", "write 'key: value' lines here"),
    ("2023-10-11", "20231011", "11 check_by", "write a day as YYYY-MM-DD"),
    ("2023-10-11", "2022-10-11", "11 check_by", "write a day after the source's, 2022-10-11"),
    (
        "2023-10-11",
        "2023-02-30",
        "11 check_by",
        "'2023-02-30' is no day of the calendar: write one as YYYY-MM-DD",
    ),
    (
        "related: []",
        "related: [no.such]",
        "12 related[0]",
        "no entry has the id 'no.such': correct it or take it out",
    ),
    (
        "路登不亮,",
        "路灯不亮,",
        "14 samples[1]",
        "'路灯不亮' is a phrase of place.lamp: word the sample differently",
    ),
    (
        "    2018年",
        "    2019年",
        "8 figures",
        "add '2019' as the source gives it, or take 2019 out of what is shown",
    ),
]


@pytest.mark.parametrize(("old", "new", "where", "advice"), MISTAKES)
def test_what_is_wrong_in_an_entry_is_named_by_line_and_field(
    tmp_path: Path, old: str, new: str, where: str, advice: str
) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    line, field = where.split()

    problems = [problem for problem in problems_of(path) if problem.field == field]

    assert problems == [ContentProblem(str(path), int(line), field, advice)]


def test_a_number_of_thousands_of_digits_is_only_text(tmp_path: Path) -> None:
    digits = "9" * 5000
    path = write(tmp_path, GOOD.replace("scope: 番村", f"scope: {digits}"))

    assert load_entries(path)[0].scope == digits


def test_an_id_taken_in_another_file_is_named_with_its_first_place(tmp_path: Path) -> None:
    first = write(tmp_path, GOOD, "a.yaml")
    second = write(tmp_path, GOOD, "b.yaml")

    advice = f"'place.lamp' is taken at {first}:1: give this entry another id"
    assert problems_of(tmp_path) == [ContentProblem(str(second), 1, "id", advice)]


def test_an_entry_without_a_usable_id_is_still_checked(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("id: place.lamp", "id: 5"))

    advice = "read as a number or yes/no, not as text: write it in quotes, '5'"
    assert problems_of(path) == [ContentProblem(str(path), 1, "id", advice)]


def test_every_problem_of_every_file_is_told_at_once_in_reading_order(tmp_path: Path) -> None:
    broken = write(tmp_path, "- [", "a.yaml")
    listless = write(tmp_path, "路灯", "b.yaml")
    wrong = write(tmp_path, GOOD.replace("  scope: 番村\n", "").replace("S02", "S99"), "c.yaml")

    problems = problems_of(tmp_path)

    assert [(problem.file, problem.line, problem.field) for problem in problems] == [
        (str(broken), 2, "file"),
        (str(listless), 1, "file"),
        (str(wrong), 1, "scope"),
        (str(wrong), 12, "systems[0]"),
    ]


def test_a_problem_reads_as_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("  scope: 番村\n", ""))

    with pytest.raises(ContentError) as refused:
        load_entries(path)

    assert str(refused.value) == f"{path}:1 scope: missing: add it"


def test_entries_written_out_read_back_equal(tmp_path: Path) -> None:
    entries = load_entries()

    path = write(tmp_path, dump_entries(entries))

    assert load_entries(path) == entries


def test_awkward_text_survives_being_written_out(tmp_path: Path) -> None:
    entry = load_entries(write(tmp_path, GOOD))[0]
    awkward = Entry.model_validate(
        entry.model_dump()
        | {
            "title": "- [是] {否}: #'\"! 😀",
            "scope": "null",
            "unstated": ["yes", "~", "*a", "&b", "@c", "%d", "=", "<<"],
            "answer": "# 一: 二\n'三'\n- 四",
        }
    )

    path = write(tmp_path, dump_entries([awkward]))

    assert load_entries(path) == [awkward]


def test_an_entry_is_written_as_people_write_it(tmp_path: Path) -> None:
    source = "  source:\n    title: 一篇文章\n    publisher: 一个网站\n    date: 2022-10-11\n    url: null\n"
    expected = GOOD.replace(f"  {SOURCE}\n", source).replace("answer: |\n", "answer: |-\n")

    assert dump_entries(load_entries(write(tmp_path, GOOD))) == expected


def test_small_yaml_files_are_read_as_plain_data(tmp_path: Path) -> None:
    path = write(tmp_path, "菜单: [{名: 活动, 排: 1, 开: true, 比: 0.5, 起: 2022-10-11, 无: null}]\n")

    assert load_yaml(path) == {
        "菜单": [{"名": "活动", "排": 1, "开": True, "比": 0.5, "起": "2022-10-11", "无": None}],
    }


def test_a_broken_small_yaml_file_is_refused_like_any_other(tmp_path: Path) -> None:
    path = write(tmp_path, "a: *b\n", "menu.yaml")

    with pytest.raises(ContentError) as refused:
        load_yaml(path)

    assert refused.value.problems == [
        ContentProblem(str(path), 1, "file", "take out the alias *b: write the value out again"),
    ]
