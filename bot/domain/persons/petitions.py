"""What a secretary is asked to say yes or no to: written down, told to the nearest, decided once."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, units
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.errors import DomainError
from content.words import label
from db.claims import changed, table_of
from db.models import Address, Grant, OutboxKind, Petition, PetitionKind, PetitionState, Unit

_PETITION = table_of(Petition)
_MOST_OPEN = 20
_BY_NAME = {PetitionKind.PROXY, PetitionKind.VOUCH}


def open_one(
    db: Session, kind: PetitionKind, unit: Unit | None, *, address: Address, details: Mapping[str, str], now: datetime
) -> Petition | None:
    """Write a petition for the nearest secretary, once while one of its kind is open.

    About several elders, and under several names, one may ask at a time, each once: what one may ask must not depend
    on who stands on a roster, and whoever mistyped their name asks again.
    Returns ``None`` when nobody can be asked. The caller lets :func:`ask` tell whoever may decide.
    """
    before = standing(db, kind, address.person_id, details["name"] if kind in _BY_NAME else "")
    if before:
        return before
    unit = _with_secretary(db, unit)
    if unit is None:
        return None
    made = Petition(
        kind=kind,
        person_id=address.person_id,
        address_id=address.id or 0,
        unit_id=unit.id or 0,
        sealed=house_of(db).keys.seal(json.dumps(dict(details), ensure_ascii=False)),
        opened_at=now,
    )
    db.add(made)
    db.flush()
    return made


def ask(db: Session, template: str, *, petition: Petition, now: datetime, **values: object) -> None:
    """Tell whoever may decide a new petition, with what they may say to it."""
    notices.tell_all(
        db,
        template,
        to=_deciders(db, petition),
        cause=f"petition:{petition.id}",
        now=now,
        kind=OutboxKind.NOTICE,
        due_at=now,
        choices=to_decide(petition),
        attachments=(),
        **values,
    )


def _deciders(db: Session, petition: Petition) -> list[int]:
    """Return whom to tell of a new petition; nobody where too many wait already: they stand in the secretary's list."""
    others = select(_PETITION.c.id).where(
        _PETITION.c.unit_id == petition.unit_id,
        _PETITION.c.state == PetitionState.OPEN,
        _PETITION.c.kind == petition.kind,
        _PETITION.c.id != petition.id,
    )
    if len(db.execute(others.limit(_MOST_OPEN)).all()) >= _MOST_OPEN:
        return []
    return access.responsible(db, access.Act.KEEP_ROSTER, db.get_one(Unit, petition.unit_id))


def to_decide(petition: Petition) -> tuple[Choice, ...]:
    """Return what a secretary may say to a petition."""
    fill = {"petition_id": petition.id}
    if petition.kind is PetitionKind.VOUCH:
        yes = Choice(label=label("it_is_them"), go="identity.vouch", fill=fill)
        return (yes, Choice(label=label("it_is_not_them"), go="identity.refuse", fill=fill))
    if petition.kind is PetitionKind.JOIN:
        yes = Choice(label=label("agree"), go="joining.accept", fill=fill)
    elif petition.kind is PetitionKind.PROXY:
        yes = Choice(label=label("agree"), go="proxies.confirm", fill=fill)
    else:
        yes = Choice(label=label("agree"), go="identity.grant", fill=fill)
    return (yes, Choice(label=label("disagree"), go="identity.refuse", fill=fill))


def standing(db: Session, kind: PetitionKind, person_id: int, name: str = "") -> Petition | None:
    """Return somebody's open petition of a kind; with a name, the one that is about that name."""
    mine = (col(Petition.person_id) == person_id, col(Petition.kind) == kind)
    found = select(Petition).where(*mine, col(Petition.state) == PetitionState.OPEN)
    open_ones = db.execute(found.order_by(col(Petition.id))).scalars()
    key = people.name_key(name)
    return next((one for one in open_ones if not key or people.name_key(details(db, one)["name"]) == key), None)


def waiting_for(db: Session, person_id: int) -> Sequence[Petition]:
    """Return the open petitions somebody may decide, the oldest first."""
    person = people.by_id(db, person_id)
    mine = units.in_subtrees(access.reach(db, person, access.Act.KEEP_ROSTER))
    chosen = select(Petition).join(Unit, col(Unit.id) == col(Petition.unit_id))
    open_ones = chosen.where(col(Petition.state) == PetitionState.OPEN, mine)
    return db.execute(open_ones.order_by(col(Petition.id))).scalars().all()


def for_secretary(db: Session, petition_id: int, person_id: int) -> Petition:
    """Return an open petition to who may decide it; raise :class:`DomainError` when they may not, or it is decided."""
    petition = db.get(Petition, petition_id)
    unit = db.get(Unit, petition.unit_id) if petition else None
    if petition is None or not access.may(db, people.by_id(db, person_id), access.Act.KEEP_ROSTER, unit):
        raise DomainError("access/not_yours")
    if petition.state is not PetitionState.OPEN:
        raise DomainError("identity/decided_already")
    return petition


def details(db: Session, petition: Petition) -> dict[str, str]:
    """Return what somebody wrote into a petition."""
    return cast("dict[str, str]", json.loads(house_of(db).keys.open(petition.sealed))) if petition.sealed else {}


def decide(
    db: Session, petition: Petition, state: PetitionState, *, by_id: int, now: datetime, reason: str = ""
) -> None:
    """Decide a petition once; raise :class:`DomainError` when somebody was quicker."""
    still = (_PETITION.c.id == petition.id, _PETITION.c.state == PetitionState.OPEN)
    values = {"state": state, "decided_by": by_id, "decided_at": now, "reason": reason[:200]}
    if not changed(db, update(_PETITION).where(*still).values(**values)):
        raise DomainError("identity/decided_already")
    db.refresh(petition)
    audit.note(db, f"identity.{petition.kind}.{state}", f"petition:{petition.id}", actor_id=by_id, now=now)


def withdraw(db: Session, kind: PetitionKind, person_id: int, *, now: datetime) -> None:
    """Let nobody decide any more what somebody has asked for and does not need now."""
    still = (_PETITION.c.kind == kind, _PETITION.c.person_id == person_id, _PETITION.c.state == PetitionState.OPEN)
    db.execute(update(_PETITION).where(*still).values(state=PetitionState.WITHDRAWN, decided_at=now))


def _with_secretary(db: Session, unit: Unit | None) -> Unit | None:
    """Return the unit, if anybody up the tree can be asked, else any unit where somebody can: somebody must be."""
    start = unit or units.root(db)
    if start and access.responsible(db, access.Act.KEEP_ROSTER, start):
        return start
    holders = select(Unit).join(Grant, col(Grant.unit_id) == col(Unit.id)).distinct().order_by(col(Unit.id))
    return next(
        (one for one in db.execute(holders).scalars() if access.responsible(db, access.Act.KEEP_ROSTER, one)), None
    )
