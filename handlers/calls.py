"""The secretary's call list: see the numbers, tick off who was called."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import calls
from bot.errors import DomainError
from db.models import StudySession
from handlers.personal import privately


class Called(Form):
    """One item of a call list."""

    item_id: int


def nobody(_turn: Turn, _answers: Answers) -> list[int]:
    """Tick nobody off: whoever looks at the numbers has not called yet."""
    return []


def places(turn: Turn) -> list[int]:
    """Read places on the list, such as ``1 2 4``."""
    digits = "".join(mark if mark.isdecimal() else " " for mark in turn.text)
    found = sorted({int(one) for one in digits.split()})
    if not found or found[0] < 1 or found[-1] > calls.SHOWN:
        raise InvalidAnswer("calls/which")
    return found


class Numbers(Form):
    """A session whose call list is looked at, who was shown on it, and the places of those who were called."""

    session_id: int
    shown: tuple[int, ...] = ()
    called: Annotated[list[int], Ask("calls/which", known=nobody, reads=places)]


@flow("calls.called", Called)
def called(turn: Turn, form: Called) -> Reply:
    """Tick one person off and show who is left."""
    return _ticked(turn, [form.item_id])


@flow("calls.numbers", Numbers)
def numbers(turn: Turn, form: Numbers) -> Reply:
    """Show the numbers of the next people to be called, or tick off several at once."""
    privately(turn)
    session = turn.db.get_one(StudySession, form.session_id)
    if form.called:
        shown = form.shown or tuple(one.item_id for one in calls.waiting(turn.db, session))
        if form.called[-1] > len(shown):
            return Reply("calls/which", choices=calls.choices(turn.db, session))
        return _ticked(turn, [shown[place - 1] for place in form.called])
    if not turn.traits.carries_personal_data:
        paper = calls.as_paper(turn.db, session, turn.person, now=turn.now)
        return Reply("calls/on_paper", title=session.title, attachments=(paper,))
    numbers_ = calls.with_numbers(turn.db, session, turn.person, now=turn.now)
    if not numbers_:
        raise DomainError("calls/none")
    others = calls.waiting_count(turn.db, session) - len(numbers_)
    ticks = calls.ticks(session, numbers_)
    return Reply("calls/numbers", title=session.title, shown=numbers_, others=others, choices=ticks)


def _ticked(turn: Turn, item_ids: list[int]) -> Reply:
    session, names = calls.called(turn.db, item_ids, turn.person, now=turn.now)
    count = calls.waiting_count(turn.db, session)
    done = Reply("calls/called", names=names)
    if not count:
        return done.then(Reply("calls/all_called"))
    values = {"title": session.title, "starts_at": session.starts_at, "count": count}
    return done.then(Reply.of("calls/list", values, calls.choices(turn.db, session)))
