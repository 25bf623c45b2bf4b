"""Whoever blocked us long ago is bound to nobody any more, and may bind again; whoever is only quiet stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.outgoing.outbox import Target
from bot.domain.persons import identity, lapsing, people
from db.models import Address, AuditLine, Grant, Member, MemberKind, Person, Role, Unit, UnitKind
from tests.kit.talk import MORNING

HALF_A_YEAR = timedelta(days=180)
A_DAY = timedelta(days=1)


def address_of(db: Session, *, reason: str, last_seen: timedelta, known: str = "member") -> Address:
    """Write somebody who was last heard from so long ago."""
    unit = Unit(name="番村", kind=UnitKind.VILLAGE, path="1/", depth=0)
    person = Person(name="李阿妹", created_at=MORNING - last_seen)
    db.add_all([unit, person])
    db.flush()
    ids = {"person_id": person.id or 0, "unit_id": unit.id or 0}
    if known == "member":
        db.add(Member(**ids, kind=MemberKind.VOLUNTEER, created_at=MORNING, changed_at=MORNING))
    elif known == "secretary":
        db.add(Grant(**ids, role=Role.SECRETARY, granted_at=MORNING))
    where = {"channel": "wechat", "account": "wx1", "external_id": "li"}
    made = Address(**where, person_id=person.id or 0, unreachable=reason, last_seen_at=MORNING - last_seen)
    db.add(made)
    db.flush()
    return made


@pytest.mark.parametrize("known", ["member", "secretary"])
def test_whoever_left_half_a_year_ago_is_nobody_known_and_that_is_written_down(db: Session, known: str) -> None:
    address = address_of(db, reason="left", last_seen=HALF_A_YEAR + A_DAY, known=known)
    before = address.person_id

    assert [lapsing.lapse(db, now=MORNING), lapsing.lapse(db, now=MORNING)] == [1, 0]
    person, _ = people.known_at(db, Target("wechat", "wx1", "li"), now=MORNING)
    assert (person.id != before, identity.is_known_here(db, person)) == (True, False)
    line = db.execute(select(AuditLine).order_by(col(AuditLine.id).desc()).limit(1)).scalar_one()
    assert (line.act, line.actor_id) == ("identity.lapse", None)


@pytest.mark.parametrize(
    ("reason", "last_seen", "known"),
    [
        ("left", HALF_A_YEAR - A_DAY, "member"),
        ("", 3 * HALF_A_YEAR, "member"),
        ("left", 3 * HALF_A_YEAR, "nobody"),
    ],
    ids=["not long ago", "only quiet", "bound to nobody"],
)
def test_everybody_else_stays_who_they_are(db: Session, reason: str, last_seen: timedelta, known: str) -> None:
    address = address_of(db, reason=reason, last_seen=last_seen, known=known)
    before = address.person_id

    assert (lapsing.lapse(db, now=MORNING), address.person_id) == (0, before)
