"""Deciding about a broadcast: submitted, approved by a second cadre where one is needed, returned, planned."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, audit, notices, units
from bot.domain.access import Act
from bot.domain.broadcasts import composing, looking, states, understanding
from bot.domain.broadcasts.audiences import Audience
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.words import label
from db.models import Broadcast, BroadcastState, Person, Unit

START = "broadcasts.start"
"""The kind of item on the agenda that begins a broadcast at its time."""

_A_MOMENT = timedelta(minutes=1)
_LONGEST_REASON = 200
_SHOWN = 30


def submit(db: Session, broadcast_id: int, *, due_at: datetime | None, by: Person, now: datetime) -> Broadcast:
    """Let a draft go out at ``due_at`` (``None``: as soon as it may); return it as it stands then.

    It awaits a second cadre when it is urgent or meets more people than one may write to alone. Unless it is urgent, a
    time in quiet hours becomes their end. Raises :class:`DomainError` for a time that is past, and when nobody can be
    reached or nobody could approve it.
    """
    broadcast = composing.own(db, broadcast_id, by)
    if broadcast.state not in states.EDITABLE:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    if due_at is not None and due_at < now - _A_MOMENT:
        raise DomainError("broadcasts/in_the_past")
    audience = Audience.model_validate(broadcast.audience)
    understanding.insist_on_units(db, audience, by)
    found = looking.look(db, audience, now=now)
    if not found.reachable:
        raise DomainError("broadcasts/nobody_reachable", words=broadcast.audience_words, people=found.people)
    broadcast.people = found.people
    broadcast.due_at = audible(db, broadcast, due_at) if due_at else None
    broadcast.decided_by = broadcast.decided_at = None
    broadcast.run += 1
    if needs_approval(db, broadcast):
        if not _ask(db, broadcast, now):
            raise DomainError("broadcasts/nobody_approves")
    else:
        _schedule(db, broadcast, now)
    return broadcast


def has_outgrown(db: Session, broadcast: Broadcast, *, now: datetime) -> bool:
    """Tell whether nobody agreed to a broadcast that by now meets more people than one cadre decides about alone.

    Then it awaits a second cadre, and its author is told.
    """
    if broadcast.decided_by is not None:
        return False
    people = looking.look(db, Audience.model_validate(broadcast.audience), now=now).people
    if not is_for_two(db, people, is_urgent=broadcast.is_urgent):
        return False
    broadcast.people = people
    broadcast.run += 1
    asked = [db.get_one(Person, one).name for one in _ask(db, broadcast, now)]
    notices.tell(
        db,
        "broadcasts/awaiting",
        to=broadcast.author_id,
        cause=f"broadcast-outgrown:{broadcast.id}:{broadcast.run}",
        now=now,
        people=people,
        is_urgent=broadcast.is_urgent,
        names=[name for name in asked if name],
    )
    return True


def needs_approval(db: Session, broadcast: Broadcast) -> bool:
    """Tell whether a second cadre has to agree."""
    return is_for_two(db, broadcast.people, is_urgent=broadcast.is_urgent)


def is_for_two(db: Session, people: int, *, is_urgent: bool) -> bool:
    """Tell whether something for so many people, or something urgent, is more than one cadre decides."""
    return is_urgent or people > house_of(db).broadcasts_alone


def approvers(db: Session, broadcast: Broadcast) -> Sequence[int]:
    """Return the nearest people up the tree who may approve it, by id; never its author."""
    act = Act.APPROVE_BROADCASTS
    for level in units.line_up(db, db.get_one(Unit, broadcast.unit_id)):
        others = [one for one in access.at(db, act, level) if one != broadcast.author_id]
        found = [one for one in others if states.may(db, db.get_one(Person, one), act, broadcast)]
        if found:
            return found
    return []


def waiting_for(db: Session, by: Person, *, limit: int = 5) -> Sequence[Broadcast]:
    """Return what awaits somebody's approval, the oldest first; never their own."""
    below = select(col(Unit.id)).where(units.in_subtrees(access.reach(db, by, Act.APPROVE_BROADCASTS)))
    theirs = (col(Broadcast.unit_id).in_(below), col(Broadcast.author_id) != by.id)
    awaiting = select(Broadcast).where(col(Broadcast.state) == BroadcastState.AWAITING_APPROVAL, *theirs)
    return states.first_allowed(db, awaiting, by, Act.APPROVE_BROADCASTS, limit=limit)


def for_approver(db: Session, broadcast_id: int, by: Person, *, version: int | None = None) -> Broadcast:
    """Return a broadcast that awaits approval, held by this transaction, for whoever may decide about it.

    ``version`` is its ``run`` as it was shown: one that was changed since is not decided unseen.
    """
    broadcast = states.locked(db, broadcast_id)
    states.insist(db, by, Act.APPROVE_BROADCASTS, broadcast)
    if broadcast.author_id == by.id:
        raise DomainError("broadcasts/not_your_own")
    if broadcast.state is not BroadcastState.AWAITING_APPROVAL or version not in {None, broadcast.run}:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    return broadcast


def approve(db: Session, broadcast_id: int, *, by: Person, now: datetime, version: int | None = None) -> Broadcast:
    """Agree to a broadcast: it goes out at its time, and its author is told."""
    broadcast = for_approver(db, broadcast_id, by, version=version)
    broadcast.decided_by, broadcast.decided_at = by.id, now
    audit.note(db, "broadcasts.approve", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    broadcast.run += 1
    _schedule(db, broadcast, now)
    notices.tell(
        db,
        "broadcasts/approved",
        to=broadcast.author_id,
        cause=f"broadcast-approved:{broadcast.id}:{broadcast.run}",
        now=now,
        name=by.name,
        text=line(broadcast),
        starts_at=broadcast.due_at or now,
    )
    return broadcast


def send_back(
    db: Session, broadcast_id: int, words: str, *, by: Person, now: datetime, version: int | None = None
) -> Broadcast:
    """Return a broadcast to its author, saying why; they may change it and submit it again."""
    broadcast = for_approver(db, broadcast_id, by, version=version)
    broadcast.decided_by, broadcast.decided_at = by.id, now
    broadcast.returned_because = words[:_LONGEST_REASON]
    states.move(db, broadcast, BroadcastState.RETURNED, now=now)
    audit.note(db, "broadcasts.return", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    change = Choice(label=label("change_something"), go="broadcasts.again", fill={"broadcast_id": broadcast.id})
    notices.tell(
        db,
        "broadcasts/returned",
        to=broadcast.author_id,
        cause=f"broadcast-returned:{broadcast.id}:{broadcast.run}",
        now=now,
        choices=(change,),
        name=by.name,
        text=line(broadcast),
        words=broadcast.returned_because,
    )
    return broadcast


def put_on_agenda(db: Session, broadcast: Broadcast, *, due_at: datetime) -> None:
    """Plan the beginning of a broadcast; what was planned for it before does nothing any more."""
    broadcast.due_at = due_at
    db.add(broadcast)
    db.flush()
    cause = f"broadcast:{broadcast.id}:start:{broadcast.run}"
    agenda.plan(db, cause, START, due_at=due_at, id=broadcast.id, run=broadcast.run)


def line(broadcast: Broadcast) -> str:
    """Return the beginning of what a broadcast says, on one line."""
    words = " ".join(broadcast.text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"


def _schedule(db: Session, broadcast: Broadcast, now: datetime) -> None:
    states.move(db, broadcast, BroadcastState.SCHEDULED, now=now)
    put_on_agenda(db, broadcast, due_at=broadcast.due_at or audible(db, broadcast, now))


def audible(db: Session, broadcast: Broadcast, moment: datetime) -> datetime:
    """Return when a broadcast that is meant for ``moment`` may go: not in quiet hours unless it is urgent."""
    house = house_of(db)
    return moment if broadcast.is_urgent else notices.audible(moment, house.zone, house.quiet_hours)


def _ask(db: Session, broadcast: Broadcast, now: datetime) -> Sequence[int]:
    """Let a broadcast await a second cadre; return who was asked, by id."""
    found = approvers(db, broadcast)
    states.move(db, broadcast, BroadcastState.AWAITING_APPROVAL, now=now)
    author = db.get_one(Person, broadcast.author_id)
    about = {"broadcast_id": broadcast.id, "version": broadcast.run}
    for person_id in found:
        notices.tell(
            db,
            "broadcasts/please_approve",
            to=person_id,
            cause=f"broadcast-approval:{broadcast.id}:{broadcast.run}:{person_id}",
            now=now,
            choices=(Choice(label=label("look_at_it"), go="broadcasts.review", fill=about),),
            name=author.name,
            words=broadcast.audience_words,
            count=broadcast.people,
            is_urgent=broadcast.is_urgent,
        )
    return found
