"""People, the places where they can be reached, and what they may do where."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from db.types import Table, in_byte_order, moment, word


class Role(StrEnum):
    """What somebody does for a unit and all below it."""

    SECRETARY = "secretary"
    CADRE = "cadre"
    GRID_WORKER = "grid_worker"
    EDITOR = "editor"
    ADMIN = "admin"


class Person(Table, table=True):
    """Anyone who talks or stands on a roster. Name, phone and unit are unknown until told.

    The phone is sealed; it is found by its digest, and by that of its last four digits. ``name_key`` is the name as it
    is looked up. Husband and wife may share a phone.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(default="", max_length=60)
    name_key: str = Field(
        default="", max_length=60, index=True, sa_type=in_byte_order(60), sa_column_kwargs={"server_default": ""}
    )
    mobile_sealed: str = Field(default="", max_length=200)
    mobile_blind: str | None = Field(default=None, max_length=64, index=True)
    last_four_blind: str | None = Field(default=None, max_length=64, index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    created_at: datetime = moment()


UNREACHABLE = text("unreachable != ''")
"""Addresses that cannot be reached, as the index that holds them says it."""


class Address(Table, table=True):
    """One place to reach a person. ``unreachable`` is why pushes stopped, empty while they work."""

    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        Index("ix_address_left", "last_seen_at", postgresql_where=UNREACHABLE, sqlite_where=UNREACHABLE),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(max_length=20)
    account: str = Field(max_length=64)
    external_id: str = Field(max_length=128)
    person_id: int = Field(foreign_key="person.id", index=True)
    unreachable: str = Field(default="", max_length=40)
    last_seen_at: datetime = moment()


class Grant(Table, table=True):
    """A role of one person in one unit's subtree."""

    __table_args__ = (UniqueConstraint("person_id", "role", "unit_id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: Role = word(Role)
    unit_id: int = Field(foreign_key="unit.id", index=True)
