"""The answering side: what waits, an answer checked before it goes out, and what the asker says to it."""

from typing import Annotated

from bot.conversation.answers import yes_or_no
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import cases, notices, units
from bot.domain.answers import drafting
from bot.domain.messages import Choice
from bot.domain.tasks import listed
from bot.domain.tasks.task import Task
from bot.errors import DomainError
from content.words import label
from db.models import Case, Unit
from handlers.personal import privately
from handlers.reading import words

SEND, LEAVE, LOOK = "send", "leave", "look"
"""What may be said to an answer that is checked: send it, do not, look at the others it goes to."""

_SHOWN = 5
_ALIKE_SHOWN = 4


def case_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show the question that is answered; refuses who may not answer it, and in a group, where others would read it."""
    privately(turn)
    case = cases.for_cadre(turn.db, answers["case_id"], turn.person)
    return {"number": cases.number(case), "question": cases.one_line(case.question)}


def answer_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show the answer as it will go out, to which question, and to how many others who asked the same."""
    privately(turn)
    case = cases.for_cadre(turn.db, answers["case_id"], turn.person)
    others = _others(turn, case, answers)
    return {
        "number": cases.number(case),
        "question": cases.one_line(case.question),
        "answer": answers["text"],
        "others": len(others),
    }


def send_or_change(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to send the answer, to write it again, or to look at the others it goes to."""
    again = Choice(label=label("change_answer"), go="cases.answer", fill={"case_id": answers["case_id"]})
    send = Choice(label=label("send_answer"), fill={"value": SEND})
    case = cases.for_cadre(turn.db, answers["case_id"], turn.person)
    if not _others(turn, case, answers):
        return (send, again)
    return (send, again, Choice(label=label("asked_alike"), fill={"value": LOOK}))


def sent_or_not(turn: Turn) -> str:
    """Read a yes or a no, beside what is offered."""
    return SEND if yes_or_no(turn.text) else LEAVE


def nobody_out(_turn: Turn, answers: Answers) -> int | None:
    """Take nobody out, unless that was asked for."""
    return 0 if answers["checked"] != LOOK else None


def others_offered(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer each of the others to be taken out, or none of them."""
    case = cases.for_cadre(turn.db, answers["case_id"], turn.person)
    others = _others(turn, case, answers)[:_ALIKE_SHOWN]
    listed = tuple(Choice(label=_line(one), fill={"value": one.id}) for one in others)
    return (*listed, Choice(label=label("answer_all"), fill={"value": 0}))


class Answer(Form):
    """An answer to one case and to those like it, checked by whoever wrote it; ``without`` are cases taken out."""

    case_id: int
    without: tuple[int, ...] = ()
    text: Annotated[str, Ask("cases/write_answer", show=case_shown, reads=words, takes_anything=True)]
    checked: Annotated[str, Ask("cases/check_answer", show=answer_shown, offer=send_or_change, reads=sent_or_not)]
    taken_out: Annotated[int, Ask("cases/take_out", known=nobody_out, offer=others_offered)]


class OneCase(Form):
    """A case, by its id."""

    case_id: int


@flow("cases.answer", Answer)
def answer(turn: Turn, form: Answer) -> Reply:
    """Send the answer to whoever asked, and offer to keep it for all who will."""
    if form.checked == LOOK:
        without = [*form.without, form.taken_out] if form.taken_out else list(form.without)
        return Reply.leading("cases.answer", case_id=form.case_id, text=form.text, without=without)
    if form.checked != SEND:
        return Reply("cases/answer_not_sent")
    case = cases.answer(turn.db, form.case_id, form.text, by=turn.person, now=turn.now, without=form.without)
    together = len(cases.answered_with(turn.db, case))
    is_quiet = notices.is_quiet(turn.db, turn.now)
    sent = Reply("cases/answer_sent", number=cases.number(case), together=together, is_quiet=is_quiet)
    return sent if case.matter_id else sent.then(_keep_it(turn, case))


class Page(Form):
    """How many of a list have been shown."""

    skipped: int = 0


@flow("cases.to_do", Page)
def to_do(turn: Turn, form: Page) -> Reply:
    """List all that waits for this person's word, what is due first first; in no group, where others would read it."""
    privately(turn)
    found = listed.waiting(turn.db, turn.person, now=turn.now)
    shown = found[form.skipped :][:_SHOWN]
    if not shown:
        return Reply("cases/nothing_to_do")
    choices = [Choice(label=_task(one, turn), go=one.go, fill=dict(one.fill)) for one in shown]
    left = len(found) - form.skipped - len(shown)
    if left:
        choices.append(Choice(label=label("further"), go="cases.to_do", fill={"skipped": form.skipped + len(shown)}))
    late = sum(one.due_at < turn.now for one in found)
    return Reply("cases/to_do", count=len(found), late=late, choices=tuple(choices))


@flow("cases.alike", OneCase)
def alike(turn: Turn, form: OneCase) -> Reply:
    """Show who else asks the same, before it is answered for all."""
    privately(turn)
    case = cases.for_cadre(turn.db, form.case_id, turn.person)
    lines = [_line(one) for one in (case, *cases.alike(turn.db, case))]
    answer_it = Choice(label=label("answer_case"), go="cases.answer", fill={"case_id": case.id}, words="text")
    shown = lines[:_ALIKE_SHOWN]
    return Reply("cases/alike", lines=shown, more=len(lines) - len(shown), choices=(answer_it,))


def numbered(turn: Turn) -> bool:
    """Tell whether somebody names a case by its number, with an answer or without."""
    return cases.named(turn.text) is not None


@flow("cases.numbered")
def by_number(turn: Turn, _form: Form) -> Reply:
    """Answer the case that is named, or tell whoever asked how it stands; in no group: what is asked is the asker's."""
    privately(turn)
    case_id, said = cases.named(turn.text) or (0, "")
    case = turn.db.get(Case, case_id)
    if case and case.asker_id == turn.conversation.person_id and not said:
        return Reply.leading("cases.standing", case_id=case_id)
    fill: dict[str, object] = {"case_id": case_id, "text": said} if said else {"case_id": case_id}
    return Reply.leading("cases.answer", **fill)


@flow("cases.standing", OneCase)
def standing(turn: Turn, form: OneCase) -> Reply:
    """Tell whoever asked how it stands; for others there is nothing to tell."""
    privately(turn)
    case = turn.db.get(Case, form.case_id)
    if case is None or case.asker_id != turn.conversation.person_id:
        raise DomainError("cases/not_yours")
    return Reply("cases/how_it_stands", number=cases.number(case), state=case.state.value, answer=case.answer)


@flow("cases.useful", OneCase)
def useful(turn: Turn, form: OneCase) -> Reply:
    """Close the case: the asker is content."""
    cases.close(turn.db, form.case_id, by=turn.person, now=turn.now)
    return Reply("cases/glad")


def _others(turn: Turn, case: Case, answers: Answers) -> list[Case]:
    left_out = answers.get("without", ())
    return [one for one in cases.alike(turn.db, case) if one.id not in left_out]


def _task(task: Task, turn: Turn) -> str:
    """Return a task on one line of a list; what is overdue says so."""
    return f"{label('overdue')} {task.line}" if task.due_at < turn.now else task.line


def _line(case: Case) -> str:
    return f"{cases.number(case)} {cases.one_line(case.question, longest=20)}"


def _keep_it(turn: Turn, case: Case) -> Reply:
    """Offer to make an entry of an answer, or say why it cannot be one as it is."""
    fill = {"case_id": case.id}
    keep = Choice(label=label("keep_draft_entry"), go="drafts.keep", fill=fill)
    change = Choice(label=label("change_answer"), go="drafts.reword", fill=fill)
    leave = Choice(label=label("keep_not"), go="drafts.leave")
    if problem := drafting.fault_of(turn.db, case):
        return Reply(problem, choices=(change, leave))
    unit = turn.db.get(Unit, case.unit_id) if case.unit_id else units.root(turn.db)
    scope = unit.name if unit else ""
    until = drafting.a_year_on(turn.now, turn.db)
    return Reply("drafts/keep_it", scope=scope, until=until, choices=(keep, change, leave))
