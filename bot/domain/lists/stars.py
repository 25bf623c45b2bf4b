"""Sheets of stars within the reach of whoever looks; and one with everybody on it by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import Line, Listing, Order
from bot.domain.stars import sheets
from bot.domain.stars.sheets import Rated
from db.models import StarSheet, StarState, Unit


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A sheet in a list: of which branch."""

    sheet: StarSheet
    unit: str


def listing(visit: Visit, filters: dict[str, str]) -> Listing[SheetRow]:
    """Return the sheets of one's branches, the newest year first; ``state`` narrows them down."""
    rows = select(StarSheet, col(Unit.name)).join(Unit, col(Unit.id) == col(StarSheet.unit_id))
    chosen = rows.where(units.in_subtrees(visit.reach(Act.KEEP_POINTS)))
    if filters.get("state", "") in set(StarState):
        chosen = chosen.where(col(StarSheet.state) == StarState(filters["state"]))
    orders = {"year": Order(col(StarSheet.year), col(StarSheet.id), falls=True)}

    def read(_db: Session, found: Sequence[Line]) -> Sequence[SheetRow]:
        return [SheetRow(*one[:2]) for one in found]

    return Listing(chosen, orders, read)


def sight(visit: Visit, sheet_id: int) -> tuple[SheetRow, Sequence[Rated]]:
    """Return a sheet with everybody on it; raise :class:`DomainError` when it is not theirs to keep."""
    sheet = sheets.for_keeper(visit.db, sheet_id, visit.person)
    audit.note(visit.db, "stars.look", f"stars:{sheet.id}", actor_id=visit.person.id, now=visit.now)
    return SheetRow(sheet, visit.db.get_one(Unit, sheet.unit_id).name), sheets.rated(visit.db, sheet)
