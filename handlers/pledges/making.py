"""Making a pledge in one sentence: by which day is read from it, then it is public or shown to those above."""

from datetime import date
from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, units
from bot.domain.access import Act
from bot.domain.messages import Choice
from bot.domain.pledges import keeping, making
from bot.domain.pledges.making import Promise
from bot.errors import DomainError
from content.words import label
from db.models import PledgeState, Unit
from handlers.personal import privately
from handlers.reading import words
from handlers.timing import day_said

LONGEST = 60
"""Characters of a pledge: one sentence."""

PUBLISH, REVIEW = "publish", "review"
"""What becomes of a pledge that is written."""

_SHOWN = 5


def is_secretary(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever is secretary of nothing, before anything is asked, and in a group."""
    privately(turn)
    if not access.reach(turn.db, turn.person, Act.MAKE_PLEDGES):
        raise DomainError("pledges/secretaries_make_them")


def a_sentence(turn: Turn) -> str:
    """Read one sentence."""
    said = " ".join(words(turn).split())
    if len(said) > LONGEST:
        raise InvalidAnswer("engine/too_long", most=LONGEST)
    return said


def day_within(turn: Turn, answers: Answers) -> str | None:
    """Return the day that the sentence says itself; nothing where it says none, or one that is over."""
    found = day_said(turn, answers["words"])
    return found.isoformat() if found and found >= turn.now.astimezone(turn.zone).date() else None


def a_day_ahead(turn: Turn) -> str:
    """Read the day by which something is done."""
    found = day_said(turn, turn.text)
    if found is None:
        raise InvalidAnswer("pledges/no_such_day")
    if found < turn.now.astimezone(turn.zone).date():
        raise InvalidAnswer("pledges/day_is_past")
    return found.isoformat()


def my_units(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units somebody is secretary of."""
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in _mine(turn)[:_SHOWN])


def only_unit(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit somebody is secretary of where there is one."""
    found = _mine(turn)
    return found[0].id if len(found) == 1 else None


def as_it_will_be(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what will be public, and to whom."""
    unit = turn.db.get_one(Unit, answers["unit_id"])
    return {"words": answers["words"], "due": date.fromisoformat(answers["due_on"]), "unit": unit.name}


def public_or_reviewed(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to make it public, or to show it to those above first where there is somebody above."""
    unit = turn.db.get_one(Unit, answers["unit_id"])
    reviewed = (Choice(label=label("review_pledge"), fill={"value": REVIEW}),) if unit.parent_id else ()
    return (Choice(label=label("publish_pledge"), fill={"value": PUBLISH}), *reviewed)


class Made(Form):
    """A pledge: what, by when, for which unit, and whether those above see it first."""

    words: Annotated[
        str, Ask("pledges/write_one", known=is_secretary, reads=a_sentence, takes_anything=True, inline=True)
    ]
    due_on: Annotated[date, Ask("pledges/by_which_day", known=day_within, reads=a_day_ahead, takes_anything=True)]
    unit_id: Annotated[int, Ask("pledges/of_which_unit", known=only_unit, offer=my_units)]
    way: Annotated[str, Ask("pledges/as_it_will_be", show=as_it_will_be, offer=public_or_reviewed)]


@flow("pledges.make", Made)
def make(turn: Turn, form: Made) -> Reply:
    """Make the pledge public, or show it to those above."""
    unit = turn.db.get_one(Unit, form.unit_id)
    is_reviewed = form.way == REVIEW
    promise = Promise(form.words, form.due_on)
    making.make(turn.db, promise, unit, by=turn.person, is_reviewed=is_reviewed, now=turn.now)
    return Reply("pledges/sent") if is_reviewed else Reply("pledges/published", unit=unit.name)


def came_back(turn: Turn, answers: Answers) -> None:
    """Refuse who may not write a pledge anew, before anything is asked."""
    privately(turn)
    keeping.for_keeper(turn.db, answers["pledge_id"], turn.person, PledgeState.RETURNED)


class Rewritten(Form):
    """A pledge that came back, in other words."""

    pledge_id: int
    words: Annotated[str, Ask("pledges/write_one", known=came_back, reads=a_sentence, takes_anything=True)]
    due_on: Annotated[date, Ask("pledges/by_which_day", known=day_within, reads=a_day_ahead, takes_anything=True)]


@flow("pledges.rewrite", Rewritten)
def rewrite(turn: Turn, form: Rewritten) -> Reply:
    """Show the pledge to those above again."""
    making.rewrite(turn.db, form.pledge_id, Promise(form.words, form.due_on), by=turn.person, now=turn.now)
    return Reply("pledges/sent")


def _mine(turn: Turn) -> list[Unit]:
    return list(units.at(turn.db, access.reach(turn.db, turn.person, Act.MAKE_PLEDGES)))
