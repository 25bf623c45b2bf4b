"""Questions as people speak, for topics as an office words them; none of these is indexed."""

from pathlib import Path

import pytest

from content.match import Matcher, Outcome
from tests.kit.sources import ROOT
from tests.kit.topics import Topic

FOLDER = ROOT / "tests/bench/register"


def rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


FILES = pytest.mark.parametrize("name", ["questions.tsv", "fresh.tsv"])


def asked(name: str) -> list[list[str]]:
    return [row for row in rows(FOLDER / name) if row[0] != "-"]


def strange(name: str) -> list[str]:
    return [question for topic, question in rows(FOLDER / name) if topic == "-"]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher([Topic(number, tuple(phrases)) for number, *phrases in rows(FOLDER / "topics.tsv")])


@FILES
def test_nearly_every_question_finds_its_topic_first_or_among_three(matcher: Matcher, name: str) -> None:
    questions = asked(name)
    found = [[match.entry_id for match in matcher.search(question, 3)] for _, question in questions]
    firsts = [topic for (topic, _), some in zip(questions, found, strict=True) if some[:1] == [topic]]
    among = [topic for (topic, _), some in zip(questions, found, strict=True) if topic in some]

    assert len(firsts) / len(questions) >= 0.92
    assert len(among) / len(questions) >= 0.97


@FILES
def test_hardly_a_question_is_answered_wrongly_and_half_of_them_at_once(matcher: Matcher, name: str) -> None:
    decisions = [(topic, matcher.decide(question)) for topic, question in asked(name)]
    answered = [topic for topic, one in decisions if one.outcome is Outcome.ANSWER]
    wrong = [topic for topic, one in decisions if one.outcome is Outcome.ANSWER and one.matches[0].entry_id != topic]

    assert len(wrong) / len(decisions) <= 0.02
    assert len(answered) / len(decisions) >= 0.5


@FILES
def test_what_belongs_to_no_topic_is_answered_by_none(matcher: Matcher, name: str) -> None:
    answered = [question for question in strange(name) if matcher.decide(question).outcome is Outcome.ANSWER]

    assert len(answered) / len(strange(name)) <= 0.05
