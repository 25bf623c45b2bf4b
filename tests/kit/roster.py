"""Members on a roster, as an import leaves them: a person with a name and a phone, and no address yet."""

from sqlalchemy.orm import Session

from bot.domain.persons import people
from db.models import Category, Member, MemberKind, MemberState, Person, Unit
from tests.kit.talk import MORNING


def listed(
    db: Session,
    unit: Unit,
    name: str,
    mobile: str,
    *,
    kind: MemberKind = MemberKind.PARTY_MEMBER,
    state: MemberState = MemberState.ACTIVE,
    category: Category = Category.REGULAR,
) -> Person:
    """Put somebody on the roster of a unit."""
    person = Person(created_at=MORNING)
    people.set_name(person, name)
    people.set_mobile(db, person, mobile)
    db.flush()
    db.add(
        Member(
            person_id=person.id or 0,
            unit_id=unit.id or 0,
            kind=kind,
            category=category,
            state=state,
            created_at=MORNING,
            changed_at=MORNING,
        )
    )
    db.flush()
    return person
