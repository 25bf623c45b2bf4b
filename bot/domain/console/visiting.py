"""Somebody who looks at a page of the console: all a page needs to ask the rules."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain import access
from bot.domain.access import Act
from bot.domain.house import house_of
from bot.domain.library import Library
from db.models import ConsoleStay, Person


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks, in which browser, when, and the transaction they look in."""

    db: Session
    person: Person
    stay: ConsoleStay
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown and typed in."""
        return house_of(self.db).zone

    @property
    def library(self) -> Library:
        """The entries as they are spoken now."""
        return house_of(self.db).shelf.current(self.db)

    def may(self, act: Act) -> bool:
        """Tell whether there is any unit for which they may do something."""
        return bool(access.reach(self.db, self.person, act))

    def reach(self, act: Act) -> list[str]:
        """Return the paths below which they may do something."""
        return access.reach(self.db, self.person, act)
