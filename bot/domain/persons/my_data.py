"""What is kept about somebody, shown to them: at a glance, in full as a file, and corrected."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from bot.domain.files import PRESS
from bot.domain.house import house_of
from bot.domain.messages import Attachment
from bot.domain.persons import identity, members, people, petitions
from bot.domain.persons.merging import FREE, ONCE, SPECIAL
from bot.domain.studies import hours
from bot.domain.visits import contacts, households, walking
from bot.errors import DomainError
from content.words import label
from db.claims import table_of
from db.models import (
    Address,
    FileKind,
    FileState,
    Person,
    Petition,
    PetitionKind,
    ServiceRecord,
    ServiceState,
    StoredFile,
)

_KEPT_OUT = {
    *("mobile_sealed", "mobile_blind", "last_four_blind", "name_blind", "sealed", "blind", "name_key"),
    *("address_sealed", "address_blind", "holder", "holder_key", "note_sealed"),
    *("link_digest", "code_digest", "browser_digest", "token_digest"),
}


@dataclass(frozen=True, slots=True)
class Glance:
    """Somebody at a glance: this year's hours of service and of study."""

    name: str
    place: str
    service_hours: float
    study_hours: float


def glance(db: Session, person: Person, *, now: datetime) -> Glance:
    """Return what somebody most wants to see of their own."""
    year = now.astimezone(house_of(db).zone).year
    served = select(func.coalesce(func.sum(col(ServiceRecord.minutes)), 0)).where(
        col(ServiceRecord.person_id) == person.id,
        col(ServiceRecord.state) == ServiceState.CONFIRMED,
        col(ServiceRecord.served_on) >= date(year, 1, 1),
    )
    studied = hours.balance(db, person.id or 0, now=now).done
    served_hours = round(db.execute(served).scalar_one() / 60, 1)
    return Glance(person.name, identity.place_of(db, person), served_hours, studied)


def export(db: Session, person: Person, *, now: datetime) -> Attachment:
    """Write all that is kept about somebody into a file only they are sent."""
    data = json.dumps(everything(db, person), ensure_ascii=False, indent=1, default=_plain).encode()
    row = StoredFile(
        kind=FileKind.DOCUMENT,
        state=FileState.KEPT,
        channel=PRESS,
        account="",
        name=f"{label('my_data_file')}.json",
        media_type="application/json",
        size=len(data),
        digest=house_of(db).store.keep(data),
        person_id=person.id,
        passed_on=True,
        created_at=now,
        next_at=now,
    )
    db.add(row)
    db.flush()
    return Attachment(kind="document", file_id=row.id or 0, name=row.name)


def everything(db: Session, person: Person) -> dict[str, Any]:
    """Return every row that is about somebody, table by table; what is sealed is opened, digests are left out."""
    found: dict[str, Any] = {"person": {"name": person.name, "mobile": people.mobile(db, person)}}
    owned: set[tuple[type[SQLModel], str]] = {(model, column) for model, column, *_ in (*SPECIAL, *ONCE, *FREE)}
    for model, column in sorted(owned, key=lambda one: (one[0].__name__, one[1])):
        table = table_of(model)
        rows = db.execute(select(table).where(table.c[column] == person.id)).mappings().all()
        kept = [{name: value for name, value in row.items() if name not in _KEPT_OUT} for row in rows]
        found.setdefault(table.name, []).extend(kept)
    asked = db.execute(select(Petition).where(col(Petition.person_id) == person.id)).scalars()
    found["petition_details"] = [petitions.details(db, one) for one in asked]
    found["visit_notes"] = walking.notes(db, person.id or 0)
    home = contacts.home_of(db, person)
    found["home"] = {"holder": home.holder, "address": households.address(db, home)} if home else None
    return found


def rename(db: Session, address: Address, name: str, *, now: datetime) -> Petition | None:
    """Ask the secretary for another name; whoever stands on no roster just has it. Return what was asked.

    Raises :class:`DomainError` while another name is still to be decided on.
    """
    person = db.get_one(Person, address.person_id)
    branch = members.branch_of(db, person.id or 0)
    if branch is None:
        people.set_name(person, name)
        db.add(person)
        return None
    if petitions.standing(db, PetitionKind.RENAME, address.person_id):
        raise DomainError("joining/asked_already")
    return petitions.open_one(db, PetitionKind.RENAME, branch, address=address, details={"name": name}, now=now)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else str(value)
