"""Links that open one thing for one person, for a while: a file, the whole of a long message, a wish to be told."""

import re
from datetime import timedelta

from bot.clock import Clock
from bot.keys import Keys, same

LIFETIME = timedelta(days=3)
_STEP = 3600
"""Seconds: links that are made shortly after one another are the same, as a reply is that is asked for again."""

_CHECK = 12
_TICKET = re.compile(rf"([0-9]{{1,18}})\.([0-9]{{1,18}})\.([\w-]{{{_CHECK}}})\.([\w-]+)", re.ASCII)


class Tickets:
    """Signs what lets one person open one thing of a kind, which is the name of its page too."""

    def __init__(self, keys: Keys, clock: Clock, *, public_url: str, kind: str = "open") -> None:
        """Links lead to ``public_url``; there are none without it."""
        self._keys = keys
        self._clock = clock
        self._kind = kind
        self.public_url = public_url

    def link(self, subject: int, openid: str) -> str:
        """Return where a thing can be opened by one person, nothing where this server has no address."""
        return f"{self.public_url}/wechat/{self._kind}/{self.ticket(subject, openid)}" if self.public_url else ""

    def ticket(self, subject: int, openid: str) -> str:
        """Return what stands at the end of such a link; whose it is cannot be read from it."""
        until = int((self._clock.now() + LIFETIME).timestamp()) // _STEP * _STEP
        what = f"{subject}.{until}"
        return f"{what}.{self._check(what)}.{self._keys.sign(f'wechat-{self._kind}', f'{what}.{openid}')}"

    def is_current(self, ticket: str) -> bool:
        """Tell whether a ticket is ours, whoever's it is, and not too old: over any other WeChat is not troubled."""
        found = _TICKET.fullmatch(ticket)
        if found is None or not same(self._check(f"{found[1]}.{found[2]}"), found[3]):
            return False
        return int(found[2]) > self._clock.now().timestamp()

    def opened_by(self, ticket: str, openid: str) -> int | None:
        """Return what a ticket opens for somebody, ``None`` when it is not theirs."""
        found = _TICKET.fullmatch(ticket) if self.is_current(ticket) else None
        what = f"{found[1]}.{found[2]}.{openid}" if found else ""
        return int(found[1]) if found and self._keys.signed(f"wechat-{self._kind}", what, found[4]) else None

    def subject(self, ticket: str) -> int:
        """Return what a current ticket is about, whoever's it is."""
        return int(ticket.partition(".")[0])

    def _check(self, what: str) -> str:
        return self._keys.sign(f"wechat-{self._kind}-ticket", what)[:_CHECK]
