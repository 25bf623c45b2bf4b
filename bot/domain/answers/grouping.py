"""Questions that ask the same in other words, so that they are answered together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from content.match import Matcher, Outcome, normalise

MOST = 200
"""How many open questions one is compared with, the newest."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits, by a name of its own."""

    id: str
    question: str

    @property
    def phrases(self) -> Sequence[str]:
        """The one way it is asked, for the matcher."""
        return (self.question,)


def alike(question: str, others: Iterable[Asked]) -> list[str]:
    """Return which of the others ask the same, by their names, in the order they came.

    The same words are the same question. Other words are when each would be answered by the other: a pair that only
    shares its topic is not, for a wrong answer is worse than one given twice.
    """
    same, known = normalise(question), _Alone(question)
    return [
        one.id
        for one in others
        if normalise(one.question) == same or (known.answers(one.question) and _Alone(one.question).answers(question))
    ]


class _Alone:
    """A question as if it were the only one there is an answer to."""

    def __init__(self, question: str) -> None:
        self._matcher = Matcher([Asked("it", question)])

    def answers(self, question: str) -> bool:
        """Tell whether somebody who asks this would be given that one answer."""
        return self._matcher.decide(question).outcome is Outcome.ANSWER
