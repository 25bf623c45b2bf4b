"""A wrong record of who came is put right, and the change is written down."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import namesheet
from bot.domain.messages import Choice
from bot.domain.studies import attendance, leave
from bot.errors import DomainError
from content.words import label
from db.models import Attendance, AttendanceState, Person
from handlers.reading import words
from handlers.rolls import OFFERED, only_recent, recent, sheet_for, shown, told_apart


def namesakes(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer whom of the session a name may mean."""
    found = [turn.db.get_one(Person, one) for one in _meant(turn, answers)]
    return tuple(Choice(label=told_apart(turn, one, found), fill={"value": one.id}) for one in found)


def only_one_meant(turn: Turn, answers: Answers) -> int | None:
    """Return whom a name means where it is clear; refuses where nobody here has it."""
    found = _meant(turn, answers)
    if not found:
        raise DomainError("attendance/nobody_so_named", name=shown(answers["name"]))
    return found[0] if len(found) == 1 else None


def record_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is written down of somebody now."""
    row, person = _row(turn, answers["session_id"], answers["person_id"])
    return {"name": person.name, "state": row.state}


def what_it_may_be(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer what may be written down instead."""
    return (
        Choice(label=label("was_present"), fill={"value": AttendanceState.PRESENT.value}),
        Choice(label=label("was_excused"), fill={"value": AttendanceState.EXCUSED.value}),
        Choice(label=label("was_absent"), fill={"value": AttendanceState.ABSENT.value}),
    )


class Correct(Form):
    """Whose record is put right, and what it should be."""

    session_id: Annotated[int, Ask("attendance/which_session", offer=recent, known=only_recent)]
    name: Annotated[str, Ask("attendance/whose", show=sheet_for, reads=words, takes_anything=True)]
    person_id: Annotated[int, Ask("attendance/which_namesake", offer=namesakes, known=only_one_meant)]
    state: Annotated[AttendanceState, Ask("attendance/what_then", show=record_shown, offer=what_it_may_be)]


@flow("attendance.correct", Correct)
def correct(turn: Turn, form: Correct) -> Reply:
    """Put right what was written down of somebody."""
    row, person = _row(turn, form.session_id, form.person_id)
    attendance.correct(turn.db, row, form.state, by=turn.person, now=turn.now)
    return Reply("attendance/corrected", name=person.name, state=form.state)


def _row(turn: Turn, session_id: int, person_id: int) -> tuple[Attendance, Person]:
    row = attendance.part_of(turn.db, session_id, person_id)
    leave.part_for_holder(turn.db, row.id or 0, turn.person)
    return row, turn.db.get_one(Person, person_id)


def _meant(turn: Turn, answers: Answers) -> list[int]:
    """Return whom of the session a name may mean."""
    expected = {person.id or 0: person.name for _row, person in attendance.people_of(turn.db, answers["session_id"])}
    found = namesheet.read(answers["name"], expected)
    return [*found.sure, *(one for _name, ids in found.doubtful for one in ids)][:OFFERED]
