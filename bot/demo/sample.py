"""Fills a database with an invented village, so that the demo has somebody to talk to."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.demo.wall import Phone
from bot.domain import access, people, units
from bot.domain.outbox import Target
from content.loader import load_yaml
from db.models import Role, Unit, UnitKind

_FILE = Path(__file__).parents[2] / "content" / "samples" / "demo.yaml"


def load_sample(db: Session, *, now: datetime) -> None:
    """Add the sample units and people once; a database that has units is left alone."""
    if units.root(db) is not None:
        return
    for row in _sample()["units"]:
        parent = _unit(db, row["parent"]) if "parent" in row else None
        units.add(db, row["name"], UnitKind(row["kind"]), parent)
    for row in _sample()["people"]:
        _add_person(db, row, now)


def phones() -> Sequence[Phone]:
    """Return the phones on the wall, one a sample person."""
    return [
        Phone(name=row["visitor"], visitor=_visitor(row), title=row["title"], subtitle=row["subtitle"])
        for row in _sample()["people"]
    ]


def _add_person(db: Session, row: dict[str, Any], now: datetime) -> None:
    person, _address = people.known_at(db, Target("web", "web", _visitor(row)), now=now)
    people.set_name(person, row["name"])
    people.set_mobile(db, person, row["mobile"])
    unit = _unit(db, row["unit"]) if "unit" in row else None
    person.unit_id = unit.id if unit else None
    db.add(person)
    if unit and "role" in row:
        access.grant(db, person, Role(row["role"]), unit)


def _unit(db: Session, name: str) -> Unit:
    return db.execute(select(Unit).where(col(Unit.name) == name)).scalar_one()


def _visitor(row: dict[str, Any]) -> str:
    return f"demo-{row['visitor']}"


def _sample() -> dict[str, Any]:
    loaded = load_yaml(_FILE)
    if not isinstance(loaded, dict):
        raise TypeError("demo.yaml must be a mapping")
    return cast("dict[str, Any]", loaded)
