"""What becomes of households and visits when somebody is erased who kept in touch with them, or lives in one."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.visits import contacts, walking
from db.claims import table_of
from db.models import Household, Person, Visit


def forget(db: Session, person: Person) -> None:
    """Forget what somebody noted and where they live; their households are nobody's, their visits stay as counts.

    A household that has their name and phone keeps its address and neither of them.
    """
    home = contacts.home_of(db, person)
    if home is not None and person.mobile_blind and home.mobile_blind == person.mobile_blind:
        home.holder = home.holder_key = home.mobile_sealed = ""
        home.mobile_blind = None
        db.add(home)
    for visit in db.execute(select(Visit).where(col(Visit.visitor_id) == person.id)).scalars().all():
        walking.forget_photos(db, visit)
        visit.note_sealed = ""
    db.flush()
    theirs = table_of(Household)
    db.execute(update(theirs).where(theirs.c.contact_id == person.id).values(contact_id=None))
    db.expire_all()
