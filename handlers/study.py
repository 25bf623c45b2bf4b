"""Study as a member sees it: what is coming, yes or no to it, what to read, being there, and the year's hours."""

from typing import Annotated

from bot.conversation.flow import Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import cards
from bot.domain.messages import Choice
from bot.domain.persons import members, proxies
from bot.domain.studies import attendance, home_classes, hours, invitations, leave, materials, study
from content.words import label
from db.models import Attendance, Person, Rsvp, StudySession
from handlers.personal import privately
from handlers.reading import words

_LISTED = 5
_MATERIALS_SHOWN = 4
_KIB = 1024


class ForSomebody(Form):
    """A session, and whom it is about; ``sequence`` is the version it was offered in."""

    session_id: int
    person_id: int
    sequence: int | None = None


class OneSession(Form):
    """A session, by its id."""

    session_id: int


class Words(Form):
    """Words that are to be read without glasses."""

    text: Annotated[str, Ask("study/words_for_card", reads=words, takes_anything=True)]


@flow("study.list")
def list_(turn: Turn, _form: Form) -> Reply:
    """List the sessions ahead, for oneself and for whom one may answer."""
    return _ahead(turn, leads_to="study.show", question="study/ahead")


@flow("leave.which")
def leave_which(turn: Turn, _form: Form) -> Reply:
    """Ask which session somebody cannot come to; where only one is ahead, it is that one."""
    reply = _ahead(turn, leads_to="study.leave", question="leave/which")
    if len(reply.choices) == 1:
        return Reply.leading("study.leave", **reply.choices[0].fill)
    return reply


@flow("study.show", ForSomebody)
def show(turn: Turn, form: ForSomebody) -> Reply:
    """Show a session, what was answered to it, and what may be."""
    privately(turn)
    acting = proxies.acting_for(turn.db, turn.person, form.person_id)
    session = study.get(turn.db, form.session_id)
    study.insist_ahead(session, turn.now)
    row = attendance.joined(turn.db, session, form.person_id)
    return Reply.of(
        "study/invitation",
        {
            **invitations.shown(session),
            "whom": acting.person.name if acting.by_id else "",
            "is_coming": row.rsvp is Rsvp.COMING,
            "leave": _leave_of(row),
            "details": session.details,
        },
        invitations.choices(session, form.person_id),
    )


@flow("study.coming", ForSomebody)
def coming(turn: Turn, form: ForSomebody) -> Reply:
    """Note that somebody will come."""
    acting = proxies.acting_for(turn.db, turn.person, form.person_id)
    session = study.get(turn.db, form.session_id)
    study.insist_ahead(session, turn.now)
    if form.sequence is not None and form.sequence != session.sequence:
        choices = invitations.choices(session, form.person_id)
        return Reply.of("study/moved_since", invitations.shown(session), choices)
    study.answer_coming(turn.db, session, form.person_id, by_id=acting.by_id, now=turn.now)
    whom = acting.person.name if acting.by_id else ""
    return Reply.of("study/is_coming", {**invitations.shown(session), "whom": whom})


@flow("study.materials", ForSomebody)
def show_materials(turn: Turn, form: ForSomebody) -> Reply:
    """List what there is to read, and send the files along."""
    proxies.acting_for(turn.db, turn.person, form.person_id)
    session = study.get(turn.db, form.session_id)
    found = materials.of(turn.db, form.session_id)
    listed = [
        {"title": one.title, "url": one.url, "copies": one.copies, "size": _size(materials.size_of(turn.db, one))}
        for one in found
    ]
    shown = {"title": session.title, "materials": listed[:_MATERIALS_SHOWN], "count": len(listed)}
    reply = Reply.of("study/materials" if listed else "study/no_materials", shown if listed else {})
    reply.attachments = materials.attached(turn.db, found)
    card = {"session_id": form.session_id, "person_id": form.person_id}
    reply.choices = (Choice(label=label("large_card"), go="study.card", fill=card),)
    return reply


@flow("study.card", ForSomebody)
def card(turn: Turn, form: ForSomebody) -> Reply:
    """Send what, when and where as a picture in large type, for a phone or a notice board."""
    session = study.get(turn.db, form.session_id)
    study.insist_ahead(session, turn.now)
    text = invitations.card(turn.db, session)
    reply = Reply("study/card", title=session.title)
    reply.attachments = cards.order(turn.db, text, name=label("card_file"), to=turn.person.id, now=turn.now)
    return reply


@flow("study.card_of_words", Words)
def card_of_words(turn: Turn, form: Words) -> Reply:
    """Send any words as pictures in large type."""
    reply = Reply("study/card_of_words")
    reply.attachments = cards.order(turn.db, form.text, name=label("card_file"), to=turn.person.id, now=turn.now)
    return reply


@flow("study.hours")
def my_hours(turn: Turn, _form: Form) -> Reply:
    """Show one's own hours of this year beside what is meant; nobody else's, and no rank."""
    privately(turn)
    balance = hours.balance(turn.db, turn.person.id or 0, now=turn.now)
    latest = hours.sessions_of(turn.db, turn.person.id or 0, now=turn.now, limit=3)
    counted = [(session.title, session.starts_at, f"{row.credit_hours:g}") for session, row in latest]
    return Reply.of("study/hours", {**balance.shown, "year": balance.year, "latest": counted})


@flow("study.home_classes")
def near_home(turn: Turn, _form: Form) -> Reply:
    """List classes in somebody's home, the nearest first."""
    found = home_classes.near(turn.db, turn.person, now=turn.now, limit=_LISTED)
    if not found:
        return Reply("study/no_home_classes")
    choices = tuple(
        Choice(
            label=invitations.line(turn.db, session, session.place),
            go="study.show",
            fill={"session_id": session.id, "person_id": turn.person.id},
        )
        for session in found
    )
    return Reply("study/home_classes", choices=choices)


@flow("study.check_in", OneSession)
def check_in(turn: Turn, form: OneSession) -> Reply:
    """Write down that somebody came, and say how their year stands."""
    privately(turn)
    session = study.get(turn.db, form.session_id)
    attendance.check_in(turn.db, session, turn.person, now=turn.now)
    balance = hours.balance(turn.db, turn.person.id or 0, now=turn.now)
    return Reply.of("study/checked_in", {"title": session.title, **balance.shown})


def _ahead(turn: Turn, *, leads_to: str, question: str) -> Reply:
    """List what is ahead for oneself and for whom one may answer, or say why there is nothing."""
    privately(turn)
    mine = (turn.person, "")
    theirs = [turn.db.get_one(Person, one.principal_id) for one in proxies.principals_of(turn.db, turn.person.id or 0)]
    ahead: list[tuple[StudySession, Person, str]] = []
    for person, whom in (mine, *((one, one.name) for one in theirs)):
        attendance.expect_one(turn.db, person, now=turn.now)
        for _row, session in study.ahead_of(turn.db, person.id or 0, now=turn.now, limit=_LISTED):
            ahead.append((session, person, whom))
    if not ahead:
        is_member = bool(theirs) or members.member_of(turn.db, turn.person.id or 0) is not None
        return Reply("study/nothing_ahead") if is_member else Reply("study/for_members")
    ahead.sort(key=lambda one: (one[0].starts_at, one[2]))
    choices = tuple(
        Choice(
            label=invitations.line(turn.db, session, whom),
            go=leads_to,
            fill={"session_id": session.id, "person_id": person.id},
        )
        for session, person, whom in ahead[:_LISTED]
    )
    return Reply(question, choices=choices)


def _leave_of(row: Attendance) -> str:
    return leave.in_words(row) if row.rsvp is Rsvp.LEAVE else ""


def _size(size: int) -> str:
    """Return a size as people read it, or nothing."""
    if not size:
        return ""
    return f"{size / _KIB / _KIB:.1f}MB" if size >= _KIB * _KIB else f"{max(size // _KIB, 1)}KB"
