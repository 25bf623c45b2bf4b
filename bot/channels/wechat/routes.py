"""The ways to speak first: each with its rights, its quota, and its own end when WeChat says no."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.channels.base import Blocked, ChatGone, InDoubt, Kept, RateLimited, Refused, TryLater, Unrepeatable
from bot.channels.wechat import ends, grants, rights
from bot.channels.wechat.api import Api
from bot.channels.wechat.faults import A_MINUTE, MEANINGS, Meaning, WechatError, meaning, shut_until
from bot.channels.wechat.inbound import NAME
from bot.channels.wechat.rights import Right
from bot.channels.wechat.templates import SCENES, Forms, filled, form_for, in_short, role_of, wish_for
from bot.clock import Clock
from bot.domain.files import KeptFile
from bot.domain.outgoing import capabilities
from bot.domain.outgoing.outbox import Parcel
from bot.errors import DatabaseUnavailable
from bot.logs import log
from db.models import OutboxKind
from db.sql import Database

_PATHS = {
    "custom": "/cgi-bin/message/custom/send",
    "template": "/cgi-bin/message/template/send",
    "subscription": "/cgi-bin/message/subscribe/bizsend",
    "one_time": "/cgi-bin/message/template/subscribe",
}
_TRIED_FOR = timedelta(minutes=4, seconds=30)
"""How long a form in doubt is tried again: the wait after that is as long as all before, and WeChat knows it by its
``client_msg_id`` for ten minutes."""

T = TypeVar("T")


class Capability(StrEnum):
    """What WeChat may let an account do or not."""

    CUSTOM = "custom"
    SUBSCRIPTION = "subscription"
    ONE_TIME = "one_time"
    TEMPLATE = "template"
    MEDIA = "media"
    CODES = "codes"


class Routes:
    """Tries one way at a time for one account."""

    def __init__(
        self,
        api: Api,
        *,
        account: str,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        templates: Forms,
        subscriptions: Forms,
        one_time: str,
    ) -> None:
        """``templates`` and ``subscriptions`` are what the operator picked for each kind of service.

        ``one_time`` is the template of one-time subscriptions, if the account has them.
        """
        self._api = api
        self._account = account
        self._database = database
        self._clock = clock
        self._zone = zone
        self._templates = templates
        self._subscriptions = subscriptions
        self._one_time = one_time

    @property
    def lasting(self) -> frozenset[str]:
        """Templates whose wish to be told holds until it is taken back."""
        return frozenset(form.id for form in self._subscriptions.values() if form.is_lasting)

    async def reopen(self) -> list[str]:
        """Let what WeChat refused the account be tried again, as whoever mended it knows; return what that is."""
        codes = [code for code, means in MEANINGS.items() if means is Meaning.SHUT]
        return await self._do(partial(capabilities.reopen, channel=NAME, account=self._account, codes=codes))

    async def right(self, parcel: Parcel) -> Right | None:
        """Take a right to write to somebody, if there is one and customer-service messages are not shut."""
        return await self._do(partial(self._right, parcel))

    async def by_custom(self, parcel: Parcel, content: Mapping[str, Any]) -> bool:
        """Send one customer-service message; tell whether WeChat allowed it.

        Nothing tells it apart from the same message sent twice, so one in doubt is not sent again.
        """
        try:
            await self._api.call(_PATHS["custom"], {"touser": parcel.target.chat, **content})
        except InDoubt as error:
            raise Unrepeatable(str(error)) from error
        except WechatError as error:
            await self._mind(parcel, Capability.CUSTOM, error)
            return False
        return True

    async def by_template(self, parcel: Parcel) -> Capability | None:
        """Send what a template can say of a message; return which kind took it, ``None`` when none can or may."""
        message = parcel.message
        subscribed = form_for(self._subscriptions, message)
        fields = filled(subscribed, message, self._zone) if subscribed else None
        if subscribed and fields:
            body: dict[str, Any] = {"template_id": subscribed.id, "data": fields}
            if await self._by_wish(parcel, Capability.SUBSCRIPTION, body, subscribed.id):
                return Capability.SUBSCRIPTION
        role = role_of(message.template)
        if role and self._one_time:
            body = {"template_id": self._one_time, "scene": str(SCENES[role]), **in_short(message)}
            if await self._by_wish(parcel, Capability.ONE_TIME, body, wish_for(role)):
                return Capability.ONE_TIME
        usual = form_for(self._templates, message)
        fields = filled(usual, message, self._zone) if usual else None
        if usual and fields:
            body = {"template_id": usual.id, "data": fields, "client_msg_id": f"hongyan-{parcel.id}"}
            if await self._refused(parcel, Capability.TEMPLATE, body) is None:
                return Capability.TEMPLATE
        return None

    async def upload(self, kind: str, file: KeptFile, data: bytes) -> str:
        """Have WeChat keep a file for a while; raise :class:`TryLater` where it does not now."""
        if not await self._do(partial(self._is_open, capability=Capability.MEDIA)):
            raise TryLater("no files for now")
        name = f"file.{file.media_type.rpartition('/')[2]}"
        try:
            return await self._api.upload(kind, name, data, file.media_type)
        except InDoubt as error:  # a file that was kept twice harms nobody
            raise TryLater(str(error)) from error
        except WechatError as error:
            await self._shut(Capability.MEDIA, error)
            if meaning(error) is Meaning.OUR_FAULT:
                raise Refused(str(error)) from None
            raise TryLater(str(error)) from None

    async def _by_wish(self, parcel: Parcel, way: Capability, body: Mapping[str, Any], wish: str) -> bool:
        """Send by a wish of its receiver's, if there is one; one that was certainly not sent by stays theirs."""
        target = parcel.target
        whose = {"account": target.account, "openid": target.chat, "template_id": wish}
        if not await self._do(partial(grants.use, **whose)):
            return False
        back = partial(grants.give_back, **whose, now=self._clock.now())
        try:
            refused = await self._refused(parcel, way, body)
        except (TryLater, RateLimited):
            await self._do(back)
            raise
        if refused:
            await self._do(partial(grants.take_back, **whose) if refused is Meaning.NO_GRANT else back)
        return refused is None

    async def _refused(self, parcel: Parcel, way: Capability, body: Mapping[str, Any]) -> Meaning | None:
        """Send a form; return why it certainly was not sent, ``None`` when it was."""
        if not await self._do(partial(self._is_open, capability=way)):
            return Meaning.SHUT
        try:
            answer = await self._api.call(_PATHS[way], {"touser": parcel.target.chat, **body})
        except InDoubt as error:
            if way is Capability.TEMPLATE and self._is_new(parcel):
                raise TryLater(str(error)) from error
            raise Unrepeatable(str(error)) from error
        except WechatError as error:
            await self._mind(parcel, way, error)
            return meaning(error)
        if number := str(answer.get("msgid", "")):
            await self._note_number(parcel, number)
        return None

    def _is_new(self, parcel: Parcel) -> bool:
        """Tell whether another try would still be known to WeChat for the same message."""
        now = self._clock.now()
        return now - (parcel.due_at or now) < _TRIED_FOR

    async def _note_number(self, parcel: Parcel, number: str) -> None:
        """Keep under which number a message went; raise :class:`Kept` where WeChat has said that it did not arrive."""
        noted = partial(
            ends.note_number, account=self._account, number=number, outbox_id=parcel.id, now=self._clock.now()
        )
        try:
            trouble = await self._database.do(noted)
        except DatabaseUnavailable as error:  # it went: to send it again would be worse than not to hear of its end
            log.warning("wechat_number_not_noted", outbox_id=parcel.id, reason=str(error))
            return
        if trouble:
            raise Kept(f"not delivered: {trouble}")

    async def _mind(self, parcel: Parcel, way: Capability, error: WechatError) -> None:
        """Draw the consequence of a refusal, and return where another way may be tried."""
        target, now = parcel.target, self._clock.now()
        log.warning("wechat_said_no", way=way, code=error.code, outbox_id=parcel.id)
        match meaning(error):
            case Meaning.BUSY | Meaning.STALE_TOKEN | Meaning.GONE_MEDIA:
                raise TryLater(str(error))
            case Meaning.SLOW_DOWN:
                await self._shut(way, error)
                raise RateLimited(A_MINUTE.total_seconds())
            case Meaning.LEFT:
                raise Blocked(str(error))
            case Meaning.NOBODY:
                raise ChatGone(str(error))
            case Meaning.NO_RIGHT:
                await self._do(partial(rights.shut, account=target.account, openid=target.chat, now=now))
            case Meaning.SPENT | Meaning.SHUT:
                await self._shut(way, error)
            case Meaning.OUR_FAULT:
                log.error("wechat_template_wrong", way=way, code=error.code, template=parcel.message.template)
            case Meaning.NO_GRANT:
                return

    async def _shut(self, capability: Capability, error: WechatError) -> None:
        now = self._clock.now()
        until = shut_until(error, now, self._zone)
        if until is None:
            return
        shut = partial(
            capabilities.shut,
            channel=NAME,
            account=self._account,
            capability=capability,
            code=error.code,
            until=until,
            now=now,
        )
        if await self._do(shut):
            log.error("wechat_shut", capability=capability, code=error.code, until=until.isoformat())

    def _right(self, parcel: Parcel, db: Session) -> Right | None:
        if not self._is_open(db, Capability.CUSTOM):
            return None
        is_reply = parcel.kind is OutboxKind.REPLY
        return rights.take(db, self._account, parcel.target.chat, is_reply=is_reply, now=self._clock.now())

    def _is_open(self, db: Session, capability: Capability) -> bool:
        """Tell whether a way may be tried; raise :class:`RateLimited` where it may in a moment."""
        now = self._clock.now()
        shut = capabilities.closed(db, NAME, self._account, capability, now=now)
        if shut and MEANINGS.get(shut.code) is Meaning.SLOW_DOWN:
            raise RateLimited((shut.until - now).total_seconds())
        return shut is None

    async def _do(self, work: Callable[[Session], T]) -> T:
        try:
            return await self._database.do(work)
        except DatabaseUnavailable as error:
            raise TryLater(str(error)) from error
