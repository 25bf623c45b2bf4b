"""What went wrong in the library's words becomes a delivery error, the most telling first.

``BadRequest`` and ``TimedOut`` are kinds of ``NetworkError``, so they are looked at before it.
"""

import warnings
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.base import Blocked, ChatGone, ChatMoved, InDoubt, RateLimited, Refused, TryLater
from bot.errors import DeliveryError

_GONE = ("chat not found", "user not found", "peer_id_invalid", "chat_id_invalid", "group chat was deactivated")
_SILENCED = ("chat_write_forbidden", "have no rights to send a message", "not enough rights to send text messages")
_TOO_LARGE = "entity too large"
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class FloodWait(TelegramError):
    """Too fast; ``seconds`` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        """Keep how long to wait."""
        super().__init__(f"Too many requests, wait {seconds} s")
        self.seconds = seconds


def fault(error: TelegramError, reason: str) -> DeliveryError:
    """Translate an error of the library; ``reason`` is its text without the token."""
    match error:
        case FloodWait():
            trouble = RateLimited(error.seconds)
        case RetryAfter():
            trouble = RateLimited(_seconds(error))
        case Forbidden():
            trouble = Blocked(reason)
        case ChatMigrated():
            trouble = ChatMoved(str(error.new_chat_id))
        case BadRequest():
            trouble = _refusal(reason)
        case Conflict() | InvalidToken() | EndPointNotFound():
            trouble = TryLater(f"{type(error).__name__}: {reason}")
        case NetworkError():
            trouble = _outage(error, reason)
        case _:
            trouble = InDoubt(reason)
    return trouble


def _refusal(reason: str) -> DeliveryError:
    said = reason.casefold()
    if any(words in said for words in _GONE):
        return ChatGone(reason)
    if any(words in said for words in _SILENCED):
        return Blocked(reason)
    return Refused(reason)


def _outage(error: NetworkError, reason: str) -> DeliveryError:
    if isinstance(error, TimedOut) and reason.startswith("Pool timeout"):
        return TryLater("all connections are busy")
    if isinstance(error.__cause__, _NEVER_SENT):
        return TryLater(reason)
    if _TOO_LARGE in reason.casefold():
        return Refused(reason)
    return InDoubt(reason)


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():  # the library warns that the type of this will change; both are taken here
        warnings.simplefilter("ignore")
        given: int | timedelta = error.retry_after
    return given.total_seconds() if isinstance(given, timedelta) else float(given)
