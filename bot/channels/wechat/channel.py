"""One service account: sends parcels by whichever way WeChat leaves open, and fetches what people sent.

The ways, in order: a customer-service message while its receiver has given a right to it; a template they subscribed
to; a template of a service; and, where nothing can be pushed, the box that is shown when they come next. A broadcast
goes into the box at once: WeChat forbids to write to people about what they did not ask for.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.channels.base import InDoubt, Kept, Refused, TryLater, Unrepeatable
from bot.channels.wechat import box, rights, shelf
from bot.channels.wechat.api import Api
from bot.channels.wechat.faults import Meaning, WechatError, meaning
from bot.channels.wechat.inbound import NAME
from bot.channels.wechat.outbound import Link, Part, as_link, parts, together
from bot.channels.wechat.rights import Right
from bot.channels.wechat.routes import Capability, Routes
from bot.channels.wechat.scenes import Scenes
from bot.channels.wechat.templates import Forms
from bot.clock import Clock
from bot.conversation.turn import Traits
from bot.domain.files import LARGEST, FileStore, KeptFile
from bot.domain.outgoing.outbox import LEASE, Parcel
from bot.domain.outgoing.pacing import Limits
from bot.errors import DatabaseUnavailable, DeliveryError
from db.models import OutboxKind
from db.sql import Database

_LONGEST_SEND = 0.75 * LEASE.total_seconds()
_LONGEST_FETCH = 60.0
T = TypeVar("T")


def nowhere(_subject: int, _openid: str) -> str:
    """Tell that something cannot be opened anywhere."""
    return ""


class WeChat:
    """A service account, speaking as its app id and secret say."""

    name = NAME
    traits = Traits(has_buttons=True)
    limits: Limits | None = None
    repeats = False

    def __init__(
        self,
        api: Api,
        *,
        account: str,
        database: Database,
        files: FileStore,
        clock: Clock,
        zone: ZoneInfo,
        link: Callable[[int, str], str],
        whole: Callable[[int, str], str] = nowhere,
        one_time: str = "",
        templates: Forms | None = None,
        subscriptions: Forms | None = None,
    ) -> None:
        """Open one account's way out.

        ``link`` returns where a file can be opened by one person, by both their ids, and ``whole`` where a message of
        ours can be read in full: nothing where it cannot be. ``one_time`` is the template of one-time subscriptions.
        """
        self.account = account
        self.api = api
        self._database = database
        self._files = files
        self._clock = clock
        self.scenes = Scenes(api, database, account=account, clock=clock, zone=zone)
        self._link = link
        self.whole = whole
        self.routes = Routes(
            api,
            account=account,
            database=database,
            clock=clock,
            zone=zone,
            templates=templates or {},
            subscriptions=subscriptions or {},
            one_time=one_time,
        )

    async def stop(self) -> None:
        """Let the connections go."""
        await self.api.close()

    async def send(self, parcel: Parcel) -> str:
        """Say a parcel by the first way that is open and return which that was.

        Raises :class:`Kept` when it lies in the box, :class:`Unrepeatable` when it may have been said and lies there
        too, and whatever else is wrong with this person or all of WeChat.
        """
        try:
            async with asyncio.timeout(_LONGEST_SEND):
                return await self._pushed(parcel)
        except (Kept, Unrepeatable):
            await self._do(partial(box.put, parcel=parcel, now=self._clock.now()))
            raise
        except TimeoutError:
            await self._do(partial(box.put, parcel=parcel, now=self._clock.now()))
            raise Unrepeatable(f"took longer than {_LONGEST_SEND:.0f} s") from None

    async def fetch(self, remote_id: str) -> bytes:
        """Download what somebody sent; WeChat keeps it for three days."""
        try:
            async with asyncio.timeout(_LONGEST_FETCH):
                data = await self.api.download(remote_id)
        except TimeoutError:
            raise TryLater(f"took longer than {_LONGEST_FETCH:.0f} s") from None
        except WechatError as error:
            raise TryLater(str(error)) if meaning(error) is not Meaning.GONE_MEDIA else Refused(str(error)) from None
        if not 0 < len(data) <= LARGEST:
            raise Refused("the file is empty or too large")
        return data

    def link(self, openid: str) -> Link:
        """Return what tells where a file can be opened by one person."""
        return lambda file: self._link(file.id, openid)

    async def _pushed(self, parcel: Parcel) -> str:
        if parcel.kind is OutboxKind.BROADCAST:
            raise Kept("nobody asked for it")
        if await self._said(parcel):
            return Capability.CUSTOM
        if parcel.kind is not OutboxKind.REPLY and (way := await self.routes.by_template(parcel)):
            return way
        raise Kept("there is no right to write to them")

    async def _said(self, parcel: Parcel) -> bool:
        """Say all that is left of a parcel by customer-service messages; tell whether there was a right to each."""
        wanted = {one.file_id for one in parcel.message.attachments}
        found = await self._do(partial(shelf.supplies, row_id=parcel.id, file_ids=wanted, store=self._files))
        link, openid = self.link(parcel.target.chat), parcel.target.chat
        whole = parts(parcel.message, parcel.id, found.files, link, whole=self.whole(parcel.id, openid))
        if not whole:
            raise Refused("there is nothing to send")
        gone = found.parts_gone
        for said in together(whole, after=gone):
            right = await self.routes.right(parcel)
            if right is None or not await self._spoken(parcel, said.part, right, link):
                return False
            gone += said.count
            if gone < len(whole) or gone > said.count:
                await self._do(partial(shelf.note_gone, row_id=parcel.id, parts=gone, now=self._clock.now()))
        return True

    async def _spoken(self, parcel: Parcel, part: Part, right: Right, link: Link) -> bool:
        """Say one part by a right that was taken; tell whether WeChat saw it too."""
        try:
            content = await self._content(part, link)
            return await self.routes.by_custom(parcel, content)
        except DeliveryError as error:
            if not isinstance(error, Unrepeatable):
                target = parcel.target
                await self._do(partial(rights.give_back, account=target.account, openid=target.chat, right=right))
            if part.file and not isinstance(error, InDoubt):  # WeChat may keep it no more: the next try gives it anew
                forgotten = partial(shelf.forget_media, account=self.account, digest=part.file.path.name)
                await self._do(forgotten)
            raise

    async def _content(self, part: Part, link: Link) -> dict[str, object]:
        if part.file is None:
            return {"msgtype": "text", "text": {"content": part.text}}
        try:
            return {"msgtype": part.kind, part.kind: {"media_id": await self._media(part.kind, part.file)}}
        except Refused:  # WeChat does not show it: it can still be opened
            return {"msgtype": "text", "text": {"content": as_link(part.file, part.file.name, link(part.file))}}

    async def _media(self, kind: str, file: KeptFile) -> str:
        """Return where WeChat keeps a file, after giving it once more when that is too long ago."""
        digest = file.path.name
        known = await self._do(partial(shelf.media_id, account=self.account, digest=digest, now=self._clock.now()))
        if known:
            return known
        data = await asyncio.to_thread(file.path.read_bytes)
        kept_as = await self.routes.upload(kind, file, data)
        noted = partial(shelf.note_media, account=self.account, digest=digest, kept_as=kept_as, now=self._clock.now())
        await self._do(noted)
        return kept_as

    async def _do(self, work: Callable[[Session], T]) -> T:
        try:
            return await self._database.do(work)
        except DatabaseUnavailable as error:
            raise TryLater(str(error)) from error
