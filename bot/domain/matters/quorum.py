"""Whether enough people came to a step and enough of them agreed: arithmetic of whole people, pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from content.matters import Share, Step


class Finding(StrEnum):
    """What numbers come to: some are not said, they cannot be, too few came, too few agreed, or the step passes."""

    UNSAID = "unsaid"
    IMPOSSIBLE = "impossible"
    TOO_FEW_CAME = "too_few_came"
    TOO_FEW_AGREED = "too_few_agreed"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding, and how many people were needed for what it is about, with the share that says so."""

    finding: Finding
    needs: int = 0
    share: Share | None = None


def judge(step: Step, counts: Mapping[str, int]) -> Judgement:
    """Judge a step by how many should have come (``expected``), did (``present``) and agreed (``agreed``).

    Numbers that were not said are only missed where those before them are enough.
    """
    if step.attend is None:
        return Judgement(Finding.PASSED)
    expected, present, agreed = (counts.get(name) for name in ("expected", "present", "agreed"))
    if expected == 0 or _is_more(present, expected) or _is_more(agreed, present):
        return Judgement(Finding.IMPOSSIBLE)
    if expected is None or present is None:
        return Judgement(Finding.UNSAID)
    return _of_meeting(step.attend, step.agree, expected, present, agreed)


def _of_meeting(attend: Share, agree: Share | None, expected: int, present: int, agreed: int | None) -> Judgement:
    came = attend.needs(expected)
    if present < came:
        return Judgement(Finding.TOO_FEW_CAME, came, attend)
    if agree is None:
        return Judgement(Finding.PASSED, came, attend)
    if agreed is None:
        return Judgement(Finding.UNSAID, came, attend)
    needs = agree.needs(expected if agree.of == "expected" else present)
    return Judgement(Finding.PASSED if agreed >= needs else Finding.TOO_FEW_AGREED, needs, agree)


def _is_more(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole
