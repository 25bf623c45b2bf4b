"""Has WeChat make the codes our posters will show; where it does not, they show what they always did."""

from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.channels.wechat.api import Api
from bot.channels.wechat.console import ask_for_code
from bot.channels.wechat.faults import WechatError, shut_until
from bot.channels.wechat.inbound import NAME
from bot.channels.wechat.routes import Capability
from bot.clock import Clock
from bot.domain import papers, scenes
from bot.domain.outgoing import capabilities
from bot.domain.papers import PaperKind
from bot.errors import DeliveryError
from bot.logs import log
from db.sql import Database


class Scenes:
    """The codes of one account."""

    def __init__(self, api: Api, database: Database, *, account: str, clock: Clock, zone: ZoneInfo) -> None:
        """Ask ``api`` for them and keep them in ``database``."""
        self._api = api
        self._database = database
        self._account = account
        self._clock = clock
        self._zone = zone

    async def make_ready(self, kind: PaperKind, subject: str) -> None:
        """Have the code of a paper that is about to be made, unless it is there; without it the paper is made too."""
        purpose = papers.code_of(kind)
        if purpose is None or not subject.isdecimal():
            return
        now = self._clock.now()
        asked = partial(scenes.wanted, purpose=purpose, subject_id=int(subject), now=now)
        wanted = await self._database.do(asked, write=False)
        if wanted is None or not await self._database.do(self._is_open, write=False):
            return
        try:
            made = await ask_for_code(self._api, wanted.code, lasts=wanted.lasts)
        except WechatError as error:
            log.warning("wechat_no_scene", code=error.code)
            await self._shut(error)
            return
        except DeliveryError as error:
            log.warning("wechat_no_scene", error=type(error).__name__)
            return
        if made.text:
            kept = partial(scenes.keep, code_id=wanted.code_id, address=made.text, lasts=wanted.lasts, now=now)
            await self._database.do(kept)

    def _is_open(self, db: Session) -> bool:
        return capabilities.closed(db, NAME, self._account, Capability.CODES, now=self._clock.now()) is None

    async def _shut(self, error: WechatError) -> None:
        now = self._clock.now()
        until = shut_until(error, now, self._zone)
        if until:
            shut = partial(
                capabilities.shut,
                channel=NAME,
                account=self._account,
                capability=Capability.CODES,
                code=error.code,
                until=until,
                now=now,
            )
            await self._database.do(shut)
