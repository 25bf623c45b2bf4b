"""Who came: ticked by digits page by page, read from a pasted sheet, corrected, counted."""

import functools
from collections.abc import Sequence
from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import namesheet
from bot.domain.messages import Choice
from bot.domain.studies import attendance, study, study_desk
from content.match import normalise
from content.words import answer_words, label
from db.models import AttendanceState, CheckInWay, Person
from handlers.rolls import OFFERED, begun, only_recent, recent, sheet_for, shown, told_apart

_PAGE = 8
_A_LINE = 3
_OPEN = (AttendanceState.EXPECTED, AttendanceState.EXCUSED, AttendanceState.ABSENT)


def page_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show a page of names, numbered, and how many came so far."""
    session = study.for_holder(turn.db, answers["session_id"], turn.person)
    names = [shown(turn.db.get_one(Person, one).name) for one in answers["ids"]]
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
    found = [turn.db.get_one(Person, one) for one in answers["doubts"][0][1][:OFFERED]]
    return (
        *(Choice(label=told_apart(turn, one, found), fill={"value": one.id}) for one in found),
        Choice(key="0", label=label("none_of_these"), fill={"value": 0}),
    )


class Doubt(Form):
    """A name on the sheet that may be one of some people."""

    session_id: int
    doubts: list[tuple[str, list[int]]]
    unknown: tuple[str, ...] = ()
    person_id: Annotated[int, Ask("attendance/who_is_it", show=doubt_shown, offer=candidates)]


class OneSession(Form):
    """A session, picked where it is not known."""

    session_id: Annotated[int, Ask("attendance/which_session", offer=recent, known=only_recent)]


@flow("attendance.roll", Roll)
def roll(turn: Turn, form: Roll) -> Reply:
    """Begin to call the roll."""
    session = begun(turn, form.session_id)
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


@flow("attendance.sums", OneSession)
def sums(turn: Turn, form: OneSession) -> Reply:
    """Say how a session stands: who is coming, who came, and who cannot, in numbers."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    counts = attendance.counts(turn.db, form.session_id)
    silent = Choice(label=label("who_is_silent"), go="calls.silent", fill={"session_id": form.session_id})
    is_of_use = counts.silent and turn.now < session.starts_at
    return Reply("attendance/sums", title=session.title, counts=counts, choices=(silent,) if is_of_use else ())


@flow("attendance.paper", OneSession)
def paper(turn: Turn, form: OneSession) -> Reply:
    """Send the sheet of who came, who was excused and who was absent; where names may not be sent, a link to it."""
    session = begun(turn, form.session_id)
    counts = attendance.counts(turn.db, form.session_id)
    sheet = study_desk.sheet(turn.db, session, turn.person, now=turn.now)
    return Reply("attendance/sheet", title=session.title, counts=counts, attachments=(sheet,))


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
    return Reply("attendance/done", counts=counts, unknown=[shown(one) for one in unknown[:_PAGE]])


def _page(turn: Turn, session_id: int, after: int) -> list[int]:
    return attendance.page_of(turn.db, session_id, _OPEN, after=after, limit=_PAGE)


@functools.cache
def _everybody() -> frozenset[str]:
    return frozenset(normalise(word) for word in answer_words()["everybody"])
