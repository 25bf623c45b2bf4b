"""The secretary's call list: see the numbers, tick off who was called."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, calls, occasions
from bot.domain.messages import Choice
from bot.domain.studies import attendance, invitations, study
from bot.errors import DomainError
from db.models import Occasion, Unit
from handlers.personal import privately
from handlers.rolls import OFFERED


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
    """A session or an activity whose list is looked at, who was shown on it, and the places of who was called."""

    session_id: int = 0
    activity_id: int = 0
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
    occasion = _occasion(turn, form)
    if form.called:
        shown = form.shown or tuple(one.item_id for one in calls.waiting(turn.db, occasion))
        if form.called[-1] > len(shown):
            return Reply("calls/which", choices=calls.choices(turn.db, occasion))
        return _ticked(turn, [shown[place - 1] for place in form.called])
    if not turn.traits.carries_personal_data:
        paper = calls.as_paper(turn.db, occasion, turn.person, now=turn.now)
        return Reply("calls/on_paper", title=occasion.title, attachments=(paper,))
    numbers_ = calls.with_numbers(turn.db, occasion, turn.person, now=turn.now)
    if not numbers_:
        raise DomainError("calls/none")
    others = calls.waiting_count(turn.db, occasion) - len(numbers_)
    ticks = calls.ticks(occasion, numbers_)
    return Reply("calls/numbers", title=occasion.title, shown=numbers_, others=others, choices=ticks)


def _occasion(turn: Turn, form: Numbers) -> Occasion:
    """Return what people are called about; refuses who does not hold it."""
    found = occasions.found(turn.db, session_id=form.session_id, activity_id=form.activity_id)
    if found is None:
        raise DomainError("calls/none")
    access.insist(turn.db, turn.person, calls.act_for(found), turn.db.get_one(Unit, found.unit_id))
    return found


def to_come(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the sessions to come that this person holds."""
    found = study.held_by(turn.db, turn.person, since=turn.now, limit=OFFERED)
    ahead = [one for one in found if one.starts_at > turn.now]
    return tuple(Choice(label=invitations.line(turn.db, one), fill={"value": one.id}) for one in ahead)


def only_one_to_come(turn: Turn, answers: Answers) -> int | None:
    """Return the session where only one is to come; refuses where none is, and names in a group."""
    privately(turn)
    offered = to_come(turn, answers)
    if not offered:
        raise DomainError("calls/no_session")
    return offered[0].fill["value"] if len(offered) == 1 else None


class Silent(Form):
    """The session whose silent people are looked at."""

    session_id: Annotated[int, Ask("calls/of_which", known=only_one_to_come, offer=to_come)]


@flow("calls.silent", Silent)
def silent(turn: Turn, form: Silent) -> Reply:
    """Show who has not answered yet, to be called and ticked off."""
    session = study.for_holder(turn.db, form.session_id, turn.person)
    attendance.expect(turn.db, session)
    calls.put_silent(turn.db, session, now=turn.now)
    count = calls.waiting_count(turn.db, session)
    if not count:
        return Reply("calls/nobody_silent", title=session.title)
    return Reply.of("calls/list", calls.summary(turn.db, session), calls.choices(turn.db, session))


def _ticked(turn: Turn, item_ids: list[int]) -> Reply:
    occasion, names = calls.called(turn.db, item_ids, turn.person, now=turn.now)
    done = Reply("calls/called", names=names)
    if not calls.waiting_count(turn.db, occasion):
        return done.then(Reply("calls/all_called"))
    return done.then(Reply.of("calls/list", calls.summary(turn.db, occasion), calls.choices(turn.db, occasion)))
