"""Who minds which topic: said by a secretary in one go (the topic and a name), and listed."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, officers, units
from bot.domain.access import Act
from bot.domain.answers import topics
from bot.domain.messages import Choice
from bot.domain.persons import people
from content.match import normalise
from content.words import answer_words
from db.models import Unit
from handlers.personal import privately
from handlers.reading import words

_SHOWN = 5


def decides(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever has no say in who does what, before anything is asked."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, Act.ASSIGN_WORK)


def topic_and_name(turn: Turn) -> list[str]:
    """Read a topic and a name, with a blank between them."""
    parts = words(turn).replace("\uff0c", " ").replace(",", " ").split()
    if len(parts) != 2 or len(parts[0]) > topics.LONGEST:  # noqa: PLR2004  # a topic and a name
        raise InvalidAnswer("topics/say_both")
    return parts


def which_unit(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units in which this person decides who does what."""
    found = units.at(turn.db, access.reach(turn.db, turn.person, Act.ASSIGN_WORK))
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in found[:_SHOWN])


def only_unit(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit where there is only one; refuses whoever has no say in any."""
    decides(turn, _answers)
    found = units.at(turn.db, access.reach(turn.db, turn.person, Act.ASSIGN_WORK))
    return found[0].id if len(found) == 1 else None


def whom(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer everybody of the name who answers for the unit."""
    found = officers.named(turn.db, answers["said"][1], turn.db.get_one(Unit, answers["unit_id"]))
    return tuple(Choice(label=officers.labelled(turn.db, one), fill={"value": one.id}) for one in found[:_SHOWN])


def only_one(turn: Turn, answers: Answers) -> int | None:
    """Return whom a name means when there is one, 0 for nobody; refuse a name that nobody there has."""
    name = answers["said"][1]
    if normalise(name) in {normalise(one) for one in answer_words()["nobody"]}:
        return 0
    return officers.only(officers.named(turn.db, name, turn.db.get_one(Unit, answers["unit_id"])), name)


class Assigned(Form):
    """A topic, a unit, and who minds it there."""

    said: Annotated[
        list[str], Ask("topics/say_both", known=decides, reads=topic_and_name, takes_anything=True, inline=True)
    ]
    unit_id: Annotated[int, Ask("topics/which_unit", known=only_unit, offer=which_unit)]
    person_id: Annotated[int, Ask("identity/which_one", known=only_one, offer=whom)]


@flow("topics.assign", Assigned)
def assign(turn: Turn, form: Assigned) -> Reply:
    """Let somebody mind a topic, or nobody in particular."""
    unit, topic = turn.db.get_one(Unit, form.unit_id), form.said[0]
    if not form.person_id:
        topics.release(turn.db, unit, topic, by=turn.person, now=turn.now)
        return Reply("topics/released", unit=unit.name, topic=topic)
    holder = people.by_id(turn.db, form.person_id)
    topics.assign(turn.db, unit, topic, holder, by=turn.person, now=turn.now)
    return Reply("topics/assigned", unit=unit.name, topic=topic, name=holder.name)


@flow("topics.list")
def list_(turn: Turn, _form: Form) -> Reply:
    """Tell who minds what."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, Act.ANSWER_CASES)
    found = topics.listed(turn.db, turn.person)
    lines = [f"{unit.name} {one.topic}: {somebody.name}" for unit, one, somebody in found]
    return Reply("topics/list", lines=lines[:_SHOWN], more=len(lines[_SHOWN:]))
