"""What a platform does not let an account do for now: one way to speak is shut, the others go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.claims import table_of
from db.models import ShutCapability

_SHUT = table_of(ShutCapability)


@dataclass(frozen=True, slots=True)
class Shut:
    """One thing that is shut, with the platform's own code for it, since and until when."""

    channel: str
    account: str
    capability: str
    code: int
    shut_at: datetime
    until: datetime


def is_open(db: Session, channel: str, account: str, capability: str, *, now: datetime) -> bool:
    """Tell whether something may be tried."""
    return (
        db.execute(select(_SHUT.c.code).where(*_of(channel, account, capability), _SHUT.c.until > now)).first() is None
    )


def shut(
    db: Session, channel: str, account: str, capability: str, *, code: int, until: datetime, now: datetime
) -> bool:
    """Shut something until a moment; tell whether it was open before."""
    was_open = is_open(db, channel, account, capability, now=now)
    db.execute(delete(_SHUT).where(*_of(channel, account, capability)))
    db.add(ShutCapability(channel=channel, account=account, capability=capability, code=code, shut_at=now, until=until))
    db.flush()
    return was_open


def shut_now(db: Session, *, now: datetime) -> Sequence[Shut]:
    """Return everything that is shut, for whoever looks after an installation."""
    rows = db.execute(select(_SHUT).where(_SHUT.c.until > now).order_by(_SHUT.c.channel, _SHUT.c.capability)).all()
    return [Shut(row.channel, row.account, row.capability, row.code, row.shut_at, row.until) for row in rows]


def _of(channel: str, account: str, capability: str):  # noqa: ANN202  # conditions, whose types say nothing
    return _SHUT.c.channel == channel, _SHUT.c.account == account, _SHUT.c.capability == capability
