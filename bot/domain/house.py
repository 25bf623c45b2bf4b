"""What every rule may need and no rule should have to be handed: keys, voice, zone, quiet hours, files, ladders."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.files import FileStore
from bot.domain.ladder import Rung
from bot.domain.library import Shelf
from bot.keys import Keys
from content.render import Renderer


@dataclass(frozen=True, slots=True)
class GridDays:
    """Days a report has: to be mended, then again at each step up; to be judged; to be reopened; its photos to be kept.

    No article gives any of them: they are samples an installation sets as its own rules say.
    """

    to_mend: int = 3
    to_mend_above: int = 2
    to_judge: int = 7
    to_reopen: int = 30
    photos: int = 90


@dataclass(frozen=True, slots=True)
class House:
    """The settings the rules live under; it travels with every session as ``session.info["house"]``.

    The ladders are when people are reminded of sessions and activities; ``unasked_a_week`` is how many messages nobody
    asked for one person gets in a week before the rest is gathered into one; ``hours_of_members`` and
    ``hours_of_secretaries`` are the hours of study a year that are meant for them; ``public_url`` is where the
    web chat is reached, if anywhere, and ``wechat_account`` our service account in WeChat, if there is one;
    ``weekly_report`` is when on Mondays units are reported on, if they are. ``own_drafts`` lets people publish the
    entries they wrote themselves, where there is nobody else to; ``shelf`` holds the entries of the database this house
    stands on. ``broadcasts_alone`` is to how many people one cadre may write without a second. One is out of the
    console ``console_stay`` after a log-in, and after doing nothing there for ``console_idle``. ``grid`` are the days
    of reports.
    """

    keys: Keys
    renderer: Renderer
    zone: ZoneInfo
    quiet_hours: tuple[time, time]
    store: FileStore
    session_ladder: tuple[Rung, ...]
    activity_ladder: tuple[Rung, ...]
    unasked_a_week: int
    hours_of_members: float
    hours_of_secretaries: float
    public_url: str = ""
    wechat_account: str = ""
    weekly_report: time | None = time(8, 30)
    own_drafts: bool = False
    shelf: Shelf = field(default_factory=Shelf)
    broadcasts_alone: int = 200
    console_stay: timedelta = timedelta(hours=8)
    console_idle: timedelta = timedelta(minutes=30)
    grid: GridDays = field(default_factory=GridDays)


def today(db: Session, now: datetime) -> date:
    """Return the day it is where the house stands."""
    return now.astimezone(house_of(db).zone).date()


def house_of(db: Session) -> House:
    """Return the house a session belongs to."""
    return db.info["house"]
