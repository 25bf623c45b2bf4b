"""Who may answer for an elder: with the consent of both sides, each act labelled, until one of them ends it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.errors import DomainError
from db.models import Person, Proxy, ProxyState


@dataclass(frozen=True, slots=True)
class Acting:
    """Whom an act is for, and by whom it is done when that is somebody else (``None`` for oneself)."""

    person: Person
    by_id: int | None = None
    relation: str = ""


def acting_for(db: Session, actor: Person, person_id: int) -> Acting:
    """Return for whom somebody acts; raise :class:`DomainError` unless it is they themselves or they are the proxy."""
    if person_id == actor.id:
        return Acting(actor)
    theirs = (col(Proxy.principal_id) == person_id, col(Proxy.agent_id) == actor.id)
    proxy = db.execute(select(Proxy).where(*theirs, col(Proxy.state) == ProxyState.ACTIVE)).scalars().first()
    if proxy is None:
        raise DomainError("proxies/not_yours")
    return Acting(db.get_one(Person, person_id), actor.id, proxy.relation)


def agents_of(db: Session, person_id: int) -> Sequence[Proxy]:
    """Return the standing proxies of somebody: whatever they are reminded of is told to these people as well."""
    standing = select(Proxy).where(col(Proxy.principal_id) == person_id, col(Proxy.state) == ProxyState.ACTIVE)
    return db.execute(standing.order_by(col(Proxy.id))).scalars().all()


def principals_of(db: Session, person_id: int) -> Sequence[Proxy]:
    """Return for whom somebody may answer."""
    standing = select(Proxy).where(col(Proxy.agent_id) == person_id, col(Proxy.state) == ProxyState.ACTIVE)
    return db.execute(standing.order_by(col(Proxy.id))).scalars().all()
