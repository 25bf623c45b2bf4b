"""Pages opened inside WeChat by whom they are for, and by nobody else.

Whoever opens one is asked by WeChat itself, without seeing anything of it, who they are (``snsapi_base``); that is all
that is learnt. A copy of the page that WeChat shows to others under an invented name is refused.
"""

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.channels.wechat import once
from bot.channels.wechat.api import Api
from bot.channels.wechat.errands import Errand, Outcome
from bot.channels.wechat.faults import WechatError
from bot.channels.wechat.states import LIFETIME, State, States
from bot.channels.wechat.wishes import Wishes
from bot.clock import Clock
from bot.errors import DatabaseUnavailable, DeliveryError
from bot.logs import log
from bot.web.guard import HEADERS, Refusal
from content.web import page, sentence
from db.sql import Database

_AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {**HEADERS, "Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
_NOTHING = "-"


class Pages:
    """The pages of one account."""

    def __init__(
        self,
        api: Api,
        database: Database,
        states: States,
        errands: Mapping[str, Errand],
        *,
        app_id: str,
        public_url: str,
        clock: Clock,
    ) -> None:
        """Do ``errands`` by the names of their pages; ``public_url`` is where WeChat leads people back to."""
        self._api = api
        self._database = database
        self._states = states
        self._errands = errands
        self._app_id = app_id
        self._public_url = public_url
        self._clock = clock

    def router(self, wishes: Wishes | None = None) -> APIRouter:
        """Return the routes: there, and back."""
        router = APIRouter(include_in_schema=False)
        for name in self._errands:
            for path in (f"/wechat/{name}", f"/wechat/{name}/{{ticket}}"):
                router.add_api_route(path, self._asking(name), methods=["GET"], response_class=Response)
        router.add_api_route("/wechat/back/{name}/{ticket}", self._back, methods=["GET"], response_class=Response)
        if wishes:
            self._add_wishes(router, wishes)
        return router

    def _asking(self, name: str) -> Callable[..., object]:
        async def ask(ticket: str = _NOTHING) -> Response:
            return self._ask(name, ticket)

        return ask

    def _ask(self, name: str, ticket: str) -> Response:
        if not self._public_url or not self._errands[name].is_current(ticket):
            return _said("link_ended", 403)
        state = self._states.made(f"{name}:{ticket}")
        asked = {
            "appid": self._app_id,
            "redirect_uri": f"{self._public_url}/wechat/back/{name}/{ticket}",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state.text,
        }
        return self._away(f"{_AUTHORIZE}?{urlencode(asked)}#wechat_redirect", state)

    async def _back(self, request: Request, name: str, ticket: str, code: str = "", state: str = "") -> Response:
        errand = self._errands.get(name)
        if errand is None or not code or not errand.is_current(ticket):
            return _said("link_ended", 403)
        try:
            await self._insist_on_way_back(request, f"{name}:{ticket}", state)
            return _shown(await errand.done(ticket, await self._whose(code)))
        except Refusal as refusal:
            return _said(refusal.key, refusal.status)
        except DatabaseUnavailable as error:
            log.warning("wechat_page_refused", page=name, reason=str(error))
            return _said("paper_later", 503)

    async def _whose(self, code: str) -> str:
        """Ask WeChat whose a code is, and learn nothing else; raise :class:`Refusal` when it does not say."""
        try:
            told = await self._api.exchange_code(code)
        except (WechatError, DeliveryError) as error:
            log.warning("wechat_login_failed", error=type(error).__name__)
            raise Refusal(403 if isinstance(error, WechatError) else 503, "wechat_again") from error
        openid = told.get("openid")
        if told.get("is_snapshotuser"):
            raise Refusal(403, "wechat_snapshot")
        if not isinstance(openid, str) or not openid:
            raise Refusal(403, "wechat_again")
        return openid

    def _add_wishes(self, router: APIRouter, wishes: Wishes) -> None:
        """Add the page that asks whether somebody wants to be told once, and the way back from it."""

        async def ask(ticket: str) -> Response:
            if not wishes.tickets.is_current(ticket):
                return _said("link_ended", 403)
            state = self._states.made(f"wish:{ticket}")
            return self._away(wishes.address(ticket, state.text), state)

        async def back(
            request: Request, ticket: str, openid: str = "", action: str = "", reserved: str = ""
        ) -> Response:
            if wishes.tickets.opened_by(ticket, openid) is None:
                return _said("link_ended", 403)
            try:
                await self._insist_on_way_back(request, f"wish:{ticket}", reserved)
                return _shown(await wishes.answered(ticket, openid, is_yes=action == "confirm"))
            except Refusal as refusal:
                return _said(refusal.key, refusal.status)
            except DatabaseUnavailable as error:
                log.warning("wechat_page_refused", page="wish", reason=str(error))
                return _said("paper_later", 503)

        router.add_api_route("/wechat/wish/{ticket}", ask, methods=["GET"], response_class=Response)
        router.add_api_route("/wechat/wished/{ticket}", back, methods=["GET"], response_class=Response)

    async def _insist_on_way_back(self, request: Request, errand: str, given: str) -> None:
        """Refuse whoever does not bring back, for the first time, what this very browser took along."""
        state = self._states.read(errand, given)
        if state is None or request.cookies.get(state.cookie) != state.nonce:
            raise Refusal(403, "link_ended")
        first = partial(once.comes_first, account=self._app_id, key=f"state {state.nonce}", now=self._clock.now())
        if not await self._database.do(first):
            raise Refusal(403, "link_ended")

    def _away(self, address: str, state: State) -> Response:
        response = RedirectResponse(address, 302, headers=_HEADERS)
        response.set_cookie(
            state.cookie,
            state.nonce,
            max_age=int(LIFETIME.total_seconds()),
            path="/wechat",
            secure=self._public_url.startswith("https://"),
            httponly=True,
            samesite="lax",
        )
        return response


def _shown(outcome: Outcome) -> Response:
    if outcome.goes_to:
        return RedirectResponse(outcome.goes_to, 303, headers=_HEADERS)
    return HTMLResponse(page("wechat", title=outcome.title, lines=outcome.text.split("\n")), headers=_HEADERS)


def _said(key: str, status: int) -> Response:
    return HTMLResponse(page("wechat", title="", lines=[sentence(key)]), status, headers=_HEADERS)
