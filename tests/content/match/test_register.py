"""Questions as people speak, for topics as an office words them; none of these is indexed."""

from pathlib import Path

import pytest

from content.match import Matcher, Outcome
from tests.kit.sources import ROOT
from tests.kit.topics import Topic

FOLDER = ROOT / "tests/bench/register"


def rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


QUESTIONS = rows(FOLDER / "questions.tsv")
ASKED = [row for row in QUESTIONS if row[0] != "-"]
STRANGE = [question for topic, question in QUESTIONS if topic == "-"]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher([Topic(number, tuple(phrases)) for number, *phrases in rows(FOLDER / "topics.tsv")])


def test_nearly_every_question_finds_its_topic_first_or_among_three(matcher: Matcher) -> None:
    found = [[match.entry_id for match in matcher.search(question, 3)] for _, question in ASKED]
    firsts = [topic for (topic, _), some in zip(ASKED, found, strict=True) if some[:1] == [topic]]
    among = [topic for (topic, _), some in zip(ASKED, found, strict=True) if topic in some]

    assert len(firsts) / len(ASKED) >= 0.85
    assert len(among) / len(ASKED) >= 0.93


def test_hardly_a_question_is_answered_wrongly(matcher: Matcher) -> None:
    decisions = [(topic, matcher.decide(question)) for topic, question in ASKED]
    wrong = [topic for topic, one in decisions if one.outcome is Outcome.ANSWER and one.matches[0].entry_id != topic]

    assert len(wrong) / len(ASKED) <= 0.03


def test_what_belongs_to_no_topic_is_answered_by_none(matcher: Matcher) -> None:
    answered = [question for question in STRANGE if matcher.decide(question).outcome is Outcome.ANSWER]

    assert len(answered) / len(STRANGE) <= 0.05
