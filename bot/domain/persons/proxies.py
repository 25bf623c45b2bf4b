"""Who may answer for an elder: with the consent of both sides, each act labelled, until one of them ends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices
from bot.domain.messages import Choice
from bot.domain.persons import identity, members, people, petitions
from bot.errors import DomainError
from content.words import label
from db.models import (
    Address,
    Member,
    MemberState,
    Person,
    Petition,
    PetitionKind,
    PetitionState,
    Proxy,
    ProxyState,
)


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


def ask(db: Session, address: Address, elder_name: str, relation: str, *, own_name: str, now: datetime) -> bool:
    """Ask whether somebody may act for an elder: the elder where they can be reached, else their secretary.

    Tells whether anybody could be asked, and nothing else: whether a name is on a roster is not to be learnt here. A
    name that is none, or that several have, goes to the secretary as well. It counts as a try.
    """
    identity.insist_on_try(db, address, now=now)
    identity.note_try(db, address, now=now, name=elder_name)
    agent = db.get_one(Person, address.person_id)
    if not agent.name:
        people.set_name(agent, own_name)
        db.add(agent)
    elder = _the_elder(db, elder_name)
    if elder is not None and elder.id != agent.id and _between(db, elder.id or 0, agent.id or 0):
        raise DomainError("proxies/asked_already")
    if elder is None or elder.id == agent.id or people.best_address(db, elder.id or 0) is None:
        return _ask_secretary(db, address, elder, elder_name, relation, now)
    proxy = _asked(db, elder, agent, relation, now)
    notices.tell(
        db,
        "proxies/for_elder",
        to=elder.id or 0,
        cause=f"proxy:{proxy.id}:asked",
        now=now,
        choices=_yes_or_no(proxy),
        agent=agent.name,
        relation=relation,
    )
    return True


def consent(db: Session, proxy_id: int, elder: Person, *, now: datetime) -> Proxy:
    """Let the elder say yes themselves; raise :class:`DomainError` when it is not theirs to say, or over."""
    proxy = db.get(Proxy, proxy_id)
    if proxy is None or proxy.principal_id != elder.id:
        raise DomainError("proxies/nothing_to_say")
    _begin(db, proxy, by_id=elder.id or 0, now=now)
    return proxy


def decline(db: Session, proxy_id: int, elder: Person, *, now: datetime) -> None:
    """Let the elder say no; whoever asked is told."""
    proxy = db.get(Proxy, proxy_id)
    if proxy is None or proxy.principal_id != elder.id or proxy.state is not ProxyState.ASKED:
        raise DomainError("proxies/nothing_to_say")
    proxy.state, proxy.ended_at = ProxyState.ENDED, now
    db.add(proxy)
    cause = f"proxy:{proxy.id}:declined"
    notices.tell(db, "proxies/declined", to=proxy.agent_id, cause=cause, now=now, elder=elder.name)


def confirm_for(db: Session, petition: Petition, elder_id: int, *, by: Person, now: datetime) -> Person:
    """Let the secretary say yes for an elder on their roster who has no phone here; return the elder."""
    branch = members.branch_of(db, elder_id)
    if branch is None:
        raise DomainError("access/not_yours")
    access.insist(db, by, access.Act.KEEP_ROSTER, branch)
    petitions.decide(db, petition, PetitionState.GRANTED, by_id=by.id or 0, now=now)
    elder, agent = db.get_one(Person, elder_id), db.get_one(Person, petition.person_id)
    if elder.id == agent.id:
        raise DomainError("proxies/nobodys_own")
    relation = petitions.details(db, petition)["relation"]
    _begin(db, _asked(db, elder, agent, relation, now), by_id=by.id or 0, now=now)
    return elder


def end_all(db: Session, person: Person, *, now: datetime) -> list[Proxy]:
    """End every proxy of somebody and every one they hold, at once; both sides are told. Return what ended."""
    mine = or_(col(Proxy.principal_id) == person.id, col(Proxy.agent_id) == person.id)
    found = select(Proxy).where(mine, col(Proxy.state) != ProxyState.ENDED).order_by(col(Proxy.id))
    ended = list(db.execute(found).scalars())
    for proxy in ended:
        end(db, proxy, by=person, now=now)
    return ended


def end(db: Session, proxy: Proxy, *, by: Person, now: datetime) -> None:
    """End a proxy by the word of either side; the other side is told. It holds from this moment on."""
    if by.id not in {proxy.principal_id, proxy.agent_id}:
        raise DomainError("proxies/nothing_to_say")
    was_active = proxy.state is ProxyState.ACTIVE
    proxy.state, proxy.ended_at = ProxyState.ENDED, now
    db.add(proxy)
    db.flush()
    audit.note(db, "proxies.end", f"proxy:{proxy.id}", actor_id=by.id, now=now)
    other = proxy.agent_id if by.id == proxy.principal_id else proxy.principal_id
    if was_active:
        notices.tell(db, "proxies/ended_by_other", to=other, cause=f"proxy:{proxy.id}:ended", now=now, name=by.name)


def of_both_kinds(db: Session, person: Person) -> list[Proxy]:
    """Return every standing proxy somebody has a part in: those who act for them, then those they act for."""
    return [*agents_of(db, person.id or 0), *principals_of(db, person.id or 0)]


def label_of(db: Session, by_id: int | None, person_id: int) -> str:
    """Return how an act is labelled where it is shown, such as a daughter's; nothing for one's own."""
    if by_id is None or by_id == person_id:
        return ""
    pair = (col(Proxy.principal_id) == person_id, col(Proxy.agent_id) == by_id)
    found = select(col(Proxy.relation)).where(*pair).order_by(col(Proxy.id).desc()).limit(1)
    relation = db.execute(found).scalar_one_or_none()
    return f"（{relation}{label('done_for_them')}）" if relation else ""


def _begin(db: Session, proxy: Proxy, *, by_id: int, now: datetime) -> None:
    if proxy.state is not ProxyState.ASKED:
        raise DomainError("proxies/nothing_to_say")
    proxy.state, proxy.confirmed_by, proxy.confirmed_at = ProxyState.ACTIVE, by_id, now
    db.add(proxy)
    db.flush()
    audit.note(db, "proxies.begin", f"proxy:{proxy.id}", actor_id=by_id, now=now)
    elder, agent = db.get_one(Person, proxy.principal_id), db.get_one(Person, proxy.agent_id)
    cause = f"proxy:{proxy.id}:began"
    notices.tell(db, "proxies/began", to=proxy.agent_id, cause=cause, now=now, elder=elder.name)
    if by_id != proxy.principal_id:
        notices.tell(
            db,
            "proxies/began_for_elder",
            to=proxy.principal_id,
            cause=f"{cause}:elder",
            now=now,
            agent=agent.name,
            relation=proxy.relation,
        )


def _ask_secretary(
    db: Session, address: Address, elder: Person | None, name: str, relation: str, now: datetime
) -> bool:
    agent = db.get_one(Person, address.person_id)
    if petitions.standing(db, PetitionKind.PROXY, address.person_id, name):
        raise DomainError("proxies/asked_already")
    unit = members.branch_of(db, elder.id or 0) if elder else None
    unit = unit or members.branch_of(db, agent.id or 0)
    details = {"name": name, "relation": relation}
    petition = petitions.open_one(db, PetitionKind.PROXY, unit, address=address, details=details, now=now)
    if petition is None:
        return False
    petitions.ask(
        db,
        "proxies/for_secretary",
        petition=petition,
        now=now,
        elder=name,
        agent=agent.name,
        relation=relation,
    )
    return True


def _asked(db: Session, elder: Person, agent: Person, relation: str, now: datetime) -> Proxy:
    standing = _between(db, elder.id or 0, agent.id or 0)
    if standing:
        return standing
    made = Proxy(principal_id=elder.id or 0, agent_id=agent.id or 0, relation=relation[:20], asked_at=now)
    db.add(made)
    db.flush()
    return made


def _between(db: Session, principal_id: int, agent_id: int) -> Proxy | None:
    pair = (col(Proxy.principal_id) == principal_id, col(Proxy.agent_id) == agent_id)
    found = select(Proxy).where(*pair, col(Proxy.state) != ProxyState.ENDED)
    return db.execute(found.order_by(col(Proxy.id))).scalars().first()


def _the_elder(db: Session, name: str) -> Person | None:
    """Return the one member of a name; ``None`` when there is none, or more than one."""
    found = (
        select(Person)
        .join(Member, col(Member.person_id) == col(Person.id))
        .where(col(Person.name_key) == people.name_key(name), col(Member.state) == MemberState.ACTIVE)
    )
    alike = db.execute(found.limit(2)).scalars().all()
    return alike[0] if len(alike) == 1 else None


def _yes_or_no(proxy: Proxy) -> tuple[Choice, ...]:
    fill = {"proxy_id": proxy.id}
    return (
        Choice(label=label("agree"), go="proxies.consent", fill=fill),
        Choice(label=label("disagree"), go="proxies.decline", fill=fill),
    )
