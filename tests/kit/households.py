"""Households of a village, as an import leaves them."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.visits import households
from db.models import NEVER, Household, Person, Unit
from tests.kit.talk import MORNING


def household(
    db: Session,
    unit: Unit,
    address: str,
    holder: str = "",
    *,
    mobile: str = "",
    contact: Person | None = None,
    seen_at: datetime = NEVER,
) -> Household:
    """Put a household on the list of a unit."""
    made = Household(unit_id=unit.id or 0, address_sealed="", address_blind="", seen_at=seen_at, created_at=MORNING)
    households.set_address(db, made, address)
    households.set_holder(made, holder)
    households.set_mobile(db, made, mobile)
    made.contact_id = contact.id if contact else None
    db.add(made)
    db.flush()
    return made
