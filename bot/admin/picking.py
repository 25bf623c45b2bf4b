"""A unit picked from those somebody may act for."""

from collections.abc import Sequence

from bot.admin.asked import Asked, Misfilled
from bot.domain import units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from db.models import Unit


def offered(visit: Visit, act: Act) -> Sequence[Unit]:
    """Return the units somebody may do something for, in the order of the tree."""
    return units.within(visit.db, visit.reach(act))


def picked(visit: Visit, asked: Asked, act: Act) -> Unit:
    """Return the unit that ``unit_id`` names; raise :class:`Misfilled` when it is none of these."""
    unit_id = asked.id("unit_id")
    unit = next((one for one in offered(visit, act) if one.id == unit_id), None)
    if unit is None:
        raise Misfilled("not_your_scope", "unit_id")
    return unit
