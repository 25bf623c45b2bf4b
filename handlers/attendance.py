"""Who came: ticked by digits page by page, read from a pasted sheet, corrected, counted."""

import functools
from collections.abc import Sequence
from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import attendance, invitations, leave, namesheet, papers, people, study, study_desk
from bot.domain.messages import Choice
from bot.domain.papers import PaperKind
from bot.errors import DomainError
from content.match import normalise
from content.words import answer_words, label
from db.models import Attendance, AttendanceState, CheckInWay, Person
from handlers.reading import words

_PAGE = 8
_SESSIONS_OFFERED = 5
_NAME_SHOWN = 8
_A_LINE = 3
_OPEN = (AttendanceState.EXPECTED, AttendanceState.EXCUSED, AttendanceState.ABSENT)


def recent(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the sessions whose roll may be called."""
    found = study_desk.held_now(turn.db, turn.person, now=turn.now, limit=_SESSIONS_OFFERED)
    return tuple(Choice(label=invitations.line(turn.db, one), fill={"value": one.id}) for one in found)


def only_recent(turn: Turn, _answers: Answers) -> int | None:
    """Return the session where there is only one; refuses where there is none."""
    found = study_desk.held_now(turn.db, turn.person, now=turn.now, limit=_SESSIONS_OFFERED)
    if not found:
        raise DomainError("attendance/no_session")
    return found[0].id if len(found) == 1 else None


def page_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show a page of names, numbered, and how many came so far."""
    session = study.for_holder(turn.db, answers["session_id"], turn.person)
    names = [_shown(turn.db.get_one(Person, one).name) for one in answers["ids"]]
    numbered = [f"{number} {name}" for number, name in enumerate(names, start=1)]
    lines = ["  ".join(numbered[start : start + _A_LINE]) for start in range(0, len(numbered), _A_LINE)]
    present = attendance.counts(turn.db, session.id or 0).present
    return {"title": session.title, "lines": lines, "present": present}


def next_or_done(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the next page, or to be done, under the digit no name has."""
    is_last = not _page(turn, answers["session_id"], answers["ids"][-1])
    return (
        Choice(key=str(_PAGE + 1), label=label("roll_done") if is_last else label("next_page"), fill={"value": []}),
    )


def ticked(turn: Turn) -> list[int]:
    """Read which numbers of the page came: 1 3 4, or everybody."""
    said = normalise(turn.text)
    if said in _everybody():
        return list(range(1, _PAGE + 1))
    apart = "".join(mark if mark.isdecimal() else " " for mark in said).split()
    numbers = [int(digit) for one in apart for digit in one]
    if not numbers or not all(1 <= one <= _PAGE for one in numbers):
        raise InvalidAnswer("attendance/which_numbers")
    return numbers


class Roll(Form):
    """The session whose roll is called."""

    session_id: Annotated[int, Ask("attendance/which_session", offer=recent, known=only_recent)]


class Page(Form):
    """A page of the roll, and which of its numbers came."""

    session_id: int
    ids: list[int]
    numbers: Annotated[list[int], Ask("attendance/page", show=page_shown, offer=next_or_done, reads=ticked)]


def sheet_for(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show for which session names are pasted; refuses who may not."""
    return {"title": study.for_holder(turn.db, answers["session_id"], turn.person).title}


def names(turn: Turn) -> str:
    """Read a pasted sheet, as long as a message may be."""
    if not turn.text:
        raise InvalidAnswer("engine/nothing_to_read")
    return turn.text


class Sheet(Form):
    """Names as they stand on the paper sheet."""

    session_id: Annotated[int, Ask("attendance/which_session", offer=recent, known=only_recent)]
    names: Annotated[str, Ask("attendance/paste_names", show=sheet_for, reads=names, takes_anything=True)]


def doubt_shown(_turn: Turn, answers: Answers) -> dict[str, object]:
    """Show the name that could be somebody's."""
    return {"name": answers["doubts"][0][0]}


def candidates(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer who may be meant, told apart by what is shown of their phones."""
    found = [turn.db.get_one(Person, one) for one in answers["doubts"][0][1][:_SESSIONS_OFFERED]]
    return (
        *(Choice(label=_told_apart(turn, one, found), fill={"value": one.id}) for one in found),
        Choice(key="0", label=label("none_of_these"), fill={"value": 0}),
    )


class Doubt(Form):
    """A name on the sheet that may be one of some people."""

    session_id: int
    doubts: list[tuple[str, list[int]]]
    unknown: tuple[str, ...] = ()
    person_id: Annotated[int, Ask("attendance/who_is_it", show=doubt_shown, offer=candidates)]


def whose_name(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show in which session something is put right; refuses who may not."""
    return sheet_for(turn, answers)


def namesakes(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer whom of the session a name may mean."""
    found = [turn.db.get_one(Person, one) for one in _meant(turn, answers)]
    return tuple(Choice(label=_told_apart(turn, one, found), fill={"value": one.id}) for one in found)


def only_one_meant(turn: Turn, answers: Answers) -> int | None:
    """Return whom a name means where it is clear; refuses where nobody here has it."""
    found = _meant(turn, answers)
    if not found:
        raise DomainError("attendance/nobody_so_named", name=_shown(answers["name"]))
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
    name: Annotated[str, Ask("attendance/whose", show=whose_name, reads=words, takes_anything=True)]
    person_id: Annotated[int, Ask("attendance/which_namesake", offer=namesakes, known=only_one_meant)]
    state: Annotated[AttendanceState, Ask("attendance/what_then", show=record_shown, offer=what_it_may_be)]


class OneSession(Form):
    """A session, picked where it is not known."""

    session_id: Annotated[int, Ask("attendance/which_session", offer=recent, known=only_recent)]


@flow("attendance.roll", Roll)
def roll(turn: Turn, form: Roll) -> Reply:
    """Begin to call the roll."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    attendance.expect(turn.db, session)
    attendance.insist_begun(session, turn.now)
    return _next_page(turn, form.session_id, 0)


@flow("attendance.page", Page)
def page(turn: Turn, form: Page) -> Reply:
    """Write down who of a page came, and go on with the next."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    came = [form.ids[number - 1] for number in form.numbers if number <= len(form.ids)]
    attendance.tick(turn.db, session, came, way=CheckInWay.TAPPED, by=turn.person, now=turn.now)
    return _next_page(turn, form.session_id, form.ids[-1])


@flow("attendance.sheet", Sheet)
def sheet(turn: Turn, form: Sheet) -> Reply:
    """Write down who stands on a pasted sheet; whoever is doubtful is asked about, one after the other."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    attendance.expect(turn.db, session)
    expected = {person.id or 0: person.name for _row, person in attendance.people_of(turn.db, form.session_id)}
    found = namesheet.read(form.names, expected)
    attendance.tick(turn.db, session, found.sure, way=CheckInWay.SHEET, by=turn.person, now=turn.now)
    return _next_doubt(turn, form.session_id, list(found.doubtful), found.unknown)


@flow("attendance.doubt", Doubt)
def doubt(turn: Turn, form: Doubt) -> Reply:
    """Write down who was meant, and ask about the next doubtful name."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    [(name, ids), *others] = form.doubts
    meant = [form.person_id] if form.person_id in ids else []
    attendance.tick(turn.db, session, meant, way=CheckInWay.SHEET, by=turn.person, now=turn.now)
    return _next_doubt(turn, form.session_id, others, form.unknown if meant else (*form.unknown, name))


@flow("attendance.correct", Correct)
def correct(turn: Turn, form: Correct) -> Reply:
    """Put right what was written down of somebody."""
    row, person = _row(turn, form.session_id, form.person_id)
    attendance.correct(turn.db, row, form.state, by=turn.person, now=turn.now)
    return Reply("attendance/corrected", name=person.name, state=form.state)


@flow("attendance.sums", OneSession)
def sums(turn: Turn, form: OneSession) -> Reply:
    """Say how a session stands: who is coming, who came, and who cannot, in numbers."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    return Reply.of("attendance/sums", {"title": session.title, "counts": attendance.counts(turn.db, form.session_id)})


@flow("attendance.paper", OneSession)
def paper(turn: Turn, form: OneSession) -> Reply:
    """Send the sheet of who came, who was excused and who was absent, where names may be sent."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    shown = {"title": session.title, "counts": attendance.counts(turn.db, form.session_id)}
    if not turn.traits.carries_personal_data:
        return Reply.of("attendance/sheet_elsewhere", shown)
    ordered = papers.order(
        turn.db,
        PaperKind.ATTENDANCE_SHEET,
        str(form.session_id),
        name=label("sheet_file"),
        to=turn.person.id,
        now=turn.now,
    )
    reply = Reply.of("attendance/sheet", shown)
    reply.attachments = (ordered,)
    return reply


def _next_page(turn: Turn, session_id: int, after: int) -> Reply:
    ids = _page(turn, session_id, after)
    if ids:
        return Reply.leading("attendance.page", session_id=session_id, ids=ids)
    return _sums(turn, session_id, [])


def _next_doubt(turn: Turn, session_id: int, doubts: Sequence[Any], unknown: Sequence[str]) -> Reply:
    if doubts:
        listed = [list(one) for one in doubts]
        return Reply.leading("attendance.doubt", session_id=session_id, doubts=listed, unknown=list(unknown))
    return _sums(turn, session_id, unknown)


def _sums(turn: Turn, session_id: int, unknown: Sequence[str]) -> Reply:
    counts = attendance.counts(turn.db, session_id)
    return Reply("attendance/done", counts=counts, unknown=[_shown(one) for one in unknown[:_PAGE]])


def _page(turn: Turn, session_id: int, after: int) -> list[int]:
    return attendance.page_of(turn.db, session_id, _OPEN, after=after, limit=_PAGE)


def _row(turn: Turn, session_id: int, person_id: int) -> tuple[Attendance, Person]:
    row = attendance.part_of(turn.db, session_id, person_id)
    leave.part_for_holder(turn.db, row.id or 0, turn.person)
    return row, turn.db.get_one(Person, person_id)


def _meant(turn: Turn, answers: Answers) -> list[int]:
    """Return whom of the session a name may mean."""
    expected = {person.id or 0: person.name for _row, person in attendance.people_of(turn.db, answers["session_id"])}
    found = namesheet.read(answers["name"], expected)
    return [*found.sure, *(one for _name, ids in found.doubtful for one in ids)][:_SESSIONS_OFFERED]


def _told_apart(turn: Turn, person: Person, among: Sequence[Person]) -> str:
    is_shared = sum(one.name == person.name for one in among) > 1
    return f"{person.name} {people.masked_mobile(turn.db, person)}" if is_shared else person.name


def _shown(name: str) -> str:
    return name if len(name) <= _NAME_SHOWN else f"{name[: _NAME_SHOWN - 1]}…"


@functools.cache
def _everybody() -> frozenset[str]:
    return frozenset(normalise(word) for word in answer_words()["everybody"])
