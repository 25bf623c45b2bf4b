"""How fast Telegram lets one bot send (core.telegram.org/bots/faq, "broadcasting to users")."""

from datetime import timedelta

from bot.domain.outgoing.pacing import Limits, Pace

_SECOND = timedelta(seconds=1)
_PRIVATE = Pace(_SECOND, burst=3)
_GROUP = Pace(timedelta(seconds=61) / 18, burst=3)
"""At most 20 in any minute: two more than the pace at once, and eighteen in the rest of it.

The second more is for sends that are less punctual than their slots.
"""


_MARGIN = 1.01
"""Sends are less punctual than their slots, and whoever makes up for a delay goes a hundredth faster for a while."""


def limits(rate: float, paid_rate: float) -> Limits:
    """Return a bot's limits: ``rate`` messages a second, and ``paid_rate`` broadcasts where they are paid for."""
    return Limits(
        interval=_SECOND * _MARGIN / rate,
        of_chat=_of_chat,
        paid_interval=_SECOND * _MARGIN / paid_rate if paid_rate > 0 else None,
    )


def _of_chat(chat: str) -> Pace:
    return _GROUP if chat.startswith("-") else _PRIVATE
