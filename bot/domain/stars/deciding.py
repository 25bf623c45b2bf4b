"""What the branch meeting decided, entered by its secretary; made public by name and stars; told to each alone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, audit, notices, units
from bot.domain.agenda import Item
from bot.domain.house import today
from bot.domain.messages import Choice
from bot.domain.stars import sheets
from bot.domain.stars.sheets import Rated
from bot.errors import DomainError
from content.stars import MOST, public_days, star_name
from content.words import label
from db.models import Person, StarRating, StarSheet, StarState, Unit

TELL = "stars.tell"
"""The duty that tells each member their own stars."""

_PAGE = 50
_NAMED = 8


def decide(
    db: Session, sheet_id: int, stars: Mapping[int, int], met_on: date, *, by: Person, now: datetime
) -> StarSheet:
    """Enter what the meeting decided, by rating; who is not named keeps theirs, or those drafted; 0 is none yet.

    Raises :class:`DomainError` when it is not theirs, public already, of a day to come, or leaves somebody without.
    """
    sheet = sheets.for_keeper(db, sheet_id, by)
    if sheet.state is StarState.PUBLISHED:
        raise DomainError("stars/public_already")
    if not date(sheet.year, 1, 1) <= met_on <= today(db, now):
        raise DomainError("stars/no_such_meeting")
    everybody = sheets.rated(db, sheet)
    for one in everybody:
        one.rating.stars = stars.get(one.rating.id or 0, one.rating.stars or one.rating.drafted)
        _insist_on_stars(one.rating.stars, least=0)
    without = [one.name for one in everybody if not one.rating.stars]
    if without:
        raise DomainError("stars/these_have_none", names=without[:_NAMED], count=len(without))
    db.add_all(one.rating for one in everybody)
    sheet.state, sheet.met_on, sheet.decided_by = StarState.DECIDED, met_on, by.id
    db.add(sheet)
    audit.note(db, "stars.decide", f"stars:{sheet.id} {met_on}", actor_id=by.id, now=now)
    return sheet


def set_stars(db: Session, rating_id: int, stars: int, reason: str, *, by: Person, now: datetime) -> StarRating:
    """Let one member have other stars, with a reason; where they were told already, they are told anew.

    Raises :class:`DomainError` when it is not theirs to keep.
    """
    rating = rating_for_keeper(db, rating_id, by)
    sheet = db.get_one(StarSheet, rating.sheet_id)
    _insist_on_stars(stars, least=1)
    before = rating.stars
    rating.stars, rating.reason, rating.run = stars, reason, rating.run + 1
    db.add(rating)
    audit.note(db, "stars.set", f"rating:{rating.id} {before} -> {stars}", actor_id=by.id, now=now)
    if sheet.state is StarState.PUBLISHED:
        _tell(db, sheet, rating, now=now)
    return rating


def rating_for_keeper(db: Session, rating_id: int, by: Person) -> StarRating:
    """Return a line to whoever keeps its sheet; raise :class:`DomainError` for everybody else."""
    rating = db.get(StarRating, rating_id)
    if rating is None:
        raise DomainError("stars/not_yours")
    sheets.for_keeper(db, rating.sheet_id, by)
    db.refresh(rating)
    return rating


def publish(db: Session, sheet_id: int, *, by: Person, now: datetime) -> StarSheet:
    """Make names and stars of a branch public to its village for some days, and tell each member their own.

    Raises :class:`DomainError` when it is not theirs, the meeting has not decided yet, or it is public already.
    """
    sheet = sheets.for_keeper(db, sheet_id, by)
    if sheet.state is not StarState.DECIDED:
        raise DomainError("stars/public_already" if sheet.state is StarState.PUBLISHED else "stars/not_decided_yet")
    sheet.state, sheet.published_at = StarState.PUBLISHED, now
    db.add(sheet)
    agenda.plan(db, f"stars:{sheet.id}:tell", TELL, due_at=now, sheet_id=sheet.id, after=0)
    audit.note(db, "stars.publish", f"stars:{sheet.id} {sheet.year}", actor_id=by.id, now=now)
    return sheet


def tell_each(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`TELL`: tell a page of members their own stars, and nobody anybody else's."""
    sheet = db.get_one(StarSheet, item.payload["sheet_id"])
    here = (col(StarRating.sheet_id) == sheet.id, col(StarRating.id) > item.payload["after"])
    page = db.execute(select(StarRating).where(*here).order_by(col(StarRating.id)).limit(_PAGE)).scalars().all()
    for rating in page:
        _tell(db, sheet, rating, now=now)
    if len(page) == _PAGE:
        agenda.again(db, item, at=now, after=page[-1].id)


def public_at(db: Session, unit: Unit, *, now: datetime) -> Sequence[tuple[StarSheet, str]]:
    """Return the sheets that are public in a place and below it now, each with the name of its branch."""
    since = now - timedelta(days=public_days())
    rows = select(StarSheet, col(Unit.name)).join(Unit, col(Unit.id) == col(StarSheet.unit_id))
    here = rows.where(units.in_subtrees([unit.path]), col(StarSheet.published_at) > since)
    return [(sheet, name) for sheet, name in db.execute(here.order_by(col(Unit.path)))]


def shown_to_all(db: Session, sheet: StarSheet) -> list[Rated]:
    """Return who is on a public sheet, by name: whoever has none any more is left out."""
    return [one for one in sheets.rated(db, sheet) if one.name]


def of_person(db: Session, person: Person) -> list[tuple[int, int]]:
    """Return somebody's own stars, year by year, the newest first."""
    rows = select(col(StarSheet.year), col(StarRating.stars)).join(StarRating, _on_sheet())
    public = rows.where(col(StarRating.person_id) == person.id, col(StarSheet.state) == StarState.PUBLISHED)
    return [(year, stars) for year, stars in db.execute(public.order_by(col(StarSheet.year).desc()))]


def _on_sheet() -> ColumnElement[bool]:
    return col(StarRating.sheet_id) == col(StarSheet.id)


def _tell(db: Session, sheet: StarSheet, rating: StarRating, *, now: datetime) -> None:
    object_to = Choice(label=label("points_wrong"), go="cases.hand_off")
    notices.tell(
        db,
        "stars/yours",
        to=rating.person_id,
        cause=f"stars:{sheet.id}:{rating.id}:{rating.run}",
        now=now,
        choices=(object_to,),
        year=sheet.year,
        stars=star_name(rating.stars),
        reason=rating.reason,
    )


def _insist_on_stars(stars: int, *, least: int) -> None:
    if not least <= stars <= MOST:
        raise DomainError("stars/no_such_number")
