"""Minutes of service: counted from coming to leaving, confirmed by the organiser where open, disputed openly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, audit, notices, units
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.domain.volunteers import points, volunteering
from bot.domain.volunteers.activities import HELD, found, locked
from bot.errors import DomainError
from content.words import label
from db.models import (
    Activity,
    CheckIn,
    Dispute,
    DisputeState,
    OccasionState,
    Person,
    ServiceCorrection,
    ServiceRecord,
    ServiceState,
    Signup,
    Unit,
)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """What somebody served this time, what that is worth, and all of this year."""

    minutes: int
    points: int
    of_year: int


def count(db: Session, activity: Activity, check_in: CheckIn, *, now: datetime) -> ServiceRecord:
    """Write down what somebody served who came and left, within the hours that were meant.

    Who left before it began has served what an organiser says: it is never nothing silently.
    """
    begin = max(check_in.in_at, activity.starts_at)
    end = min(check_in.out_at or now, activity.ends_at)
    known = of(db, activity.id or 0, check_in.person_id)
    if known is not None:
        return known  # the organiser let it count before they left
    minutes = max(0, (end - begin) // _MINUTE)
    state = ServiceState.CONFIRMED if minutes else ServiceState.PROPOSED
    return _write(db, activity, check_in.person_id, minutes or planned(activity), state, now)


def planned(activity: Activity) -> int:
    """Return for how many minutes an activity was meant to last."""
    return (activity.ends_at - activity.starts_at) // _MINUTE


def of(db: Session, activity_id: int, person_id: int) -> ServiceRecord | None:
    """Return what somebody served at an activity, if that was written down."""
    theirs = (col(ServiceRecord.activity_id) == activity_id, col(ServiceRecord.person_id) == person_id)
    return db.execute(select(ServiceRecord).where(*theirs)).scalar_one_or_none()


def counted(db: Session, record: ServiceRecord) -> Counted:
    """Return a record as its person is told of it."""
    of_year_ = of_year(db, record.person_id, record.served_on.year)
    return Counted(record.minutes, points.worth(record.minutes), of_year_)


def of_year(db: Session, person_id: int, year: int) -> int:
    """Return the confirmed minutes of somebody's year."""
    within = col(ServiceRecord.served_on).between(date(year, 1, 1), date(year, 12, 31))
    theirs = (col(ServiceRecord.person_id) == person_id, col(ServiceRecord.state) == ServiceState.CONFIRMED)
    return db.execute(select(func.sum(ServiceRecord.minutes)).where(*theirs, within)).scalar_one() or 0


def recent(db: Session, person_id: int, *, limit: int) -> Sequence[tuple[ServiceRecord, Activity]]:
    """Return what somebody served last, the newest first."""
    chosen = select(ServiceRecord, Activity).join(Activity, col(Activity.id) == col(ServiceRecord.activity_id))
    theirs = chosen.where(col(ServiceRecord.person_id) == person_id)
    rows = db.execute(theirs.order_by(col(ServiceRecord.served_on).desc(), col(ServiceRecord.id).desc()).limit(limit))
    return [(record, activity) for record, activity in rows]


def settle(db: Session, item: agenda.Item, now: datetime) -> None:
    """Ask the organiser the day after for the minutes of those who did not check out, and who came at all."""
    activity = locked(db, item.payload["activity_id"])
    if activity.sequence != item.payload["sequence"] or activity.state is not OccasionState.PUBLISHED:
        return
    for row in _open(db, activity):
        _write(db, activity, row.person_id, planned(activity), ServiceState.PROPOSED, now)
    open_names = [name for _, name in proposed(db, activity.id or 0)]
    came = select(col(CheckIn.person_id)).where(col(CheckIn.activity_id) == activity.id)
    seated = (col(Signup.activity_id) == activity.id, col(Signup.state).in_(HELD))
    absent = select(func.count()).select_from(Signup).where(*seated, col(Signup.person_id).not_in(came))
    unseen = db.execute(absent).scalar_one()
    if open_names or unseen:
        _ask(db, activity, open_names, unseen, now)


def proposed(db: Session, activity_id: int) -> list[tuple[ServiceRecord, str]]:
    """Return the records of an activity nobody confirmed yet, with names."""
    chosen = select(ServiceRecord, col(Person.name)).join(Person, col(Person.id) == col(ServiceRecord.person_id))
    open_ones = (col(ServiceRecord.activity_id) == activity_id, col(ServiceRecord.state) == ServiceState.PROPOSED)
    return [(record, name) for record, name in db.execute(chosen.where(*open_ones).order_by(col(ServiceRecord.id)))]


def confirm_all(db: Session, activity_id: int, *, by: Person, now: datetime) -> int:
    """Let all that is open of an activity count as it was meant; return for how many, each of whom is told."""
    activity = volunteering.held_by(db, activity_id, by)
    for row in _open(db, activity):
        _write(db, activity, row.person_id, planned(activity), ServiceState.PROPOSED, now)
    records = [record for record, _ in proposed(db, activity_id)]
    for record in records:
        _confirm(db, record, record.minutes, by=by, now=now)
        _tell(db, record, activity, now)
    audit.note(db, "service.confirm", volunteering.subject(activity), actor_id=by.id, now=now)
    return len(records)


def correct(db: Session, record_id: int, minutes: int, reason: str, *, by: Person, now: datetime) -> ServiceRecord:
    """Let a record count for other minutes, with a reason that is kept; the person is told, the points follow."""
    record = _of_holder(db, record_id, by)
    _insist_on_others(record, by)
    db.add(
        ServiceCorrection(record_id=record_id, before=record.minutes, after=minutes, reason=reason, by_id=by.id, at=now)
    )
    _confirm(db, record, minutes, by=by, now=now)
    audit.note(db, "service.correct", f"service:{record_id} {minutes}", actor_id=by.id, now=now)
    return record


def dispute(db: Session, record_id: int, words: str, *, by: Person, now: datetime) -> Dispute:
    """Say that minutes are wrong; whoever holds the activity is asked to decide.

    Raises :class:`DomainError` for somebody else's record, and while one about it is open.
    """
    record = db.get(ServiceRecord, record_id)
    if record is None or record.person_id != by.id:
        raise DomainError("volunteering/no_such_record")
    still = (col(Dispute.record_id) == record_id, col(Dispute.state) == DisputeState.OPEN)
    if db.execute(select(col(Dispute.id)).where(*still)).first():
        raise DomainError("volunteering/disputed_already")
    row = Dispute(record_id=record_id, person_id=by.id or 0, words=words, opened_at=now)
    db.add(row)
    db.flush()
    activity = found(db, record.activity_id)
    decide = Choice(label=label("decide_dispute"), go="service.decide", fill={"dispute_id": row.id})
    notices.tell_all(
        db,
        "volunteering/dispute_for_organiser",
        to=organisers(db, activity, but=by.id),
        cause=f"dispute:{row.id}",
        now=now,
        choices=(decide,),
        name=by.name,
        title=activity.title,
        minutes=record.minutes,
        words=words,
    )
    return row


def decide(db: Session, dispute_id: int, minutes: int, reason: str, *, by: Person, now: datetime) -> Dispute:
    """Decide a dispute once: other minutes uphold it, the same refuse it; the person hears the reason."""
    row = open_dispute(db, dispute_id, by)
    record = db.get_one(ServiceRecord, row.record_id)
    row.state = DisputeState.REFUSED if minutes == record.minutes else DisputeState.UPHELD
    row.reason, row.decided_by, row.decided_at = reason, by.id, now
    db.add(row)
    if row.state is DisputeState.UPHELD:
        correct(db, row.record_id, minutes, reason, by=by, now=now)
    activity = found(db, record.activity_id)
    notices.tell(
        db,
        "volunteering/dispute_decided",
        to=row.person_id,
        cause=f"dispute:{row.id}:decided",
        now=now,
        title=activity.title,
        minutes=record.minutes,
        is_upheld=row.state is DisputeState.UPHELD,
        reason=reason,
    )
    return row


def open_dispute(db: Session, dispute_id: int, by: Person) -> Dispute:
    """Return a dispute to whoever may decide it; raise :class:`DomainError` when they may not, or it is decided."""
    row = db.execute(select(Dispute).where(col(Dispute.id) == dispute_id).with_for_update()).scalar_one_or_none()
    if row is None:
        raise DomainError("volunteering/no_such_record")
    _insist_on_others(_of_holder(db, row.record_id, by), by)
    if row.state is not DisputeState.OPEN:
        raise DomainError("volunteering/decided_already")
    return row


def _of_holder(db: Session, record_id: int, by: Person) -> ServiceRecord:
    record = db.get(ServiceRecord, record_id)
    if record is None:
        raise DomainError("volunteering/no_such_record")
    volunteering.held_by(db, record.activity_id, by)
    db.refresh(record)  # as it stands now that nobody else changes it
    return record


def _insist_on_others(record: ServiceRecord, by: Person) -> None:
    """Refuse to let anybody decide about minutes of their own."""
    if record.person_id == by.id:
        raise DomainError("volunteering/not_your_own")


def _open(db: Session, activity: Activity) -> Sequence[CheckIn]:
    """Return who came and has no minutes yet."""
    noted = select(col(ServiceRecord.person_id)).where(col(ServiceRecord.activity_id) == activity.id)
    rows = select(CheckIn).where(col(CheckIn.activity_id) == activity.id, col(CheckIn.person_id).not_in(noted))
    return db.execute(rows.order_by(col(CheckIn.id))).scalars().all()


def _write(  # one row
    db: Session, activity: Activity, person_id: int, minutes: int, state: ServiceState, now: datetime
) -> ServiceRecord:
    record = ServiceRecord(
        activity_id=activity.id or 0,
        person_id=person_id,
        minutes=minutes,
        state=state,
        served_on=activity.starts_at.astimezone(house_of(db).zone).date(),
        created_at=now,
        changed_at=now,
    )
    db.add(record)
    db.flush()
    points.write(db, record, now=now)
    return record


def _confirm(db: Session, record: ServiceRecord, minutes: int, *, by: Person, now: datetime) -> None:
    record.minutes = minutes
    record.state = ServiceState.CONFIRMED
    record.confirmed_by = by.id
    record.changed_at = now
    db.add(record)
    points.write(db, record, now=now)


def _tell(db: Session, record: ServiceRecord, activity: Activity, now: datetime) -> None:
    notices.tell(
        db,
        "volunteering/served_by_organiser",
        to=record.person_id,
        cause=f"service:{record.id}:confirmed",
        now=now,
        title=activity.title,
        served=counted(db, record),
    )


def _ask(db: Session, activity: Activity, names: list[str], unseen: int, now: datetime) -> None:
    about = {"activity_id": activity.id}
    confirm = Choice(label=label("count_as_meant"), go="service.confirm_all", fill=about)
    choices = (
        *((confirm, Choice(label=label("count_one_by_one"), go="service.open", fill=about)) if names else ()),
        *((Choice(label=label("note_who_came"), go="presence.roll", fill=about),) if unseen else ()),
    )
    notices.tell_all(
        db,
        "volunteering/minutes_for_organiser",
        to=organisers(db, activity),
        cause=f"settle:{activity.id}:{activity.sequence}",
        now=now,
        choices=choices,
        title=activity.title,
        minutes=planned(activity),
        names=names[:10],
        count=len(names),
        unseen=unseen,
    )


def organisers(db: Session, activity: Activity, *, but: int | None = None) -> list[int]:
    """Return who made an activity if they can be reached, else the nearest who may hold it, other than ``but``."""
    made_by = activity.created_by
    if made_by and made_by != but and people.best_address(db, made_by):
        return [made_by]
    for unit in units.line_up(db, db.get_one(Unit, activity.unit_id)):
        found_here = access.responsible(db, access.Act.HOLD_ACTIVITIES, unit)
        if others := [one for one in found_here if one != but]:
            return others
    return []
