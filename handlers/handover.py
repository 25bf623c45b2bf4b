"""Handing over one's open work by chat: to whom, looked at before it is done, taken back within a day."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, officers
from bot.domain.access import Act
from bot.domain.handovers import handing
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.errors import DomainError
from handlers.personal import privately, reads_yes_or_no, yes_or_no_offered
from handlers.reading import words

_SHOWN = 5
_TWO = 2


def works_here(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever has no role, before anything is asked."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, Act.ANSWER_CASES)


def names(turn: Turn) -> list[str]:
    """Read the successor's name, or whose work it is and then the successor's."""
    found = words(turn).replace("\uff0c", " ").replace("\u3001", " ").split()
    if not 1 <= len(found) <= _TWO:
        raise InvalidAnswer("handovers/to_whom")
    return found


def givers(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer everybody of the giver's name."""
    return _offered(turn, answers["named"][0])


def the_giver(turn: Turn, answers: Answers) -> int | None:
    """Return whose work it is: one's own unless two names were said; refuse a name nobody has."""
    works_here(turn, answers)
    if len(answers["named"]) < _TWO:
        return turn.conversation.person_id
    return officers.only(officers.everywhere(turn.db, answers["named"][0]), answers["named"][0])


def successors(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer everybody of the successor's name."""
    return _offered(turn, answers["named"][-1])


def the_successor(turn: Turn, answers: Answers) -> int | None:
    """Return whom the name means when there is one; refuse a name nobody has."""
    return officers.only(officers.everywhere(turn.db, answers["named"][-1]), answers["named"][-1])


def about_to(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show how much goes to whom; refuses what may not be."""
    giver, successor = people.by_id(turn.db, answers["giver_id"]), people.by_id(turn.db, answers["successor_id"])
    handing.insist(turn.db, giver, successor, by=turn.person)
    counted = handing.counted(turn.db, giver)
    if not counted:
        raise DomainError("handovers/nothing_open", name=giver.name)
    return {"giver": giver.name, "successor": officers.labelled(turn.db, successor), "counted": counted}


class Handed(Form):
    """Whose open work goes to whom."""

    named: Annotated[
        list[str], Ask("handovers/to_whom", known=works_here, reads=names, takes_anything=True, inline=True)
    ]
    giver_id: Annotated[int, Ask("identity/which_one", offer=givers, known=the_giver)]
    successor_id: Annotated[int, Ask("identity/which_one", offer=successors, known=the_successor)]
    is_sure: Annotated[bool, Ask("handovers/sure", show=about_to, offer=yes_or_no_offered, reads=reads_yes_or_no)]


@flow("handovers.make", Handed)
def make(turn: Turn, form: Handed) -> Reply:
    """Hand over."""
    if not form.is_sure:
        return Reply("handovers/left")
    giver, successor = people.by_id(turn.db, form.giver_id), people.by_id(turn.db, form.successor_id)
    done = handing.hand_over(turn.db, giver, successor, by=turn.person, now=turn.now)
    sheet = handing.sheet(turn.db, done, to=turn.conversation.person_id, now=turn.now)
    undo_it = handing.to_undo(done)
    count = len(done.lines)
    return Reply("handovers/done", successor=successor.name, count=count, choices=(undo_it,), attachments=(sheet,))


class Made(Form):
    """A handover, by its id."""

    handover_id: int = 0


@flow("handovers.undo", Made)
def undo(turn: Turn, form: Made) -> Reply:
    """Take a handover back: the one meant, else the last."""
    privately(turn)
    newest = handing.last(turn.db, turn.person, now=turn.now)
    handover_id = form.handover_id or (newest.id if newest else 0) or 0
    if not handover_id:
        raise DomainError("handovers/too_late")
    return Reply("handovers/undone", count=handing.undo(turn.db, handover_id, by=turn.person, now=turn.now))


def _offered(turn: Turn, name: str) -> tuple[Choice, ...]:
    found = officers.everywhere(turn.db, name)[:_SHOWN]
    return tuple(Choice(label=officers.labelled(turn.db, one), fill={"value": one.id}) for one in found)
