"""Leave: asked for in one tap, decided by the secretary, and made up for afterwards."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import notices
from bot.domain.messages import Choice
from bot.domain.persons import people, proxies
from bot.domain.studies import invitations, leave, study
from content.words import label
from db.models import LeaveReason, Person
from handlers.personal import privately
from handlers.reading import words

_LISTED = 5


def asked_for(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show which session somebody cannot come to; refuses who may not answer, and what has changed since."""
    acting = proxies.acting_for(turn.db, turn.person, answers["person_id"])
    session = study.get(turn.db, answers["session_id"])
    study.insist_ahead(session, turn.now)
    study.insist_same(session, answers.get("sequence"))
    return {"title": session.title, "whom": acting.person.name if acting.by_id else ""}


def reasons(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the usual reasons."""
    return (
        Choice(label=label("reason_health"), fill={"value": LeaveReason.HEALTH.value}),
        Choice(label=label("reason_away"), fill={"value": LeaveReason.AWAY.value}),
        Choice(label=label("reason_work"), fill={"value": LeaveReason.WORK.value}),
        Choice(label=label("reason_other"), fill={"value": LeaveReason.OTHER.value}),
    )


def said_already(_turn: Turn, answers: Answers) -> str | None:
    """Ask for words only where the reason is none of the usual ones and was not said in words already."""
    return None if answers["reason"] == LeaveReason.OTHER else ""


class AskLeave(Form):
    """Why somebody cannot come: one of the usual reasons, or their own words."""

    session_id: int
    person_id: int
    sequence: int | None = None
    reason: Annotated[str, Ask("leave/why", show=asked_for, offer=reasons, reads=words)]
    words: Annotated[str, Ask("leave/in_your_words", known=said_already, reads=words)]


def what_was_missed(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show which session is made up for; refuses who may not answer for somebody."""
    acting = proxies.acting_for(turn.db, turn.person, answers["person_id"])
    session = study.get(turn.db, answers["session_id"])
    return {"title": session.title, "whom": acting.person.name if acting.by_id else ""}


class MadeUp(Form):
    """What somebody did to make up for a session."""

    session_id: int
    person_id: int
    words: Annotated[str, Ask("leave/what_did_you_do", show=what_was_missed, reads=words, takes_anything=True)]


class OnePart(Form):
    """Somebody's part in a session."""

    attendance_id: int


@flow("study.leave", AskLeave)
def ask(turn: Turn, form: AskLeave) -> Reply:
    """Ask for leave; the secretary decides."""
    acting = proxies.acting_for(turn.db, turn.person, form.person_id)
    session = study.get(turn.db, form.session_id)
    study.insist_same(session, form.sequence)
    is_usual = form.reason in set(LeaveReason)
    reason = LeaveReason(form.reason) if is_usual else LeaveReason.OTHER
    said = form.words if is_usual else form.reason
    leave.ask(turn.db, session, acting.person, reason, said, by_id=acting.by_id, now=turn.now)
    return Reply(
        "leave/asked_for",
        title=session.title,
        whom=acting.person.name if acting.by_id else "",
        is_ill=reason is LeaveReason.HEALTH,
        is_quiet=notices.is_quiet(turn.db, turn.now),
    )


@flow("leave.approve", OnePart)
def approve(turn: Turn, form: OnePart) -> Reply:
    """Excuse somebody."""
    row = leave.approve(turn.db, form.attendance_id, by=turn.person, now=turn.now)
    return Reply("leave/is_approved", name=turn.db.get_one(Person, row.person_id).name)


@flow("leave.call", OnePart)
def call(turn: Turn, form: OnePart) -> Reply:
    """Say how to reach somebody before deciding."""
    privately(turn)
    row, session = leave.for_decider(turn.db, form.attendance_id, turn.person)
    person = turn.db.get_one(Person, row.person_id)
    fill = {"attendance_id": row.id}
    return Reply(
        "leave/call_first",
        name=person.name,
        mobile=people.masked_mobile(turn.db, person),
        title=session.title,
        reason=leave.in_words(row),
        choices=(
            Choice(label=label("approve_leave"), go="leave.approve", fill=fill),
            Choice(label=label("refuse_leave"), go="leave.refuse", fill=fill),
        ),
    )


@flow("leave.refuse", OnePart)
def refuse(turn: Turn, form: OnePart) -> Reply:
    """Ask somebody to come after all."""
    row = leave.refuse(turn.db, form.attendance_id, by=turn.person, now=turn.now)
    return Reply("leave/is_refused", name=turn.db.get_one(Person, row.person_id).name)


@flow("leave.owed")
def owed(turn: Turn, _form: Form) -> Reply:
    """List what is to be made up for, by oneself and by those one may answer for."""
    privately(turn)
    ids = [turn.person.id or 0, *(one.principal_id for one in proxies.principals_of(turn.db, turn.person.id or 0))]
    found = [(one, session) for one in ids for _row, session in leave.owed(turn.db, one, now=turn.now)]
    if not found:
        return Reply("leave/nothing_owed")
    if len(found) == 1:
        [(person_id, session)] = found
        return Reply("leave/one_owed", title=session.title, choices=leave.to_make_up(session, person_id))
    choices = tuple(
        Choice(
            label=invitations.line(
                turn.db, session, "" if one == turn.person.id else turn.db.get_one(Person, one).name
            ),
            go="leave.make_up",
            fill={"session_id": session.id, "person_id": one},
        )
        for one, session in found[:_LISTED]
    )
    return Reply("leave/owed", count=len(found), choices=choices)


@flow("leave.make_up", MadeUp)
def make_up(turn: Turn, form: MadeUp) -> Reply:
    """Say what was done instead; the secretary confirms it."""
    acting = proxies.acting_for(turn.db, turn.person, form.person_id)
    leave.make_up(turn.db, form.session_id, acting.person, form.words, now=turn.now)
    return Reply("leave/passed_on")


@flow("leave.confirm", OnePart)
def confirm(turn: Turn, form: OnePart) -> Reply:
    """Agree that a session was made up for."""
    row = leave.confirm(turn.db, form.attendance_id, by=turn.person, now=turn.now)
    return Reply("leave/is_confirmed", name=turn.db.get_one(Person, row.person_id).name, hours=f"{row.credit_hours:g}")


@flow("leave.more", OnePart)
def more(turn: Turn, form: OnePart) -> Reply:
    """Ask for a little more before it counts."""
    row = leave.want_more(turn.db, form.attendance_id, by=turn.person, now=turn.now)
    return Reply("leave/asked_for_more", name=turn.db.get_one(Person, row.person_id).name)


FLOWS: tuple[Flow, ...] = (ask, approve, call, refuse, owed, make_up, confirm, more)
