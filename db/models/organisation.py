"""The organisation tree: every audience and permission is a part of it."""

from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from db.types import Table, in_byte_order, word


class UnitKind(StrEnum):
    """What a node of the tree is."""

    COMMITTEE = "committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    GROUP = "group"
    VILLAGE = "village"
    GRID = "grid"
    CENTRE = "centre"


class Unit(Table, table=True):
    """A node of the tree. ``path`` is the ids from the root, such as ``/1/4/``, so that a subtree is a prefix."""

    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80, index=True)
    kind: UnitKind = word(UnitKind)
    parent_id: int | None = Field(default=None, foreign_key="unit.id")
    path: str = Field(default="", max_length=200, index=True, sa_type=in_byte_order(200))
