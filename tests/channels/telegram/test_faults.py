"""A table of what the library raises and what it means."""

from datetime import timedelta

import pytest
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
from bot.channels.telegram.faults import FloodWait, NeverSent, TooLarge, fault
from bot.errors import DeliveryError

TABLE: list[tuple[TelegramError, type[DeliveryError], str]] = [
    (Forbidden("Forbidden: bot was blocked by the user"), Blocked, "Forbidden: bot was blocked by the user"),
    (
        Forbidden("Forbidden: bot was kicked from the group chat"),
        Blocked,
        "Forbidden: bot was kicked from the group chat",
    ),
    (Forbidden("Forbidden: user is deactivated"), Blocked, "Forbidden: user is deactivated"),
    (BadRequest("Bad Request: chat not found"), ChatGone, "Chat not found"),
    (BadRequest("Bad Request: user not found"), ChatGone, "User not found"),
    (BadRequest("PEER_ID_INVALID"), ChatGone, "PEER_ID_INVALID"),
    (BadRequest("Bad Request: have no rights to send a message"), Blocked, "Have no rights to send a message"),
    (BadRequest("Bad Request: message is too long"), Refused, "Message is too long"),
    (BadRequest("Bad Request: BUTTON_DATA_INVALID"), Refused, "Button_data_invalid"),
    (ChatMigrated(-10055), ChatMoved, "moved to -10055"),
    (FloodWait(3.0), RateLimited, "retry after 3.0 s"),
    (InvalidToken("Unauthorized"), TryLater, "InvalidToken: Unauthorized"),
    (Conflict("terminated by other getUpdates request"), TryLater, "Conflict: terminated by other getUpdates request"),
    (EndPointNotFound("no such method"), TryLater, "EndPointNotFound: no such method"),
    (NeverSent("ClientConnectorError: Connection refused"), TryLater, "ClientConnectorError: Connection refused"),
    (TimedOut(), InDoubt, "Timed out"),
    (NetworkError("ServerDisconnectedError"), InDoubt, "ServerDisconnectedError"),
    (NetworkError("Bad Gateway"), InDoubt, "Bad Gateway"),
    (NetworkError("Internal Server Error (500)"), InDoubt, "Internal Server Error (500)"),
    (NetworkError("Service Unavailable (503)"), InDoubt, "Service Unavailable (503)"),
    (NetworkError("Gateway Timeout (504)"), InDoubt, "Gateway Timeout (504)"),
    (TooLarge(), Refused, "Request Entity Too Large"),
    (TelegramError("Invalid server response"), InDoubt, "Invalid server response"),
]


@pytest.mark.parametrize(("error", "kind", "reason"), TABLE)
def test_an_error_of_the_library_is_translated(error: TelegramError, kind: type[DeliveryError], reason: str) -> None:
    trouble = fault(error, str(error))

    assert (type(trouble), str(trouble)) == (kind, reason)


@pytest.mark.parametrize("seconds", [7, timedelta(seconds=7)])
@pytest.mark.parametrize("new_type", ["true", "false"])
@pytest.mark.filterwarnings("ignore:.*retry_after.*")
def test_how_long_to_wait_is_read_in_both_types_the_library_uses(
    seconds: int | timedelta, new_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", new_type)

    trouble = fault(RetryAfter(seconds), "")

    assert isinstance(trouble, RateLimited)
    assert trouble.retry_after == 7.0


def test_where_a_chat_moved_is_kept() -> None:
    trouble = fault(ChatMigrated(-10055), "")

    assert isinstance(trouble, ChatMoved)
    assert trouble.new_chat == "-10055"
