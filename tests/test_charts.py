"""Charts: well-formed, safe to stand in a page, and as readable without eyes."""

from xml.etree import ElementTree as ET

import pytest

from bot.charts import Point, bars, line, shares, shown

WEEKS = [Point("11/2", 4), Point("11/9", 0), Point("11/16", 8)]
NS = "{http://www.w3.org/2000/svg}"
DRAWN = [bars, line]


def drawing(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  # our own drawing


@pytest.mark.parametrize("draw", DRAWN)
def test_a_chart_says_its_numbers_to_who_cannot_see_it(draw: object) -> None:
    svg = drawing(draw(WEEKS, name="asked", title="答疑", unit="件"))

    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "asked-title asked-numbers"
    assert [(one.get("id"), one.text) for one in (svg.find(f"{NS}title"), svg.find(f"{NS}desc"))] == [
        ("asked-title", "答疑"),
        ("asked-numbers", "11/2 4件, 11/9 0件, 11/16 8件"),
    ]


@pytest.mark.parametrize("draw", DRAWN)
def test_words_are_never_markup_and_nothing_is_script_or_style(draw: object) -> None:
    svg = draw([Point('<script>alert(1)</script>"&\x00', 1)], name="x", title="</title><b onload=x>", unit="<i>")

    tags = {one.tag.removeprefix(NS) for one in drawing(svg).iter()}
    names = {name for one in drawing(svg).iter() for name in one.attrib}
    assert tags <= {"svg", "title", "desc", "line", "rect", "text", "circle", "polyline"}
    assert not names & {"style", "onload", "onclick", "href"}
    assert drawing(svg).find(f"{NS}title").text == "</title><b onload=x>"


def test_bars_are_as_high_as_their_values_and_the_last_is_strong() -> None:
    found = drawing(bars(WEEKS, name="x", title="x")).findall(f"{NS}rect")

    heights = [float(one.get("height", "")) for one in found]
    assert heights == [87.0, 0.0, 174.0]
    assert [one.get("fill") for one in found] == ["#d8b8a8", "#d8b8a8", "#a3281f"]


def test_a_line_is_broken_where_there_is_no_value() -> None:
    points = [Point("1", 80), Point("2", 90), Point("3", None), Point("4", 100)]

    found = drawing(line(points, name="x", title="x", unit="%", most=100))

    assert len(found.findall(f"{NS}circle")) == 3
    assert len(found.findall(f"{NS}polyline")) == 1
    assert found.find(f"{NS}desc").text == "1 80%, 2 90%, 4 100%"


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], []), ([0, 0], [0.0, 0.0]), ([1, 4], [0.25, 1.0]), ([None, 2], [0.0, 1.0]), ([-3, 3], [0.0, 1.0])],
)
def test_values_stand_between_nought_and_the_largest(values: list[float | None], expected: list[float]) -> None:
    assert shares([Point("", one) for one in values]) == expected


def test_a_long_chart_names_some_of_its_values_and_always_the_last() -> None:
    found = drawing(bars([Point(f"d{one}", one) for one in range(30)], name="x", title="x"))

    words = [one.text or "" for one in found.findall(f"{NS}text")]
    assert [one for one in words if one.startswith("d")] == [f"d{one}" for one in range(2, 30, 3)]


def test_an_empty_chart_is_a_chart() -> None:
    assert drawing(bars([], name="x", title="无")).find(f"{NS}desc").text in {None, ""}


def test_numbers_are_whole_where_they_are() -> None:
    assert (shown(3, "%"), shown(2.5), shown(2.04)) == ("3%", "2.5", "2")
