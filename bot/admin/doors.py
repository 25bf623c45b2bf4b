"""The doors of the console: a link from the chat, or a code typed here and confirmed in the chat."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.admin.asked import NoSuchPage, has_file, read_asked
from bot.admin.cookies import COOKIE, WAITING, forget, remember
from bot.admin.desk import CONSOLE_HEADERS, ConsoleRoute, Wiring
from bot.admin.devices import device_of
from bot.domain.console import entering, staying
from bot.domain.console.entering import Came, Standing
from bot.web.guard import Refusal, insist_on_own_page
from content import console

_STATUS = {Standing.WRONG: 422, Standing.OVER: 410, Standing.STOPPED: 429}


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything that is shown to who is not in yet."""

    wiring: Wiring

    def router(self) -> APIRouter:
        """Return the routes of the doors."""
        router = APIRouter(route_class=ConsoleRoute, include_in_schema=False, default_response_class=Response)
        router.add_api_route("/admin/login", self.show_login, methods=["GET"])
        router.add_api_route("/admin/login", self.take_code, methods=["POST"])
        router.add_api_route("/admin/wait", self.show_waiting, methods=["GET"])
        router.add_api_route("/admin/wait", self.look_again, methods=["POST"])
        router.add_api_route("/admin/in/{token}", self.show_link, methods=["GET"])
        router.add_api_route("/admin/in/{token}", self.take_link, methods=["POST"])
        return router

    def beyond(self) -> APIRouter:
        """Return the route of whatever is no page, to be asked last."""
        router = APIRouter(route_class=ConsoleRoute, include_in_schema=False, default_response_class=Response)
        router.add_api_route("/admin/{rest:path}", self.show_nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        return router

    async def show_nothing(self, rest: str) -> Response:
        """Say that there is no such page, in words and with the headers of the others."""
        if not rest:
            return RedirectResponse("/admin", 307, headers=CONSOLE_HEADERS)
        raise NoSuchPage(rest)

    async def show_login(self) -> Response:
        """Ask for a code, and say where to get one."""
        return self._page("login", said="")

    async def take_code(self, request: Request) -> Response:
        """Take a code; the right one makes this browser wait for a word in the chat."""
        insist_on_own_page(request, self.wiring.public_url)
        if has_file(request):  # nobody is in yet, and none is asked for
            raise Refusal(415, "not_a_form")
        asked = await read_asked(request)
        place = request.client.host if request.client else ""
        came = await self._try(
            request, functools.partial(entering.by_code, typed=asked.form.get("code", ""), place=place)
        )
        if came.standing is not Standing.WAITING:
            return self._at_door("login", came)
        response: Response = RedirectResponse("/admin/wait", 303, headers=CONSOLE_HEADERS)
        remember(response, WAITING, came.secret, is_secure=self._is_secure)
        return response

    async def show_waiting(self) -> Response:
        """Say that a word in the chat is waited for; the page asks again by itself."""
        return self._page("waiting", said="")

    async def look_again(self, request: Request) -> Response:
        """Let the browser in once it was confirmed."""
        insist_on_own_page(request, self.wiring.public_url)
        secret = request.cookies.get(WAITING, "")
        now = self.wiring.clock.now()
        came = await self.wiring.database.do(functools.partial(entering.after_waiting, secret=secret, now=now))
        is_part = request.headers.get("hx-request") == "true"
        match came.standing:
            case Standing.IN:
                return await self._let_in(request, came)
            case Standing.WAITING:
                return Response(status_code=204, headers=CONSOLE_HEADERS) if is_part else self._page("waiting", said="")
            case _:
                html = self.wiring.look.render("waiting_over", {}) if is_part else ""
                over = HTMLResponse(html, 200, headers=CONSOLE_HEADERS) if is_part else self._at_door("login", came)
                forget(over, WAITING, is_secure=self._is_secure)
                return over

    async def show_link(self, token: str) -> Response:
        """Offer to come in; looking uses nothing up, for chats look at links by themselves."""
        is_open = functools.partial(entering.is_open, token=token[:100], now=self.wiring.clock.now())
        if not await self.wiring.database.do(is_open, write=False):
            return self._at_door("login", Came(Standing.OVER))
        return self._page("link", said="")

    async def take_link(self, request: Request, token: str) -> Response:
        """Come in by a link, once."""
        insist_on_own_page(request, self.wiring.public_url)
        came = await self._try(request, functools.partial(entering.by_link, token=token[:100]))
        return await self._let_in(request, came) if came.standing is Standing.IN else self._at_door("login", came)

    async def _try(self, request: Request, way: Callable[..., Came]) -> Came:
        device = device_of(request.headers.get("user-agent", ""))
        tried = functools.partial(way, device=device, now=self.wiring.clock.now())
        return await self.wiring.database.do(tried)

    async def _let_in(self, request: Request, came: Came) -> Response:
        """Set the new cookie; whoever was in before in this browser is out."""
        before = request.cookies.get(COOKIE, "")
        if before:
            left = functools.partial(staying.leave, secret=before, now=self.wiring.clock.now())
            await self.wiring.database.do(left)
        if request.headers.get("hx-request") == "true":
            response = Response(status_code=200, headers={**CONSOLE_HEADERS, "HX-Redirect": "/admin"})
        else:
            response = RedirectResponse("/admin", 303, headers=CONSOLE_HEADERS)
        remember(response, COOKIE, came.secret, is_secure=self._is_secure)
        forget(response, WAITING, is_secure=self._is_secure)
        return response

    @property
    def _is_secure(self) -> bool:
        return self.wiring.public_url.startswith("https://")

    def _at_door(self, template: str, came: Came) -> Response:
        return self._page(template, said=console.refusal(f"door_{came.standing}"), status=_STATUS[came.standing])

    def _page(self, template: str, *, said: str, status: int = 200) -> Response:
        values: dict[str, Any] = {"said": said}
        return HTMLResponse(self.wiring.look.render(template, values), status, headers=CONSOLE_HEADERS)
