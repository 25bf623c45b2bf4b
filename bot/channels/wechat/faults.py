"""What WeChat's error codes mean for a message, and for everything else that would be sent the same way.

Its answers are 200 for errors too, also where a file was asked for. Codes and their meanings:
https://developers.weixin.qq.com/doc/service/guide/dev/error_code.html
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class WechatError(Exception):
    """WeChat refused a call; ``code`` is its own number for why."""

    def __init__(self, code: int, said: str = "") -> None:
        """Keep the code, and what was said about it for whoever reads logs."""
        super().__init__(f"errcode {code} {said}"[:120].strip())
        self.code = code


class Meaning(StrEnum):
    """What is to be done about a refusal."""

    STALE_TOKEN = "stale_token"  # noqa: S105  # no secret, a kind of error
    """Read the token anew and try once more."""

    BUSY = "busy"
    """Try again later; certainly not sent."""

    SLOW_DOWN = "slow_down"
    """Everybody waits a minute."""

    NO_RIGHT = "no_right"
    """This person may not be written to this way now."""

    NO_GRANT = "no_grant"
    """This person no longer wishes to hear of this."""

    LEFT = "left"
    """This person does not follow the account any more."""

    NOBODY = "nobody"
    """There is no such person for this account."""

    OUR_FAULT = "our_fault"
    """A template or a message is wrong: somebody has to mend it."""

    SPENT = "spent"
    """The day's calls are used up."""

    SHUT = "shut"
    """The account may not do this at all, not from this address, or not with this secret."""

    GONE_MEDIA = "gone_media"
    """A file WeChat kept is not there any more."""


MEANINGS: Mapping[int, Meaning] = {
    40001: Meaning.STALE_TOKEN,
    40014: Meaning.STALE_TOKEN,
    42001: Meaning.STALE_TOKEN,
    -1: Meaning.BUSY,
    45011: Meaning.SLOW_DOWN,
    45015: Meaning.NO_RIGHT,
    45047: Meaning.NO_RIGHT,
    43101: Meaning.NO_GRANT,
    43004: Meaning.LEFT,
    43019: Meaning.LEFT,
    40003: Meaning.NOBODY,
    40037: Meaning.OUR_FAULT,
    47003: Meaning.OUR_FAULT,
    47001: Meaning.OUR_FAULT,
    45002: Meaning.OUR_FAULT,
    45008: Meaning.OUR_FAULT,
    40033: Meaning.OUR_FAULT,
    45009: Meaning.SPENT,
    48001: Meaning.SHUT,
    40164: Meaning.SHUT,
    40013: Meaning.SHUT,
    40125: Meaning.SHUT,
    50002: Meaning.SHUT,
    40200: Meaning.SHUT,
    40007: Meaning.GONE_MEDIA,
}
"""The codes that are known; any other is our fault."""

A_MINUTE = timedelta(minutes=1)
"""How long everybody waits who was too fast."""

_SHUT_FOR = timedelta(hours=1)


def meaning(error: WechatError) -> Meaning:
    """Return what an error means."""
    return MEANINGS.get(error.code, Meaning.OUR_FAULT)


def shut_until(error: WechatError, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return until when nobody needs to try the same again, if the error is about the account and not one person."""
    match meaning(error):
        case Meaning.SPENT:
            tomorrow = now.astimezone(zone).date() + timedelta(days=1)
            return datetime.combine(tomorrow, time(0, 1), zone).astimezone(now.tzinfo)
        case Meaning.SHUT:
            return now + _SHUT_FOR
        case Meaning.SLOW_DOWN:
            return now + A_MINUTE
        case _:
            return None
