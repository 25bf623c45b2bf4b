"""A member's rounds: whom to see next, what a visit was for, what is noted of it, and taking one back."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import files
from bot.domain.house import house_of, today
from bot.domain.visits import households
from bot.domain.volunteers import points
from bot.errors import DomainError
from content import visits
from db.claims import put_or_replace
from db.models import NEVER, ContactCard, FileState, Household, Person, StoredFile, Visit

LONGEST_NOTE = 200
"""Characters of what is noted of a visit."""

MOST_PHOTOS = 3
"""Photos of one visit."""


def next_ones(
    db: Session, person_id: int, *, after: tuple[datetime, int] | None = None, before: datetime
) -> Sequence[Household]:
    """Return the households somebody is to see next, the longest unseen first; ``after`` is the last of those shown.

    Who was seen since ``before`` is left out.
    """
    chosen = select(Household).where(col(Household.contact_id) == person_id, col(Household.seen_at) < before)
    if after:
        chosen = chosen.where(tuple_(col(Household.seen_at), col(Household.id)) > after)
    in_turn = chosen.order_by(col(Household.seen_at), col(Household.id)).limit(visits.a_day() + 1)
    return db.execute(in_turn).scalars().all()


def count(db: Session, person_id: int) -> int:
    """Return how many households somebody keeps in touch with."""
    theirs = select(func.count()).select_from(Household).where(col(Household.contact_id) == person_id)
    return db.execute(theirs).scalar_one()


def begins_today(db: Session, now: datetime) -> datetime:
    """Return when the day began."""
    return _span(db, today(db, now))[0]


def log(db: Session, household_id: int, kind: str, *, by: Person, now: datetime) -> Visit:
    """Write down a visit; a second one on the same day is the same visit, for the other reason.

    Raises :class:`DomainError` when the household is not theirs.
    """
    household = households.mine(db, household_id, by)
    begun, over = _span(db, today(db, now))
    theirs = (col(Visit.household_id) == household_id, col(Visit.visitor_id) == by.id)
    at_day = (col(Visit.visited_at) >= begun, col(Visit.visited_at) < over)
    visit = db.execute(select(Visit).where(*theirs, *at_day)).scalars().first()
    if visit is None:
        visit = Visit(
            household_id=household_id, unit_id=household.unit_id, visitor_id=by.id or 0, kind=kind, visited_at=now
        )
    visit.kind = kind
    household.seen_at = max(household.seen_at, visit.visited_at)
    db.add_all((visit, household))
    db.flush()
    _count_points(db, by.id or 0, visit.visited_at, now=now)
    return visit


def note(db: Session, visit_id: int, words: str, photos: Sequence[StoredFile], *, by: Person) -> Visit:
    """Keep what somebody notes of their visit, sealed: it takes the place of an earlier note, photos are added.

    Raises :class:`DomainError` when it is not theirs, or has its photos already.
    """
    visit = own(db, visit_id, by)
    if len(visit.files) + len(photos) > MOST_PHOTOS:
        raise DomainError("visits/no_more_photos", most=MOST_PHOTOS)
    if words:
        visit.note_sealed = house_of(db).keys.seal(words)
    visit.files = [*visit.files, *(one.id for one in photos)]
    files.pass_on(db, photos)
    db.add(visit)
    db.flush()
    return visit


def noted(db: Session, visit: Visit) -> str:
    """Return what is noted of a visit: only for who paid it, and who keeps the list."""
    return house_of(db).keys.open(visit.note_sealed) if visit.note_sealed else ""


def notes(db: Session, person_id: int) -> list[str]:
    """Return all that somebody noted of their visits, the oldest first: their own to take along."""
    mine = select(Visit).where(col(Visit.visitor_id) == person_id, col(Visit.note_sealed) != "")
    return [noted(db, one) for one in db.execute(mine.order_by(col(Visit.id))).scalars()]


def own(db: Session, visit_id: int, person: Person) -> Visit:
    """Return somebody's own visit, held; raise :class:`DomainError` when it is not, as when there is none."""
    found = db.execute(select(Visit).where(col(Visit.id) == visit_id).with_for_update()).scalar_one_or_none()
    if found is None or found.visitor_id != person.id:
        raise DomainError("visits/not_yours")
    return found


def recent(db: Session, person_id: int, *, limit: int) -> list[tuple[Visit, Household | None]]:
    """Return somebody's last visits, the newest first; what became of the household's record is not told."""
    mine = select(Visit, Household).outerjoin(Household, col(Household.id) == col(Visit.household_id))
    mine = mine.where(col(Visit.visitor_id) == person_id)
    found = db.execute(mine.order_by(col(Visit.visited_at).desc(), col(Visit.id).desc()).limit(limit))
    return [(visit, household) for visit, household in found]


def counted_since(db: Session, person_id: int, day: date) -> int:
    """Return how many visits somebody has paid from a day on."""
    since = (col(Visit.visitor_id) == person_id, col(Visit.visited_at) >= _span(db, day)[0])
    return db.execute(select(func.count()).select_from(Visit).where(*since)).scalar_one()


def remove(db: Session, visit_id: int, *, by: Person, now: datetime) -> None:
    """Take one's own visit back with its note and photos: figures and points follow.

    Raises :class:`DomainError` when it is not theirs.
    """
    visit = own(db, visit_id, by)
    forget_photos(db, visit)
    db.delete(visit)
    db.flush()
    if visit.household_id is not None:
        held = select(Household).where(col(Household.id) == visit.household_id).with_for_update()
        household = db.execute(held.execution_options(populate_existing=True)).scalar_one()
        last = select(func.max(Visit.visited_at)).where(col(Visit.household_id) == visit.household_id)
        household.seen_at = db.execute(last).scalar_one() or NEVER
        db.add(household)
    db.flush()
    _count_points(db, by.id or 0, visit.visited_at, now=now)


def forget_photos(db: Session, visit: Visit) -> None:
    """Let the photos of a visit go."""
    for one in files.rows(db, visit.files):
        digest, one.digest, one.name, one.remote_id, one.state = one.digest, "", "", "", FileState.LOST
        db.add(one)
        db.flush()
        if digest:
            files.drop_unused(db, house_of(db).store, digest)
    visit.files = []
    db.add(visit)


def photos_to_pass_on(db: Session, visit: Visit) -> list[int]:
    """Return the photos of a visit once more, by id, for a question or a report that outlives the visit."""
    again = [
        StoredFile(**one.model_dump(exclude={"id", "passed_on"}), passed_on=True) for one in files.rows(db, visit.files)
    ]
    db.add_all(again)
    db.flush()
    return [one.id or 0 for one in again]


def was_told(db: Session, person_id: int) -> bool:
    """Tell whether somebody was told who sees what of their households and themselves."""
    return db.get(ContactCard, person_id) is not None


def shows_mobile(db: Session, person_id: int) -> bool:
    """Tell whether somebody lets their households have their phone number."""
    card = db.get(ContactCard, person_id)
    return card is not None and card.shows_mobile


def show_mobile(db: Session, person: Person, *, shows: bool, now: datetime) -> None:
    """Keep whether the households of somebody may have their phone number."""
    values = {"person_id": person.id, "shows_mobile": shows, "told_at": now}
    put_or_replace(db, ContactCard, values, key=("person_id",))
    db.expire_all()


def _count_points(db: Session, person_id: int, at: datetime, *, now: datetime) -> None:
    day = today(db, at)
    begun, over = _span(db, day)
    that_day = (col(Visit.visited_at) >= begun, col(Visit.visited_at) < over)
    theirs = select(func.count()).select_from(Visit).where(col(Visit.visitor_id) == person_id, *that_day)
    points.write_visits(db, person_id, day, db.execute(theirs).scalar_one(), now=now)


def _span(db: Session, day: date) -> tuple[datetime, datetime]:
    zone = house_of(db).zone
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
