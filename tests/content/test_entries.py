"""The packaged entries: true to their articles, complete, in our own words, free of what articles trail along."""

import re
from collections import Counter
from pathlib import Path

import pytest

import content
from content.loader import load_entries
from content.schema import Entry, contact_in, numbers_in

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
ARTICLES = {
    "禅城区政府网": "000",
    "网络转载(斗门)": "001",
    "西江日报": "002",
    "南海区委组织部(珠江时报)": "003",
    "中国乡村振兴网": "004",
}
PLACES = {"shiwan", "doumen", "zhaoqing", "xiqiao", "lingqiu"}
LONGEST_SHARED_RUN = 15
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return load_entries()


@pytest.fixture(scope="module")
def articles() -> dict[str, str]:
    if not SEEDS.is_dir():
        pytest.skip(
            "the articles are not at hand: put them in ../shared/seeds beside the checkout to check against them"
        )
    return {
        publisher: re.sub(r"\s", "", next(SEEDS.glob(f"{prefix}_*.txt")).read_text(encoding="utf-8"))
        for publisher, prefix in ARTICLES.items()
    }


def shown(entry: Entry) -> tuple[str, ...]:
    return (entry.title, entry.answer, *entry.unstated)


def longest_shared_run(text: str, article: str) -> str:
    """The stretch of ``text`` with the most Chinese characters that stands in ``article`` just so."""
    longest, start = "", 0
    for end in range(1, len(text) + 1):
        while text[start:end] not in article:
            start += 1
        longest = max(longest, text[start:end], key=lambda run: len(HAN.findall(run)))
    return longest


def test_there_are_at_least_eighty_entries(entries: list[Entry]) -> None:
    assert len(entries) >= 80


def test_every_place_has_entries_and_every_entry_stands_in_the_folder_of_its_place(entries: list[Entry]) -> None:
    folder = Path(content.__path__[0]) / "entries"

    by_folder = {place: {entry.id for entry in load_all(folder / place, entries)} for place in PLACES}

    assert {path.name for path in folder.iterdir()} == PLACES
    assert {(place, name.split(".")[0]) for place, names in by_folder.items() for name in names} == {
        (place, place) for place in PLACES
    }


def load_all(folder: Path, entries: list[Entry]) -> list[Entry]:
    return load_entries(folder.resolve(), known_ids={entry.id for entry in entries})


def test_every_row_of_the_systems_table_has_an_entry(entries: list[Entry]) -> None:
    covered = {row for entry in entries for row in entry.systems}

    assert covered == {f"S{number:02}" for number in range(1, 48)}


def test_every_entry_names_the_rows_it_serves(entries: list[Entry]) -> None:
    assert [entry.id for entry in entries if not entry.systems] == []


def test_every_number_shown_is_among_the_figures_of_its_entry(entries: list[Entry]) -> None:
    stray = [
        (entry.id, number)
        for entry in entries
        for text in shown(entry)
        for number in numbers_in(text)
        if number not in {held for figure in entry.figures for held in numbers_in(figure)}
    ]

    assert stray == []


def test_every_figure_is_shown_as_the_entry_holds_it(entries: list[Entry]) -> None:
    unused = [
        (entry.id, figure) for entry in entries for figure in entry.figures if figure not in "|".join(shown(entry))
    ]

    assert unused == []


def test_every_figure_stands_in_the_cited_article(entries: list[Entry], articles: dict[str, str]) -> None:
    invented = [
        (entry.id, figure)
        for entry in entries
        for figure in entry.figures
        if figure not in articles[entry.source.publisher]
        or not set(numbers_in(figure)) <= set(numbers_in(articles[entry.source.publisher]))
    ]

    assert invented == []


def test_every_source_is_titled_as_its_article_is(entries: list[Entry], articles: dict[str, str]) -> None:
    mistitled = {
        entry.source.title
        for entry in entries
        if re.sub(r"\s", "", entry.source.title) not in articles[entry.source.publisher]
    }

    assert mistitled == set()


def test_no_answer_copies_a_sentence_of_its_article(entries: list[Entry], articles: dict[str, str]) -> None:
    copied = [
        (entry.id, run)
        for entry in entries
        for run in [longest_shared_run(re.sub(r"\s", "", entry.answer), articles[entry.source.publisher])]
        if len(HAN.findall(run)) > LONGEST_SHARED_RUN
    ]

    assert copied == []


def test_entries_of_one_publisher_name_one_source_and_are_checked_a_year_later(entries: list[Entry]) -> None:
    sources = {(entry.source, entry.check_by) for entry in entries}

    assert {source.publisher for source, _ in sources} == set(ARTICLES)
    assert len(sources) == len(ARTICLES)
    assert all(check_by == source.date.replace(year=source.date.year + 1) for source, check_by in sources)


def test_no_footer_phone_or_link_found_its_way_into_the_files() -> None:
    folder = Path(content.__path__[0]) / "entries"
    footers = ("88828155", "8882 8155", "2722284", "86337323", "86226955", "59195820", "***")

    found = [
        (path.name, line)
        for path in sorted(folder.rglob("*.yaml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if contact_in(line) or any(footer in line for footer in footers)
    ]

    assert found == []


def test_no_two_entries_share_a_phrase(entries: list[Entry]) -> None:
    counted = Counter(phrase for entry in entries for phrase in entry.phrases)

    assert [phrase for phrase, count in counted.items() if count > 1] == []


def test_no_two_entries_share_a_sample(entries: list[Entry]) -> None:
    counted = Counter(sample for entry in entries for sample in entry.samples)

    assert [sample for sample, count in counted.items() if count > 1] == []


def test_asking_only_for_a_station_stays_ambiguous(entries: list[Entry]) -> None:
    assert [entry.id for entry in entries if "驿站在哪" in entry.phrases] == []


def test_the_second_reimbursement_states_no_terms_and_says_so(entries: list[Entry]) -> None:
    entry = next(entry for entry in entries if entry.id == "shiwan.second_reimbursement")

    assert entry.answer == "石湾各村正加大对二次报销的投入。"
    assert entry.unstated == ("比例", "限额", "要带的材料")
    assert entry.figures == ()
    assert {"睇病啲錢點樣報返", "二次包销", "報銷"} <= set(entry.samples)
