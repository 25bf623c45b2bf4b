"""Roles given and taken by chat: to whom, which, where, looked at before it is done; whoever is concerned is told."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, granting, officers, scopes, units
from bot.domain.access import Act
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.errors import DomainError
from content.words import role_name
from db.models import Role, Unit
from handlers.personal import a_name, privately, reads_yes_or_no, yes_or_no_offered

_SHOWN = 5


def gives_roles(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever gives no roles, before anything is asked."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, Act.GRANT_ROLES)


def whom(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer everybody of the name."""
    found = granting.named(turn.db, answers["name"], by=turn.person)[:_SHOWN]
    return tuple(Choice(label=officers.labelled(turn.db, one), fill={"value": one.id}) for one in found)


def only_one(turn: Turn, answers: Answers) -> int | None:
    """Return whom a name means when there is one; refuse a name nobody has."""
    gives_roles(turn, answers)
    found = granting.named(turn.db, answers["name"], by=turn.person)
    if not found:
        raise DomainError("granting/nobody_so_named", name=answers["name"])
    return found[0].id if len(found) == 1 else None


def places(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the highest units this person gives roles for; others are said by name."""
    found = granting.units_for(turn.db, turn.person)[:_SHOWN]
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in found)


def only_place(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit where there is only one."""
    found = granting.units_for(turn.db, turn.person)
    return found[0].id if len(found) == 1 else None


def a_place(turn: Turn) -> int:
    """Read the name of a unit this person gives roles for."""
    mine = units.at(turn.db, access.reach(turn.db, turn.person, Act.GRANT_ROLES))
    found = scopes.named(turn.db, turn.text, mine)
    if found is None or found.id is None:
        raise InvalidAnswer("drafts/no_such_place")
    return found.id


def roles(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the roles this person may give there."""
    found = granting.offered(turn.db, turn.person, turn.db.get_one(Unit, answers["unit_id"]))
    return tuple(Choice(label=role_name(one), fill={"value": one.value}) for one in found)


def about_to_give(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is about to be given to whom."""
    who = officers.labelled(turn.db, people.by_id(turn.db, answers["person_id"]))
    unit = turn.db.get_one(Unit, answers["unit_id"])
    return {"who": who, "role": role_name(answers["role"]), "unit": unit.name}


class Given(Form):
    """A role for somebody in a unit's subtree."""

    name: Annotated[str, Ask("granting/to_whom", known=gives_roles, reads=a_name, takes_anything=True, inline=True)]
    person_id: Annotated[int, Ask("identity/which_one", offer=whom, known=only_one)]
    unit_id: Annotated[int, Ask("granting/where", offer=places, known=only_place, reads=a_place)]
    role: Annotated[str, Ask("granting/which_role", offer=roles)]
    is_sure: Annotated[bool, Ask("granting/sure", show=about_to_give, offer=yes_or_no_offered, reads=reads_yes_or_no)]


@flow("granting.give", Given)
def give(turn: Turn, form: Given) -> Reply:
    """Give a role."""
    if not form.is_sure:
        return Reply("granting/left")
    person, unit = people.by_id(turn.db, form.person_id), turn.db.get_one(Unit, form.unit_id)
    granting.give(turn.db, person, Role(form.role), unit, by=turn.person, now=turn.now)
    return Reply("granting/given", name=person.name, role=role_name(form.role), unit=unit.name)


def theirs(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer each role of somebody that this person may take."""
    held = granting.held(turn.db, answers["person_id"], by=turn.person)[:_SHOWN]
    return tuple(Choice(label=f"{unit.name} {role_name(one.role)}", fill={"value": one.id}) for one, unit in held)


def has_roles(turn: Turn, answers: Answers) -> None:
    """Refuse to go on with somebody who has no role this person may take."""
    if not granting.held(turn.db, answers["person_id"], by=turn.person):
        raise DomainError("granting/not_held")


def about_to_take(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is about to be taken from whom."""
    held = {one.id: (one, unit) for one, unit in granting.held(turn.db, answers["person_id"], by=turn.person)}
    if answers["grant_id"] not in held:
        raise DomainError("granting/not_held")
    grant, unit = held[answers["grant_id"]]
    who = officers.labelled(turn.db, people.by_id(turn.db, answers["person_id"]))
    return {"who": who, "role": role_name(grant.role), "unit": unit.name}


class Taken(Form):
    """A role that is taken from somebody."""

    name: Annotated[str, Ask("granting/from_whom", known=gives_roles, reads=a_name, takes_anything=True, inline=True)]
    person_id: Annotated[int, Ask("identity/which_one", offer=whom, known=only_one)]
    grant_id: Annotated[int, Ask("granting/which_to_take", offer=theirs, known=has_roles)]
    is_sure: Annotated[
        bool, Ask("granting/take_sure", show=about_to_take, offer=yes_or_no_offered, reads=reads_yes_or_no)
    ]


@flow("granting.take", Taken)
def take(turn: Turn, form: Taken) -> Reply:
    """Take a role."""
    if not form.is_sure:
        return Reply("granting/left")
    person, role, unit = granting.take(turn.db, form.grant_id, by=turn.person, now=turn.now)
    return Reply("granting/taken", name=person.name, role=role_name(role), unit=unit.name)
