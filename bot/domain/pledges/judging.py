"""Those above a pledge: who they are, what they are shown of one that is to be public, and what they say to it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, audit, notices, recurrence, units
from bot.domain.access import Act
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.outgoing import outbox
from bot.domain.pledges import finding, history
from bot.errors import DomainError
from content.words import label
from db.models import IS_OPEN_PLEDGE, Person, Pledge, PledgeBecame, PledgeState, Unit

DUE = "pledges.due"
"""The duty that asks on the day itself whether a pledge is done."""

_MORNING = time(9, 0)


def reviewers(db: Session, pledge: Pledge) -> list[int]:
    """Return the nearest people above a pledge's unit who may judge it and can be reached, by id."""
    unit = db.get_one(Unit, pledge.unit_id)
    above = db.get(Unit, unit.parent_id) if unit.parent_id else None
    return access.nearest(db, Act.JUDGE_PLEDGES, above, others_than=pledge.holder_id)[1] if above else []


def may_review(db: Session, pledge: Pledge, person: Person) -> bool:
    """Tell whether somebody may say yes or no to a pledge: who works above its unit, and never whose it is."""
    paths = access.reach(db, person, Act.JUDGE_PLEDGES)
    return pledge.holder_id != person.id and access.is_above(paths, db.get_one(Unit, pledge.unit_id))


def send(db: Session, pledge: Pledge, *, by: Person, now: datetime) -> None:
    """Show a pledge to those above; raise :class:`DomainError` when nobody there can be asked."""
    people = reviewers(db, pledge)
    if not people:
        raise DomainError("pledges/nobody_above")
    pledge.state, pledge.reason, pledge.run = PledgeState.WAITING, "", pledge.run + 1
    db.add(pledge)
    history.note(db, pledge, PledgeBecame.SENT, by=by, words=pledge.words, now=now)
    notices.tell_all(
        db,
        "pledges/for_reviewer",
        to=people,
        cause=f"pledge:{pledge.id}:asked:{pledge.run}",
        now=now,
        choices=to_decide(pledge),
        unit=db.get_one(Unit, pledge.unit_id).name,
        name=db.get_one(Person, pledge.holder_id).name,
        words=pledge.words,
        due=pledge.due_on,
    )


def to_decide(pledge: Pledge) -> tuple[Choice, ...]:
    """Return what those above may say to a pledge as it stands now."""
    fill = {"pledge_id": pledge.id, "run": pledge.run}
    return (
        Choice(label=label("approve_pledge"), go="pledges.approve", fill=fill),
        Choice(label=label("send_back"), go="pledges.return", fill=fill),
    )


def for_reviewer(db: Session, pledge_id: int, run: int, person: Person) -> Pledge:
    """Return a pledge that waits to who may review it, held by this transaction.

    Raises :class:`DomainError` when they may not, it was decided on, or was written anew since ``run``.
    """
    pledge = finding.held(db, pledge_id)
    if not may_review(db, pledge, person):
        raise DomainError("pledges/not_yours")
    if pledge.state is not PledgeState.WAITING or pledge.run != run:
        raise DomainError("pledges/not_any_more")
    return pledge


def approve(db: Session, pledge_id: int, run: int, *, by: Person, now: datetime) -> Pledge:
    """Let a pledge be public, and tell whose it is; raise :class:`DomainError` as :func:`for_reviewer` does."""
    pledge = for_reviewer(db, pledge_id, run, by)
    publish(db, pledge, by=by, now=now)
    audit.note(db, "pledges.approve", f"pledge:{pledge.id}", actor_id=by.id, now=now)
    _decided(db, pledge, now=now)
    notices.tell(
        db,
        "pledges/approved",
        to=pledge.holder_id,
        cause=f"pledge:{pledge.id}:approved:{pledge.run}",
        now=now,
        words=pledge.words,
    )
    return pledge


def give_back(db: Session, pledge_id: int, run: int, reason: str, *, by: Person, now: datetime) -> Pledge:
    """Return a pledge with a reason, to be written anew; raise :class:`DomainError` as :func:`for_reviewer` does."""
    pledge = for_reviewer(db, pledge_id, run, by)
    pledge.state, pledge.reason = PledgeState.RETURNED, reason
    db.add(pledge)
    history.note(db, pledge, PledgeBecame.RETURNED, by=by, words=reason, now=now)
    audit.note(db, "pledges.return", f"pledge:{pledge.id}", actor_id=by.id, now=now)
    _decided(db, pledge, now=now)
    notices.tell(
        db,
        "pledges/returned",
        to=pledge.holder_id,
        cause=f"pledge:{pledge.id}:returned:{pledge.run}",
        now=now,
        choices=to_rewrite(pledge),
        words=pledge.words,
        reason=reason,
    )
    return pledge


def to_rewrite(pledge: Pledge) -> tuple[Choice, ...]:
    """Return what may be done about a pledge that came back."""
    fill = {"pledge_id": pledge.id}
    return (
        Choice(label=label("change_it"), go="pledges.rewrite", fill=fill),
        Choice(label=label("drop_draft"), go="pledges.withdraw", fill=fill),
    )


def publish(db: Session, pledge: Pledge, *, by: Person, now: datetime) -> None:
    """Let everybody see a pledge, and plan to ask on its day whether it is done."""
    pledge.state, pledge.published_at, pledge.reason = PledgeState.PUBLISHED, now, ""
    db.add(pledge)
    history.note(db, pledge, PledgeBecame.PUBLISHED, by=by, words=pledge.words, now=now)
    due_at = recurrence.moment(pledge.due_on, _MORNING, house_of(db).zone)
    due_at += timedelta(days=due_at <= now)
    agenda.plan(db, f"pledge:{pledge.id}:due:{pledge.run}", DUE, due_at=due_at, pledge_id=pledge.id)


def waiting_for(db: Session, person: Person) -> Sequence[tuple[Pledge, Unit]]:
    """Return the pledges that wait for somebody's word, the oldest first, each with its unit."""
    paths = access.reach(db, person, Act.JUDGE_PLEDGES)
    if not paths:
        return []
    both = select(Pledge, Unit).join(Unit, col(Unit.id) == col(Pledge.unit_id))
    asked = both.where(IS_OPEN_PLEDGE, col(Pledge.state) == PledgeState.WAITING, units.in_subtrees(paths))
    found = db.execute(asked.where(col(Pledge.holder_id) != person.id).order_by(col(Pledge.made_at), col(Pledge.id)))
    return [(pledge, unit) for pledge, unit in found if access.is_above(paths, unit)]


def _decided(db: Session, pledge: Pledge, *, now: datetime) -> None:
    outbox.cancel(db, f"pledge:{pledge.id}:asked:{pledge.run}:", now=now, reason="decided")
