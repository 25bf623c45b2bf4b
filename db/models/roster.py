"""Who stands on a roster, how they came there, and what each import changed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from db.types import Table, json_column, moment, where_given, word


class MemberKind(StrEnum):
    """As what somebody stands on a roster, and which seats of an activity are theirs."""

    PARTY_MEMBER = "party_member"
    SOCIAL_WORKER = "social_worker"
    VOLUNTEER = "volunteer"


class Category(StrEnum):
    """Where a party member belongs: to the branch of the place, on the move, or in a small private firm."""

    REGULAR = "regular"
    FLOATING = "floating"
    ENTERPRISE = "enterprise"


class MemberState(StrEnum):
    """Whether somebody stands on the roster: ``PENDING`` registered themselves and nobody has confirmed it yet."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"


class Member(Table, table=True):
    """A line of a roster: one person in one branch. Name and phone are the person's."""

    __table_args__ = (Index("ix_member_unit_id_state", "unit_id", "state"), where_given("member", "confirmed_by"))

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    unit_id: int = Field(foreign_key="unit.id")
    kind: MemberKind = word(MemberKind, default=MemberKind.PARTY_MEMBER)
    category: Category = word(Category, default=Category.REGULAR)
    state: MemberState = word(MemberState, default=MemberState.ACTIVE)
    is_probationary: bool = False
    gender: str = Field(default="", max_length=4)
    born_on: date | None = None
    joined_on: date | None = None
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()
    changed_at: datetime = moment()


class RosterImport(Table, table=True):
    """One roster file that was taken in, and by whom; ``undone_at`` when it was taken back."""

    id: int | None = Field(default=None, primary_key=True)
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    file_name: str = Field(default="", max_length=120)
    added: int = 0
    changed: int = 0
    refused: int = 0
    imported_at: datetime = moment()
    undone_at: datetime | None = moment(default=None)


class RosterChange(Table, table=True):
    """What an import did to one person: their row before (``None`` when they are new) and after, phones sealed."""

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="roster_import.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    before: dict[str, Any] | None = Field(default=None, sa_type=json_column())
    after: dict[str, Any] = Field(sa_type=json_column())


class BindingTry(Table, table=True):
    """One try to say who one is, so that nobody can guess their way in; a wrong code is one as well.

    ``name_blind`` finds the tries for one name without the name, ``found_id`` is whom it fitted, if anybody.
    """

    __table_args__ = (
        Index("ix_binding_try_address_id_tried_at", "address_id", "tried_at"),
        Index("ix_binding_try_person_id_tried_at", "person_id", "tried_at"),
        Index("ix_binding_try_name_blind_tried_at", "name_blind", "tried_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id")
    person_id: int = Field(foreign_key="person.id")
    name_blind: str = Field(default="", max_length=64)
    found_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    tried_at: datetime = moment()


class PetitionKind(StrEnum):
    """What somebody asks a secretary for: to be vouched for, listed, moved, renamed, or let act as a proxy."""

    VOUCH = "vouch"
    JOIN = "join"
    MOVE = "move"
    RENAME = "rename"
    PROXY = "proxy"


class PetitionState(StrEnum):
    """What became of it."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Petition(Table, table=True):
    """Something a secretary of ``unit_id`` or above has to say yes or no to.

    ``sealed`` are the details, such as a name and a phone, which nobody can read in the database.
    """

    __table_args__ = (
        Index("ix_petition_person_id_kind_state", "person_id", "kind", "state"),
        Index("ix_petition_state_id", "state", "id"),
        where_given("petition", "decided_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: PetitionKind = word(PetitionKind)
    state: PetitionState = word(PetitionState, default=PetitionState.OPEN)
    person_id: int = Field(foreign_key="person.id")
    address_id: int = Field(foreign_key="address.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    sealed: str = Field(default="", max_length=1500)
    reason: str = Field(default="", max_length=200)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    opened_at: datetime = moment()
    decided_at: datetime | None = moment(default=None)


class Consent(Table, table=True):
    """Somebody agreed to a version of what is kept about them."""

    __table_args__ = (UniqueConstraint("person_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    version: str = Field(max_length=20)
    given_at: datetime = moment()


class ProxyState(StrEnum):
    """Where a proxy stands: asked for, agreed to by both sides, or over."""

    ASKED = "asked"
    ACTIVE = "active"
    ENDED = "ended"


class Proxy(Table, table=True):
    """Somebody (``agent``) who may answer for an elder (``principal``), with the consent of both.

    ``relation`` is how they call it (a daughter, say); ``confirmed_by`` is the elder or their secretary.
    """

    __table_args__ = (where_given("proxy", "confirmed_by"),)

    id: int | None = Field(default=None, primary_key=True)
    principal_id: int = Field(foreign_key="person.id", index=True)
    agent_id: int = Field(foreign_key="person.id", index=True)
    relation: str = Field(default="", max_length=20)
    state: ProxyState = word(ProxyState, default=ProxyState.ASKED)
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    asked_at: datetime = moment()
    confirmed_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)


class CodePurpose(StrEnum):
    """What a short code or its QR opens."""

    INVITE = "invite"
    POSTER = "poster"
    VENUE = "venue"
    SESSION_VENUE = "session_venue"
    STATION = "station"
    HOUSEHOLD = "household"


class Code(Table, table=True):
    """A random code people scan or type. It is found by its digest; ``sealed`` is what a poster prints again.

    ``subject_id`` is what it opens: a person for an invite, else an activity, a study session, a place or a household.
    """

    __table_args__ = (
        Index("ix_code_purpose_subject_id", "purpose", "subject_id"),
        where_given("code", "made_by"),
        where_given("code", "used_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    purpose: CodePurpose = word(CodePurpose)
    subject_id: int
    blind: str = Field(max_length=64, unique=True)
    sealed: str = Field(max_length=200)
    made_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()
    expires_at: datetime | None = moment(default=None)
    used_at: datetime | None = moment(default=None)
    used_by: int | None = Field(default=None, foreign_key="person.id")
