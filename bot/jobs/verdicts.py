"""What becomes of a message whose channel could not send it: another try, and when, or an end with its reason."""

from datetime import datetime, timedelta

from bot.channels.base import Blocked, ChatGone, ChatMoved, InDoubt, Kept, NotYet, RateLimited, Refused, Unrepeatable
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.settling import AWAITED, Settlement
from bot.errors import DeliveryError
from db.models import OutboxKind, OutboxState

_LONGEST_WAIT = timedelta(hours=1)
_MOST_DOUBLINGS = 12
_SOONER = 4
"""How much sooner than others a reply is tried again: the first time after half a second."""

_A_MOMENT = timedelta(seconds=0.2)
_MOST_LOOKS = 50


def judge(parcel: Parcel, error: DeliveryError, *, now: datetime, repeats: bool, has_limits: bool) -> Settlement:
    """Say how a send ended that failed with ``error``.

    A channel that ``repeats`` is not heard twice; one that ``has_limits`` pauses its whole account when it is told to
    be patient.
    """
    reason = f"{type(error).__name__}: {error}"
    match error:
        case Blocked() | ChatGone():
            return Settlement(parcel, OutboxState.FAILED, reason, lost_touch=type(error).__name__)
        case Refused():
            return Settlement(parcel, OutboxState.FAILED, reason)
        case ChatMoved(new_chat=new_chat):
            return Settlement(parcel, OutboxState.PENDING, reason, again_at=now, moved_to=new_chat)
        case InDoubt() if not _may_repeat(parcel, error, repeats=repeats):
            return Settlement(parcel, OutboxState.UNCERTAIN, reason)
        case _:
            again_at = now + _pause(parcel, error)
            pause = again_at if has_limits and isinstance(error, RateLimited) else None
            is_kept = isinstance(error, Kept)
            return Settlement(
                parcel, OutboxState.PENDING, reason, again_at=again_at, pauses_until=pause, is_kept=is_kept
            )


def _pause(parcel: Parcel, error: DeliveryError) -> timedelta:
    """Return how long a message waits: as its platform asked, for its receiver, for a paper, or longer each time."""
    if isinstance(error, RateLimited):
        return timedelta(seconds=error.retry_after)
    if isinstance(error, Kept):
        return AWAITED
    if isinstance(error, NotYet) and parcel.attempts <= _MOST_LOOKS:
        return _A_MOMENT
    doubled = timedelta(seconds=2 ** min(parcel.attempts, _MOST_DOUBLINGS))
    if parcel.kind is OutboxKind.REPLY:  # somebody waits for it
        doubled /= _SOONER
    return min(doubled, _LONGEST_WAIT)


def _may_repeat(parcel: Parcel, error: DeliveryError, *, repeats: bool) -> bool:
    if isinstance(error, Unrepeatable):
        return False
    return parcel.kind is not OutboxKind.BROADCAST or repeats
