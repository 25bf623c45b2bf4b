"""The rungs of a ladder of reminders, as settings have them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_EVENING = time(18, 0)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: so long before the beginning, or on the evening before (``before`` is then nothing)."""

    name: str
    before: timedelta | None

    def moment(self, starts_at: datetime, zone: ZoneInfo) -> datetime:
        """Return when the rung falls due, before quiet hours are minded.

        A day before is the same hour of the day before, also where the clocks were changed in between.
        """
        local = starts_at.astimezone(zone)
        if self.before is None:
            moment = datetime.combine(local.date() - timedelta(days=1), _EVENING, zone)
        elif self.before.seconds == 0:
            moment = local - self.before
        else:
            moment = starts_at - self.before
        return moment.astimezone(starts_at.tzinfo)


def ladder_of(text: str) -> tuple[Rung, ...]:
    """Read a ladder as settings have it, such as ``3d,1d,2h`` or ``eve,2h``; raise ``ValueError`` for anything else."""
    return tuple(_rung(word.strip()) for word in text.split(",") if word.strip())


def _rung(word: str) -> Rung:
    if word == "eve":
        return Rung(word, None)
    if not (word[:-1].isascii() and word[:-1].isdigit()) or word[-1] not in _UNITS:
        raise ValueError(f"no rung of a ladder: {word}")
    return Rung(word, timedelta(**{_UNITS[word[-1]]: int(word[:-1])}))
