"""What a platform does not let an account do for now: one way to speak is shut, the others go on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.claims import changed, is_first, table_of
from db.models import ShutCapability

_SHUT = table_of(ShutCapability)
_NAMES = ("channel", "account", "capability", "code", "shut_at", "until")


@dataclass(frozen=True, slots=True)
class Shut:
    """One thing that is shut, with the platform's own code for it, since and until when."""

    channel: str
    account: str
    capability: str
    code: int
    shut_at: datetime
    until: datetime


def closed(db: Session, channel: str, account: str, capability: str, *, now: datetime) -> Shut | None:
    """Return why and until when something may not be tried, ``None`` when it may."""
    mine = select(_SHUT).where(*_of(channel, account, capability), _SHUT.c.until > now)
    row = db.execute(mine).one_or_none()
    return Shut(*(getattr(row, name) for name in _NAMES)) if row else None


def shut(
    db: Session, channel: str, account: str, capability: str, *, code: int, until: datetime, now: datetime
) -> bool:
    """Shut something until a moment, never for less long than it is; tell whether it was open before.

    Of all who do so at once one is told that it was.
    """
    values = {"code": code, "shut_at": now, "until": until}
    key = {"channel": channel, "account": account, "capability": capability}
    if is_first(db, ShutCapability, {**key, **values}, key=tuple(key)):
        return True
    mine = update(_SHUT).where(*_of(channel, account, capability))
    if changed(db, mine.where(_SHUT.c.until <= now).values(**values)):
        return True
    db.execute(mine.where(_SHUT.c.until < until).values(code=code, until=until))
    return False


def reopen(db: Session, channel: str, account: str, *, codes: Collection[int]) -> list[str]:
    """Let what was shut with one of these codes be tried again; return what that is."""
    mine = delete(_SHUT).where(_SHUT.c.channel == channel, _SHUT.c.account == account, _SHUT.c.code.in_(codes))
    return sorted(db.execute(mine.returning(_SHUT.c.capability)).scalars())


def shut_now(db: Session, *, now: datetime) -> Sequence[Shut]:
    """Return everything that is shut, for whoever looks after an installation."""
    rows = db.execute(select(_SHUT).where(_SHUT.c.until > now).order_by(_SHUT.c.channel, _SHUT.c.capability)).all()
    return [Shut(*(getattr(row, name) for name in _NAMES)) for row in rows]


def _of(channel: str, account: str, capability: str):  # noqa: ANN202  # conditions, whose types say nothing
    return _SHUT.c.channel == channel, _SHUT.c.account == account, _SHUT.c.capability == capability
