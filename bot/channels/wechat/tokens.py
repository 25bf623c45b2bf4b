"""The one token all replicas call with: fetched by one of them at a time, kept sealed in the database.

Only ``stable_token`` is asked, in its normal mode: it gives every caller the same token, and a new one in the last five
minutes, while both work. The other way to get a token makes the one before it useless for everybody else, and so would
forcing this one (https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html).
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.channels.base import TryLater
from bot.channels.wechat.faults import WechatError
from bot.clock import Clock
from bot.errors import DatabaseUnavailable, DeliveryError
from bot.keys import Keys
from bot.logs import log
from db.claims import changed, put_if_missing, table_of
from db.models import WechatToken
from db.sql import Database

_AHEAD = timedelta(minutes=4)
_FETCHING = timedelta(seconds=12)
_NEVER_SO_LONG = 2 * _FETCHING
"""A claim that lasts longer was made by a clock that has been set back since; two that differ a little do no harm."""

_PAUSE = 0.1
_TOKEN = table_of(WechatToken)


@dataclass(frozen=True, slots=True)
class Token:
    """A token and until when it is good."""

    text: str
    expires_at: datetime


Fetch = Callable[[], Awaitable[Token]]
"""Asks WeChat for a token; raises a :class:`bot.errors.DeliveryError` or a ``WechatError``."""


class Tokens:
    """Knows the present token."""

    def __init__(self, database: Database, account: str, fetch: Fetch, *, keys: Keys, clock: Clock) -> None:
        """Keep the token of ``account`` in ``database``."""
        self._database = database
        self._account = account
        self._fetch = fetch
        self._keys = keys
        self._clock = clock
        self._known: Token | None = None
        self._one_at_a_time = asyncio.Lock()

    async def current(self, *, bad: str = "") -> str:
        """Return a token that works, other than one WeChat called ``bad``.

        Raises :class:`TryLater` while none can be had, or what fetching raises.
        """
        known = self._known
        if known and self._is_good(known, bad):
            return known.text
        async with self._one_at_a_time:
            if self._known and self._is_good(self._known, bad):
                return self._known.text
            try:
                self._known = await self._agreed(bad)
            except DatabaseUnavailable as error:
                raise TryLater(f"no token: {error}") from error
            return self._known.text

    async def _agreed(self, bad: str) -> Token:
        """Return the token the replicas share, or fetch it if nobody else is doing so."""
        give_up_at = self._clock.now() + _FETCHING
        while self._clock.now() < give_up_at:
            kept = await self._database.do(self._kept, write=False)
            if kept and self._is_good(kept, bad):
                return kept
            if await self._database.do(functools.partial(self._claim, bad)):
                return await self._fetched()
            await asyncio.sleep(_PAUSE)
        raise TryLater("another process did not get a token in time")

    async def _fetched(self) -> Token:
        try:
            token = await self._fetch()
        except (DeliveryError, WechatError):
            await self._database.do(functools.partial(self._put, None))
            raise
        await self._database.do(functools.partial(self._put, token))
        log.info("wechat_token", expires_at=token.expires_at.isoformat())
        return token

    def _is_good(self, token: Token, bad: str) -> bool:
        return token.text != bad and token.expires_at - _AHEAD > self._clock.now()

    def _kept(self, db: Session) -> Token | None:
        found = select(_TOKEN.c.sealed, _TOKEN.c.expires_at).where(_TOKEN.c.account == self._account)
        row = db.execute(found).one_or_none()
        return Token(self._keys.open(row.sealed), row.expires_at) if row and row.sealed else None

    def _claim(self, bad: str, db: Session) -> bool:
        """Be the one that fetches, unless somebody just has; whoever dies meanwhile is followed after a while."""
        now = self._clock.now()
        put_if_missing(db, WechatToken, {"account": self._account, "sealed": ""}, key=("account",))
        until = _TOKEN.c.taken_until
        free = or_(until.is_(None), until <= now, until > now + _NEVER_SO_LONG)
        mine = update(_TOKEN).where(_TOKEN.c.account == self._account, free)
        if changed(db, mine.values(taken_until=now + _FETCHING)) == 0:
            return False
        kept = self._kept(db)
        if kept is None or not self._is_good(kept, bad):
            return True
        self._put(None, db)
        return False

    def _put(self, token: Token | None, db: Session) -> None:
        """Let go of the claim, and keep a token for everybody."""
        kept = {"sealed": self._keys.seal(token.text), "expires_at": token.expires_at} if token else {}
        db.execute(update(_TOKEN).where(_TOKEN.c.account == self._account).values(taken_until=None, **kept))
