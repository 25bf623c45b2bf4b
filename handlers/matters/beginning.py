"""A matter begins: what it is called, where, of which kind, what it costs, when the party organisation proposed it."""

from datetime import date
from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.matters import keeping, stepping, telling
from bot.domain.matters.stepping import Proposal
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.match import normalise
from content.matter_words import money_shown
from content.matters import kind_name, kinds, steps
from db.models import Unit
from handlers.matters.reading import a_sum, day_that_is_over, near_days
from handlers.personal import privately
from handlers.reading import short_words

_UNITS_OFFERED = 8


def my_units(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units somebody keeps matters of."""
    found = keeping.units_of(turn.db, turn.person)[:_UNITS_OFFERED]
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in found)


def may_begin(turn: Turn, _answers: Answers) -> str | None:
    """Know no title beforehand; refuse whoever keeps no matters."""
    privately(turn)
    if not keeping.keeps_any(turn.db, turn.person):
        raise DomainError("access/not_yours")
    return None


def my_only_unit(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit where there is only one."""
    found = keeping.units_of(turn.db, turn.person)
    return found[0].id if len(found) == 1 else None


def unit_named(turn: Turn) -> int:
    """Read the name of a unit somebody keeps matters of."""
    said = normalise(turn.text)
    found = [one for one in keeping.units_of(turn.db, turn.person) if normalise(one.name) == said]
    if len(found) != 1:
        raise InvalidAnswer("sessions/no_such_unit")
    return found[0].id or 0


def kinds_offered(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer every kind there is."""
    return tuple(Choice(label=name, fill={"value": key}) for key, name in kinds().items())


def no_sum(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer that no money is spent."""
    return (Choice(label=money_shown(0), fill={"value": 0}),)


def first_step(_turn: Turn, _answers: Answers) -> dict[str, object]:
    """Name the step a matter begins with."""
    return {"step": steps()[0].name}


class Begin(Form):
    """What is known of a matter when it begins; the sum is in fen."""

    title: Annotated[
        str, Ask("matters/what_title", known=may_begin, reads=short_words, takes_anything=True, inline=True)
    ]
    unit_id: Annotated[int, Ask("matters/which_unit", offer=my_units, known=my_only_unit, reads=unit_named)]
    kind: Annotated[str, Ask("matters/which_kind", offer=kinds_offered)]
    amount: Annotated[int, Ask("matters/how_much", offer=no_sum, reads=a_sum)]
    day: Annotated[str, Ask("matters/proposed_when", show=first_step, offer=near_days, reads=day_that_is_over)]


@flow("matters.begin", Begin)
def begin(turn: Turn, form: Begin) -> Reply:
    """Write a matter down with its first step, and say what comes next."""
    unit = turn.db.get_one(Unit, form.unit_id)
    proposal = Proposal(unit, form.title, form.kind, form.amount, date.fromisoformat(form.day))
    matter = stepping.begin(turn.db, proposal, by=turn.person, now=turn.now)
    return Reply(
        "matters/begun",
        choices=telling.to_do(turn.db, matter),
        title=matter.title,
        kind=kind_name(matter.kind),
        amount=money_shown(matter.amount),
        step=steps()[0].name,
        day=proposal.proposed_on,
        next=telling.next_name(turn.db, matter),
    )
