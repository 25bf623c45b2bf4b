"""How many people a step needs: whole people, whatever the share, and no step that lacks them passes."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.matters.quorum import Finding, Judgement, judge
from content.matters import Share, Step, step, steps

PEOPLE = st.integers(min_value=1, max_value=5000)
SHARES = st.sampled_from([Fraction(1, 2), Fraction(2, 3), Fraction(3, 4), Fraction(4, 5), Fraction(1)])
MEMBERS = step("members")


@given(PEOPLE, SHARES, st.booleans())
def test_a_share_needs_the_fewest_people_that_are_enough(total: int, part: Fraction, is_exceeded: bool) -> None:  # noqa: FBT001  # made up by hypothesis
    needs = Share(part, is_exceeded).needs(total)

    enough = [count for count in (needs - 1, needs) if (count > total * part if is_exceeded else count >= total * part)]
    assert enough == [needs]


@given(PEOPLE, PEOPLE, PEOPLE)
def test_a_meeting_passes_just_when_enough_came_and_agreed(expected: int, present: int, agreed: int) -> None:
    counts = {"expected": expected, "present": present, "agreed": agreed}
    could_be = agreed <= present <= expected

    is_enough = could_be and 3 * present >= 2 * expected and 2 * agreed > expected

    assert (judge(MEMBERS, counts).finding is Finding.PASSED) == is_enough


@pytest.mark.parametrize(
    ("counts", "finding", "needs"),
    [
        ({"expected": 96, "present": 61}, Finding.TOO_FEW_CAME, 64),
        ({"expected": 96, "present": 64}, Finding.UNSAID, 64),
        ({"expected": 96, "present": 70, "agreed": 48}, Finding.TOO_FEW_AGREED, 49),
        ({"expected": 96, "present": 70, "agreed": 52}, Finding.PASSED, 49),
        ({"expected": 96}, Finding.UNSAID, 0),
        ({"present": 70, "agreed": 71}, Finding.IMPOSSIBLE, 0),
        ({"expected": 0, "present": 0, "agreed": 0}, Finding.IMPOSSIBLE, 0),
    ],
)
def test_a_meeting_of_members_is_judged_as_the_table_says(counts: dict[str, int], finding: Finding, needs: int) -> None:
    judged = judge(MEMBERS, counts)

    assert (judged.finding, judged.needs) == (finding, needs)


def test_who_agrees_may_be_counted_among_those_who_are_there() -> None:
    judged = judge(step("villagers"), {"expected": 40, "present": 30, "agreed": 16})

    assert (judged.finding, judged.needs) == (Finding.PASSED, 16)


def test_a_step_that_is_no_meeting_needs_nobody() -> None:
    assert judge(step("resolved"), {}) == Judgement(Finding.PASSED)


def test_a_meeting_may_be_counted_without_a_vote() -> None:
    heard = Step("heard", "heard", "heard", attend=Share(Fraction(1, 2), is_exceeded=True))

    assert judge(heard, {"expected": 4, "present": 3}).finding is Finding.PASSED


def test_the_steps_are_those_of_the_common_texts_in_their_order() -> None:
    assert [one.name for one in steps()] == [
        "党组织先议",
        "两委商议",
        "党员大会审议",
        "村民代表会议决议",
        "决议公开",
        "实施结果公开",
    ]
    assert [one.key for one in steps() if one.is_public] == ["resolved", "result"]
