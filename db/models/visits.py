"""Households, the member who keeps in touch with each, and the visits they were paid."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from db.types import Table, in_byte_order, json_column, moment, where_given

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a household was seen that never was: before all others, so that the longest unseen come first by one index."""

NOBODYS = text("contact_id IS NULL")
"""Households nobody keeps in touch with, as the index that holds them says it."""


class Household(Table, table=True):
    """A household of a village or grid. ``contact_id`` is who keeps in touch with it, ``holder`` the householder.

    Address and phone are sealed and found by their digests; an address is given once in a unit. ``seen_at`` is when it
    was visited last, :data:`NEVER` before.
    """

    __table_args__ = (
        UniqueConstraint("unit_id", "address_blind"),
        Index("ix_household_unit_id_seen_at", "unit_id", "seen_at", "id"),
        Index("ix_household_contact_id_seen_at", "contact_id", "seen_at", "id"),
        Index("ix_household_seen_at", "seen_at", "id"),
        Index("ix_household_nobodys", "unit_id", "id", postgresql_where=NOBODYS, sqlite_where=NOBODYS),
        where_given("household", "mobile_blind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    address_sealed: str = Field(max_length=400)
    address_blind: str = Field(max_length=64)
    holder: str = Field(default="", max_length=30)
    holder_key: str = Field(default="", max_length=60, index=True, sa_type=in_byte_order(60))
    mobile_sealed: str = Field(default="", max_length=200)
    mobile_blind: str | None = Field(default=None, max_length=64)
    contact_id: int | None = Field(default=None, foreign_key="person.id")
    seen_at: datetime = moment(default=NEVER)
    created_at: datetime = moment()


class Resident(Table, table=True):
    """Who has shown, by a code a cadre or their contact gave them, that a household is theirs."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    since: datetime = moment()


class ContactCard(Table, table=True):
    """Whether somebody who keeps in touch with households lets these have their phone number, as they were asked."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    shows_mobile: bool = False
    told_at: datetime = moment()


class Visit(Table, table=True):
    """A visit to a household, which was ``unit_id``'s then. The note is sealed; ``files`` are ids of photos.

    A household that is deleted leaves its visits behind as mere counts.
    """

    __table_args__ = (
        Index("ix_visit_unit_id_visited_at", "unit_id", "visited_at", "household_id"),
        Index("ix_visit_visitor_id_visited_at", "visitor_id", "visited_at"),
        Index("ix_visit_household_id_visited_at", "household_id", "visited_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    household_id: int | None = Field(default=None, foreign_key="household.id")
    unit_id: int = Field(foreign_key="unit.id")
    visitor_id: int = Field(foreign_key="person.id")
    kind: str = Field(max_length=24)
    note_sealed: str = Field(default="", max_length=1200)
    files: list[Any] = Field(default_factory=list, sa_type=json_column())
    visited_at: datetime = moment()


class HouseholdImport(Table, table=True):
    """One list of households that was taken in, and by whom; ``undone_at`` when it was taken back."""

    id: int | None = Field(default=None, primary_key=True)
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    file_name: str = Field(default="", max_length=120)
    added: int = 0
    changed: int = 0
    refused: int = 0
    imported_at: datetime = moment()
    undone_at: datetime | None = moment(default=None)


class HouseholdChange(Table, table=True):
    """What an import did to one household: its row before (``None`` when it is new) and after, phones sealed."""

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="household_import.id", index=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    before: dict[str, Any] | None = Field(default=None, sa_type=json_column())
    after: dict[str, Any] = Field(sa_type=json_column())
