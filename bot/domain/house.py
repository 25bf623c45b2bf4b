"""What every rule may need and no rule should have to be handed: keys, voice, zone, quiet hours."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.keys import Keys
from content.render import Renderer


@dataclass(frozen=True, slots=True)
class House:
    """The settings the rules live under; it travels with every session as ``session.info["house"]``."""

    keys: Keys
    renderer: Renderer
    zone: ZoneInfo
    quiet_hours: tuple[time, time]


def house_of(db: Session) -> House:
    """Return the house a session belongs to."""
    return db.info["house"]
