"""Looking after sessions: how they stand, moving them, calling them off, what to read, the code at the door."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from bot.conversation.answers import yes_or_no
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import codes, papers
from bot.domain.messages import Choice
from bot.domain.papers import PaperKind
from bot.domain.studies import attendance, invitations, leave, materials, study, study_desk, study_series
from content.match import normalise
from content.words import answer_words, label
from db.models import CodePurpose, OccasionState, StudySession
from handlers.reading import words
from handlers.session_steps import further, usual
from handlers.timing import only_time, span, times, timing

_LISTED = 5
_DIGITS = "0123456789"


class OneSession(Form):
    """A session, by its id."""

    session_id: int


def held(turn: Turn, answers: Answers) -> StudySession:
    """Return the session that is looked after; refuses who may not."""
    return study.for_holder(turn.db, answers["session_id"], turn.person)


def session_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show which session it is; refuses who may not change it, and what can no longer be changed."""
    session = held(turn, answers)
    study.insist_ahead(session, turn.now)
    return {"title": session.title, "starts_at": session.starts_at}


def same_place(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to leave the place as it is."""
    return (Choice(label=held(turn, answers).place, fill={"value": held(turn, answers).place}),)


def place(turn: Turn) -> str:
    """Read a place on one line."""
    return " ".join(words(turn).split())[:80]


def new_card(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what the session will be; refuses a time that cannot be."""
    session = held(turn, answers)
    begins, ends = _new_span(session, answers)
    study.insist_possible(begins, ends, now=turn.now)
    count = attendance.counts(turn.db, session.id or 0).total
    return {
        "title": session.title,
        "before": session.starts_at,
        "starts_at": begins,
        "ends_at": ends,
        "place": answers["place"],
        "count": count,
    }


def yes_or_no_please(turn: Turn) -> bool:
    """Read a yes or a no, beside what is offered."""
    return yes_or_no(turn.text)


def move_it(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to move it, or not."""
    return (
        Choice(label=label("move_session"), fill={"value": True}),
        Choice(label=label("leave_as_it_is"), fill={"value": False}),
    )


def call_it_off(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to call it off, or not."""
    return (
        Choice(label=label("call_off"), fill={"value": True}),
        Choice(label=label("leave_as_it_is"), fill={"value": False}),
    )


def off_card(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what will be called off, and why."""
    session = held(turn, answers)
    study.insist_ahead(session, turn.now)
    count = attendance.counts(turn.db, answers["session_id"]).total
    return {"title": session.title, "starts_at": session.starts_at, "reason": answers["reason"], "count": count}


class Move(Form):
    """When and where a session is to be instead."""

    session_id: int
    when: Annotated[dict[str, Any], Ask("sessions/move_to_when", show=session_shown, reads=timing)]
    time: Annotated[tuple[str, str], Ask("sessions/which_time", offer=times, known=only_time)]
    place: Annotated[str, Ask("sessions/move_to_where", offer=same_place, reads=place, takes_anything=True)]
    is_checked: Annotated[bool, Ask("sessions/move_card", show=new_card, offer=move_it, reads=yes_or_no_please)]


class CallOff(Form):
    """Why a session is called off."""

    session_id: int
    reason: Annotated[str, Ask("sessions/why_call_off", show=session_shown, reads=words, takes_anything=True)]
    is_checked: Annotated[bool, Ask("sessions/off_card", show=off_card, offer=call_it_off, reads=yes_or_no_please)]


def material_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show for which session something is added; refuses who may not."""
    return {"title": held(turn, answers).title, "is_minutes": bool(answers.get("is_minutes"))}


class AddMaterial(Form):
    """Files that were sent, a link, or how many printed copies there are."""

    session_id: int
    is_minutes: bool = False
    files: tuple[int, ...] = ()
    said: Annotated[str, Ask("sessions/send_material", show=material_shown, reads=words, takes_anything=True)]


@flow("sessions.list")
def list_(turn: Turn, _form: Form) -> Reply:
    """List the sessions somebody looks after."""
    found = study_desk.held_lately(turn.db, turn.person, now=turn.now, limit=_LISTED)
    if not found:
        can_hold = bool(study_desk.units_of(turn.db, turn.person))
        hold = Choice(label=label("hold_session"), go="sessions.hold")
        return Reply("sessions/none_held", choices=(hold,)) if can_hold else Reply("access/not_yours")
    choices = tuple(
        Choice(label=invitations.line(turn.db, one), go="sessions.show", fill={"session_id": one.id}) for one in found
    )
    return Reply("sessions/held", choices=choices)


@flow("sessions.show", OneSession)
def show(turn: Turn, form: OneSession) -> Reply:
    """Show how a session stands, and what may be done about it."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    attendance.expect(turn.db, session)
    counts = attendance.counts(turn.db, form.session_id)
    return Reply.of(
        "sessions/session",
        {
            **invitations.shown(session),
            "counts": counts,
            "is_cancelled": session.state is OccasionState.CANCELLED,
            "undecided": len(leave.undecided(turn.db, form.session_id)),
        },
        usual(session, turn.now),
    )


@flow("sessions.more", OneSession)
def more(turn: Turn, form: OneSession) -> Reply:
    """Show what else may be done about a session that is near or over."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    return Reply("sessions/more", title=session.title, choices=further(session, turn.now))


@flow("sessions.move", Move)
def move(turn: Turn, form: Move) -> Reply:
    """Let a session be at another time or place; everybody is told once."""
    if not form.is_checked:
        return Reply("sessions/left_as_it_is")
    before = study.for_holder(turn.db, form.session_id, turn.person)
    begins, ends = _new_span(before, {"time": form.time})
    moved = study.move(
        turn.db, form.session_id, starts_at=begins, ends_at=ends, place=form.place, by=turn.person, now=turn.now
    )
    return Reply.of("sessions/moved", {**invitations.shown(moved), "count": _count(turn, form.session_id)})


@flow("sessions.call_off", CallOff)
def call_off(turn: Turn, form: CallOff) -> Reply:
    """Call a session off; everybody is told why, once."""
    if not form.is_checked:
        return Reply("sessions/left_as_it_is")
    session = study.cancel(turn.db, form.session_id, form.reason, by=turn.person, now=turn.now)
    return Reply("sessions/called_off", title=session.title, count=_count(turn, form.session_id))


@flow("sessions.end_series", OneSession)
def end_series(turn: Turn, form: OneSession) -> Reply:
    """Make no more sessions of a series."""
    series = study_series.end(turn.db, form.session_id, by=turn.person, now=turn.now)
    return Reply("sessions/series_ended", title=series.title)


@flow("sessions.add_material", AddMaterial)
def add_material(turn: Turn, form: AddMaterial) -> Reply:
    """Add what was sent: files, a link, or a number of printed copies."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    added = materials.add_files(
        turn.db, form.session_id, form.files, by=turn.person, now=turn.now, is_minutes=form.is_minutes
    )
    link, rest = _link(form.said)
    copies, name = _copies(form.said)
    if link:
        materials.add_link(turn.db, form.session_id, link, rest, by=turn.person, now=turn.now)
    elif copies and not form.is_minutes:
        materials.add_copies(turn.db, form.session_id, name or session.title, copies, by=turn.person, now=turn.now)
    elif not added:
        return Reply("sessions/nothing_added")
    more = {"session_id": form.session_id, "is_minutes": form.is_minutes}
    return Reply(
        "sessions/material_added",
        title=session.title,
        count=len(materials.of(turn.db, form.session_id, is_minutes=form.is_minutes)),
        choices=(Choice(label=label("one_more"), go="sessions.add_material", fill=more),),
    )


@flow("sessions.venue_code", OneSession)
def venue_code(turn: Turn, form: OneSession) -> Reply:
    """Show the code people type or scan at the door; asked for again, it is the same."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    study.insist_ahead(session, turn.now)
    lasts = session.ends_at + attendance.EARLY - turn.now
    code = codes.standing(turn.db, CodePurpose.SESSION_VENUE, form.session_id, now=turn.now) or codes.make(
        turn.db, CodePurpose.SESSION_VENUE, form.session_id, now=turn.now, lasts=lasts, by=turn.person.id
    )
    paper = papers.order(
        turn.db,
        PaperKind.SESSION_VENUE,
        str(form.session_id),
        name=label("venue_file"),
        to=turn.person.id,
        now=turn.now,
    )
    return Reply("sessions/code", title=session.title, code=code, attachments=(paper,))


def _new_span(session: StudySession, answers: Answers) -> tuple[datetime, datetime]:
    lasts: timedelta = session.ends_at - session.starts_at
    return span(answers["time"], lasts=lasts)


def _count(turn: Turn, session_id: int) -> int:
    return attendance.counts(turn.db, session_id).total


def _link(said: str) -> tuple[str, str]:
    """Return the link in what was said, and the other words."""
    parts = said.split()
    link = next((one for one in parts if one.startswith(("http://", "https://"))), "")
    return link, " ".join(one for one in parts if one != link)


def _copies(said: str) -> tuple[int, str]:
    """Return how many printed copies were said, and of what; 0 when none were."""
    text = normalise(said)
    mark = answer_words()["copies"]
    before, found, after = text.partition(mark)
    digits = before[len(before.rstrip(_DIGITS)) :]
    if not found or not digits or len(digits) > len("9999"):
        return 0, ""
    return int(digits), (before[: -len(digits)] + after).strip()
