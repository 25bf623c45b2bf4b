"""Files WeChat does not carry are opened inside WeChat by whom they were sent to, and by nobody else.

A link is signed for one person and one file. Whoever opens it is asked by WeChat itself, without seeing anything of it,
who they are (``snsapi_base``); a copy of the page that WeChat shows to others under an invented name is refused.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from bot.channels.wechat.api import Api
from bot.channels.wechat.faults import WechatError
from bot.clock import Clock
from bot.errors import DeliveryError
from bot.keys import Keys, same
from content.web import sentence

LIFETIME = timedelta(days=3)
_AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
_PURPOSE, _OURS = "wechat-file", "wechat-ticket"
_CHECK = 12
_TICKET = re.compile(rf"([0-9]{{1,18}})\.([0-9]{{1,18}})\.([\w-]{{{_CHECK}}})\.([\w-]+)", re.ASCII)
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
log = structlog.get_logger()


class Tickets:
    """Signs what lets one person open one file for a while."""

    def __init__(self, keys: Keys, clock: Clock, *, public_url: str) -> None:
        """Links lead to ``public_url``; there are none without it."""
        self._keys = keys
        self._clock = clock
        self.public_url = public_url

    def link(self, file_id: int, openid: str) -> str:
        """Return where a file can be opened by one person, nothing where this server has no address."""
        return f"{self.public_url}/wechat/open/{self.ticket(file_id, openid)}" if self.public_url else ""

    def ticket(self, file_id: int, openid: str) -> str:
        """Return what stands at the end of such a link; whose it is cannot be read from it."""
        what = f"{file_id}.{int((self._clock.now() + LIFETIME).timestamp())}"
        return f"{what}.{self._check(what)}.{self._keys.sign(_PURPOSE, f'{what}.{openid}')}"

    def is_current(self, ticket: str) -> bool:
        """Tell whether a ticket is ours, whoever's it is, and not too old: over any other WeChat is not troubled."""
        found = _TICKET.fullmatch(ticket)
        if found is None or not same(self._check(f"{found[1]}.{found[2]}"), found[3]):
            return False
        return int(found[2]) > self._clock.now().timestamp()

    def opened_by(self, ticket: str, openid: str) -> int | None:
        """Return which file a ticket opens for somebody, ``None`` when it is not theirs."""
        found = _TICKET.fullmatch(ticket) if self.is_current(ticket) else None
        if found is None or not self._keys.signed(_PURPOSE, f"{found[1]}.{found[2]}.{openid}", found[4]):
            return None
        return int(found[1])

    def _check(self, what: str) -> str:
        return self._keys.sign(_OURS, what)[:_CHECK]


class Opening:
    """The pages a link leads through: to WeChat, which says who it is, and on to the file."""

    def __init__(self, api: Api, tickets: Tickets, *, app_id: str, file_link: Callable[[int], str]) -> None:
        """``file_link`` signs the path where a file is fetched."""
        self._api = api
        self._tickets = tickets
        self._app_id = app_id
        self._file_link = file_link

    def router(self) -> APIRouter:
        """Return the two routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/wechat/open/{ticket}", self._ask, methods=["GET"], response_class=Response)
        router.add_api_route("/wechat/opened/{ticket}", self._show, methods=["GET"], response_class=Response)
        return router

    async def _ask(self, ticket: str) -> Response:
        if not self._tickets.is_current(ticket):
            return _said("link_ended", 403)
        asked = {
            "appid": self._app_id,
            "redirect_uri": f"{self._tickets.public_url}/wechat/opened/{ticket}",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": "file",
        }
        return RedirectResponse(f"{_AUTHORIZE}?{urlencode(asked)}#wechat_redirect", 302, headers=_HEADERS)

    async def _show(self, ticket: str, code: str = "") -> Response:
        if not code or not self._tickets.is_current(ticket):
            return _said("link_ended", 403)
        try:
            told = await self._api.exchange_code(code)
        except (WechatError, DeliveryError) as error:
            log.warning("wechat_login_failed", error=type(error).__name__)
            return _said("wechat_again", 403 if isinstance(error, WechatError) else 503)
        file_id = self._tickets.opened_by(ticket, str(told.get("openid", "")))
        if file_id is None or told.get("is_snapshotuser"):
            return _said("wechat_not_yours", 403)
        return RedirectResponse(self._file_link(file_id), 303, headers=_HEADERS)


def _said(key: str, status: int) -> Response:
    return PlainTextResponse(sentence(key), status, headers=_HEADERS)
