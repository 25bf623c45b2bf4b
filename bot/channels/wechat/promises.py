"""Turns whose reply was promised before they were done: written down, and taken by whoever is there."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel, ConfigDict
from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from bot.channels.base import Answering
from bot.channels.wechat.inbound import NAME
from bot.clock import Clock
from bot.conversation.turn import Inbound
from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from bot.errors import DatabaseUnavailable
from db.claims import put_if_missing, table_of
from db.models import FileKind, WechatPromise
from db.sql import Database

_OVERDUE = timedelta(seconds=30)
_EVERY = 10.0
_AT_ONCE = 20
_PROMISE = table_of(WechatPromise)
_KEY = ("account", "openid", "message_id")
log = structlog.get_logger()


class _File(BaseModel):
    kind: FileKind
    remote_id: str
    media_type: str


class _Said(BaseModel):
    """What an inbound said, as it is written down."""

    model_config = ConfigDict(frozen=True)

    sent_at: datetime
    text: str = ""
    button: str = ""
    files: tuple[_File, ...] = ()
    pin: Pin | None = None


class Promises:
    """The notebook in the database."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Write down in ``database``."""
        self._database = database
        self._clock = clock

    async def keep(self, inbound: Inbound) -> None:
        """Write a turn down, once."""
        said = _Said.model_validate(inbound, from_attributes=True).model_dump(mode="json")
        values = {**_key(inbound), "inbound": said, "made_at": self._clock.now()}
        await self._database.do(lambda db: put_if_missing(db, WechatPromise, values, key=_KEY))

    async def drop(self, inbound: Inbound) -> None:
        """Forget a turn that was taken."""
        mine = and_(*(_PROMISE.c[name] == value for name, value in _key(inbound).items()))
        await self._database.do(lambda db: db.execute(delete(_PROMISE).where(mine)))

    async def overdue(self) -> Sequence[Inbound]:
        """Return turns whose process must have died."""
        before = self._clock.now() - _OVERDUE
        return await self._database.do(lambda db: _overdue(db, before), write=False)

    async def watch(self, receiver: Answering) -> None:
        """Take what is overdue, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            with contextlib.suppress(DatabaseUnavailable):
                await self.sweep(receiver)

    async def sweep(self, receiver: Answering) -> int:
        """Take what is overdue now and return how much that was; a turn that was taken before is only forgotten."""
        waiting = await self.overdue()
        for inbound in waiting:
            answer = await receiver.answer(inbound)
            if answer.parcel and answer.is_new:
                receiver.send(answer.parcel)
            await self.drop(inbound)
        if waiting:
            log.warning("promises_taken_up", turns=len(waiting))
        return len(waiting)


def _key(inbound: Inbound) -> dict[str, str]:
    return {"account": inbound.account, "openid": inbound.sender, "message_id": inbound.message_id}


def _overdue(db: Session, before: datetime) -> list[Inbound]:
    rows = db.execute(select(_PROMISE).where(_PROMISE.c.made_at < before).order_by(_PROMISE.c.made_at).limit(_AT_ONCE))
    return [_restored(row.account, row.openid, row.message_id, _Said.model_validate(row.inbound)) for row in rows]


def _restored(account: str, openid: str, message_id: str, said: _Said) -> Inbound:
    return Inbound(
        channel=NAME,
        account=account,
        sender=openid,
        message_id=message_id,
        chat=openid,
        sent_at=said.sent_at,
        text=said.text,
        button=said.button,
        files=tuple(IncomingFile(one.kind, one.remote_id, media_type=one.media_type) for one in said.files),
        pin=said.pin,
    )
