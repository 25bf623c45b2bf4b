"""What went wrong in the library's words becomes a delivery error, the most telling first.

``BadRequest`` and ``TimedOut`` are kinds of ``NetworkError``, so they are looked at before it.

Every answer from 500 on is in doubt. A 502 or 504 comes from a gateway that gave up waiting while the call went on
behind it. A 500 says that Telegram broke, not how far it had come, and a 503 may be any server's on the way. In doubt
costs at most a reply said twice; taking one of them for "not sent" could say a broadcast twice to everybody.
"""

import warnings
from datetime import timedelta

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


class FloodWait(TelegramError):
    """Too fast; ``seconds`` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        """Keep how long to wait."""
        super().__init__(f"Too many requests, wait {seconds} s")
        self.seconds = seconds


class NeverSent(NetworkError):
    """Certainly not sent: there was no connection to send it over."""


class TooLarge(NetworkError):
    """The server does not take so large a request."""

    def __init__(self) -> None:
        """Say it as Telegram does."""
        super().__init__("Request Entity Too Large")


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
        case NeverSent():
            trouble = TryLater(reason)
        case TooLarge():
            trouble = Refused(reason)
        case TimedOut() | NetworkError() | _:
            trouble = InDoubt(reason)
    return trouble


def _refusal(reason: str) -> DeliveryError:
    said = reason.casefold()
    if any(words in said for words in _GONE):
        return ChatGone(reason)
    if any(words in said for words in _SILENCED):
        return Blocked(reason)
    return Refused(reason)


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():  # the library warns that the type of this will change; both are taken here
        warnings.simplefilter("ignore")
        given: int | timedelta = error.retry_after
    return given.total_seconds() if isinstance(given, timedelta) else float(given)
