"""The answering side: what waits, an answer checked before it goes out, and what the asker says to it."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import cases, notices
from bot.domain.messages import Choice
from content.words import label
from handlers.reading import words, yes_or_no_please

_SHOWN = 5


def case_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show the question that is answered; refuses who may not answer it."""
    case = cases.for_cadre(turn.db, answers["case_id"], turn.person)
    return {"number": cases.number(case), "question": cases.one_line(case.question)}


def answer_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show the answer as it will go out, and to which question."""
    case = case_shown(turn, answers)
    return {"number": case["number"], "question": case["question"], "answer": answers["text"]}


def send_or_change(_turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to send the answer, or to write it again."""
    again = Choice(label=label("change_answer"), go="cases.answer", fill={"case_id": answers["case_id"]})
    return (Choice(label=label("send_answer"), fill={"value": True}), again)


class Answer(Form):
    """An answer to one case, checked by whoever wrote it."""

    case_id: int
    text: Annotated[str, Ask("cases/write_answer", show=case_shown, reads=words, takes_anything=True)]
    is_checked: Annotated[
        bool, Ask("cases/check_answer", show=answer_shown, offer=send_or_change, reads=yes_or_no_please)
    ]


class OneCase(Form):
    """A case, by its id."""

    case_id: int


@flow("cases.answer", Answer)
def answer(turn: Turn, form: Answer) -> Reply:
    """Send the answer to whoever asked."""
    if not form.is_checked:
        return Reply("cases/answer_not_sent")
    case = cases.answer(turn.db, form.case_id, form.text, by=turn.person, now=turn.now)
    return Reply("cases/answer_sent", number=cases.number(case), is_quiet=notices.is_quiet(turn.db, turn.now))


@flow("cases.to_do")
def to_do(turn: Turn, _form: Form) -> Reply:
    """List what waits for an answer, the oldest first."""
    waiting = cases.waiting_for(turn.db, turn.person)
    if not waiting:
        return Reply("cases/nothing_to_do")
    choices = tuple(
        Choice(
            label=f"{cases.number(case)} {cases.one_line(case.question, longest=16)}",
            go="cases.answer",
            fill={"case_id": case.id},
        )
        for case in waiting[:_SHOWN]
    )
    return Reply("cases/to_do", count=len(waiting), choices=choices)


@flow("cases.useful", OneCase)
def useful(turn: Turn, form: OneCase) -> Reply:
    """Close the case: the asker is content."""
    cases.close(turn.db, form.case_id, by=turn.person, now=turn.now)
    return Reply("cases/glad")
