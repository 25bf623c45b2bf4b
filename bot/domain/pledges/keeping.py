"""Whose a pledge is, and what they do about it: say how far it is, that it is done, or that it is withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import access, agenda, audit, files, notices
from bot.domain.access import Act
from bot.domain.messages import Choice
from bot.domain.outgoing import outbox
from bot.domain.pledges import finding, history, judging
from bot.errors import DomainError
from content.words import label
from db.models import Person, Pledge, PledgeBecame, PledgeState, StoredFile, Unit


def is_keeper(db: Session, pledge: Pledge, person: Person) -> bool:
    """Tell whether somebody answers for a pledge: whose it is while they have a role there, and who followed them."""
    unit = db.get_one(Unit, pledge.unit_id)
    if pledge.holder_id == person.id:
        return access.may(db, person, Act.JUDGE_PLEDGES, unit)
    return unit.path in access.reach(db, person, Act.MAKE_PLEDGES)


def keepers(db: Session, pledge: Pledge) -> list[int]:
    """Return who is asked about a pledge: whose it is, else who followed them, of those who can be reached, by id."""
    if is_keeper(db, pledge, db.get_one(Person, pledge.holder_id)):
        return [pledge.holder_id]
    return access.at(db, Act.MAKE_PLEDGES, db.get_one(Unit, pledge.unit_id))


def for_keeper(db: Session, pledge_id: int, person: Person, *among: PledgeState) -> Pledge:
    """Return a pledge to who answers for it, held; raise :class:`DomainError` when not, or it stands otherwise."""
    pledge = finding.held(db, pledge_id)
    if not is_keeper(db, pledge, person):
        raise DomainError("pledges/not_yours")
    if pledge.state not in among:
        raise DomainError("pledges/not_any_more")
    return pledge


def tell(db: Session, pledge_id: int, words: str, photos: Sequence[StoredFile], *, by: Person, now: datetime) -> Pledge:
    """Say how far a public pledge is, with a sentence or a photo.

    Raises :class:`DomainError` when it is not theirs or not public, or neither is given.
    """
    pledge = for_keeper(db, pledge_id, by, PledgeState.PUBLISHED)
    _note(db, pledge, PledgeBecame.PROGRESS, words, photos, by=by, now=now)
    audit.note(db, "pledges.progress", f"pledge:{pledge.id}", actor_id=by.id, now=now)
    return pledge


def finish(
    db: Session, pledge_id: int, words: str, photos: Sequence[StoredFile], *, by: Person, now: datetime
) -> Pledge:
    """Say that a pledge is done, with a sentence or a photo; those above may appraise it now.

    Raises :class:`DomainError` as :func:`tell` does.
    """
    pledge = for_keeper(db, pledge_id, by, PledgeState.PUBLISHED)
    pledge.state, pledge.ended_at = PledgeState.DONE, now
    db.add(pledge)
    _note(db, pledge, PledgeBecame.DONE, words, photos, by=by, now=now)
    _ask_no_more(db, pledge, now=now)
    audit.note(db, "pledges.done", f"pledge:{pledge.id}", actor_id=by.id, now=now)
    look = Choice(label=label("look_at_it"), go="pledges.show", fill={"pledge_id": pledge.id})
    notices.tell_all(
        db,
        "pledges/done_for_reviewer",
        to=judging.reviewers(db, pledge),
        cause=f"pledge:{pledge.id}:done",
        now=now,
        choices=(look,),
        unit=db.get_one(Unit, pledge.unit_id).name,
        words=pledge.words,
    )
    return pledge


def withdraw(db: Session, pledge_id: int, reason: str, *, by: Person, now: datetime) -> Pledge:
    """Withdraw a pledge that is not done; one that was public is shown with the reason.

    Raises :class:`DomainError` when it is not theirs, or over.
    """
    pledge = for_keeper(db, pledge_id, by, PledgeState.WAITING, PledgeState.RETURNED, PledgeState.PUBLISHED)
    pledge.state, pledge.reason, pledge.ended_at = PledgeState.WITHDRAWN, reason, now
    db.add(pledge)
    history.note(db, pledge, PledgeBecame.WITHDRAWN, by=by, words=reason, now=now)
    _ask_no_more(db, pledge, now=now)
    audit.note(db, "pledges.withdraw", f"pledge:{pledge.id}", actor_id=by.id, now=now)
    return pledge


def _ask_no_more(db: Session, pledge: Pledge, *, now: datetime) -> None:
    agenda.withdraw(db, f"pledge:{pledge.id}:due:", now=now)
    outbox.cancel(db, f"pledge:{pledge.id}:ask:", now=now, reason="over")


def _note(
    db: Session,
    pledge: Pledge,
    became: PledgeBecame,
    words: str,
    photos: Sequence[StoredFile],
    *,
    by: Person,
    now: datetime,
) -> None:
    if not words and not photos:
        raise DomainError("pledges/say_how_far")
    history.note(db, pledge, became, by=by, words=words, photos=photos, now=now)
    files.pass_on(db, photos)
