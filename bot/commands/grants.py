"""The command that gives somebody a role, the first administrator among them."""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.frame import out
from bot.commands.prepared import CLOCK, ready_database
from bot.domain import access, audit
from bot.domain.persons import members, people
from bot.domain.volunteers.organising import full_name, named
from bot.errors import CommandRefused
from content import rosters
from db.models import Person, Role, Unit

_DIGITS = 11


def grant(
    phone: Annotated[str, typer.Option(help="their mobile number")],
    role: Annotated[str, typer.Option(help="secretary, cadre, grid_worker, editor or admin")],
    unit: Annotated[str, typer.Option(help="a unit's name, or names with slashes from further up")],
    name: Annotated[str, typer.Option(help="their name, where several share the number or nobody has it yet")] = "",
) -> None:
    """Give somebody a role in a unit and all below it."""
    meant = rosters.role(role)
    if meant is None:
        raise CommandRefused(f"There is no role {role}; write one of {', '.join(Role)}.")
    with ready_database() as database:
        out.print(database.run(lambda db: _granted(db, phone, Role(meant), unit, name)))


def _granted(db: Session, phone: str, role: Role, unit_name: str, name: str) -> str:
    unit = the_unit(db, unit_name)
    person = _person(db, phone, name)
    access.grant(db, person, role, unit)
    audit.note(db, "roles.grant", f"person {person.id}: {role} of unit {unit.id}", actor_id=None, now=CLOCK.now())
    shown = f"{person.name or 'Who has'} {people.masked_mobile(db, person)}".strip()
    return f"{shown} is {role} of {unit.name}."


def the_unit(db: Session, name: str) -> Unit:
    """Return the unit of a name; refuse a name that none has, or several."""
    found = named(db, name)
    if not found:
        raise CommandRefused(f"There is no unit {name}; see: hongyan units list")
    if len(found) > 1:
        raise CommandRefused(f"Several units are called {name}: {', '.join(full_name(db, one) for one in found)}.")
    return found[0]


def _person(db: Session, phone: str, name: str) -> Person:
    """Return whom a phone number means; who has none yet is written down when their name is given."""
    if len(people.plain_mobile(phone)) != _DIGITS:
        raise CommandRefused(f"{phone} is no mobile number of {_DIGITS} digits.")
    found = people.by_mobile(db, phone)
    fitting = [one for one in found if not name or one.name_key == people.name_key(name)]
    if len(fitting) == 1:
        return fitting[0]
    if found:
        whom = ", ".join(_described(db, one) for one in found)
        raise CommandRefused(f"{len(found)} people have this number: {whom}. Say whom you mean with --name.")
    if not name:
        raise CommandRefused(f"Nobody has the number ending in {phone[-4:]}; write them down with --name.")
    person = Person(created_at=CLOCK.now())
    people.set_name(person, name)
    people.set_mobile(db, person, phone)
    db.flush()
    return person


def _described(db: Session, person: Person) -> str:
    unit = members.branch_of(db, person.id or 0)
    return f"{person.name or 'no name'} ({unit.name if unit else 'on no roster'})"
