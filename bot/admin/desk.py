"""Serves the console's pages: who is in, may they see this, do the work in one transaction, answer with a page."""

import functools
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from bot.admin.asked import Asked, Misfilled, NoSuchPage, has_file, read_asked
from bot.admin.cookies import COOKIE, form_token
from bot.admin.look import Look
from bot.admin.nav import nav_of
from bot.admin.views import Download, Go, Outcome, Page, View, Work
from bot.clock import Clock
from bot.domain import access
from bot.domain.console import staying
from bot.domain.console.visiting import Visit
from bot.domain.house import House, house_of
from bot.domain.rosters.roster_files import MOST_ROWS
from bot.errors import DatabaseUnavailable, DomainError, HongyanError
from bot.keys import Keys, same
from bot.logs import log
from bot.settings import Settings
from bot.sheets import UnreadableSheet
from bot.web.guard import HEADERS, Refusal, insist_on_own_page
from content import console, rosters
from content.web import sentence
from db.sql import Database

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CONSOLE_HEADERS = {**HEADERS, "Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"}
_UNREADABLE_PLACE = "console/no_such_place"
_NOT_THEIRS = {
    *("access/not_yours", "cases/not_yours", "study/gone", "calls/none", "broadcasts/gone"),
    "visits/not_yours",
    *("volunteering/no_such_activity", "volunteering/no_such_signup", "roster/no_such_file", "grid/not_yours"),
    "matters/not_yours",
}


class NotIn(HongyanError):
    """Whoever asks is not in the console, or no more."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every page of the console shares."""

    database: Database
    keys: Keys
    clock: Clock
    look: Look
    settings: Settings
    public_url: str = ""


class ConsoleRoute(APIRoute):
    """A route that says every refusal as a page of one sentence."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the usual handler."""
        handle = super().get_route_handler()

        async def politely(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                return _refused(request, sentence(refusal.key), refusal.status)
            except NoSuchPage:
                return _refused(request, console.refusal("no_such_page"), 404)
            except NotIn:
                return _to_the_door(request)
            except DatabaseUnavailable as error:
                log.warning("console_refused", path=request.scope["path"], reason=str(error))
                return _refused(request, console.refusal("database"), 503)

        return politely


@dataclass(frozen=True, slots=True)
class Desk:
    """All pages, with what they share."""

    wiring: Wiring

    def router(self, pages: Sequence[Page]) -> APIRouter:
        """Return a route to show each page, and one for its form where it takes one."""
        router = APIRouter(route_class=ConsoleRoute, include_in_schema=False, default_response_class=Response)
        for page in pages:
            router.add_api_route(page.path, functools.partial(self.show, page), methods=["GET"])
            if page.takes:
                router.add_api_route(page.path, functools.partial(self.take, page), methods=["POST"])
        return router

    async def show(self, page: Page, request: Request) -> Response:
        """Show a page; what is not there and what is not theirs is answered in the same words."""
        asked = await read_asked(request)
        try:
            return await self._answer(request, page, page.shows, asked, writes=page.writes)
        except DomainError as refusal:
            if refusal.template == _UNREADABLE_PLACE:
                return _refused(request, await self._words(refusal), 400)
            raise NoSuchPage(asked.path) from refusal

    async def take(self, page: Page, request: Request) -> Response:
        """Take a form: all of it or, with a sentence that says why, nothing."""
        insist_on_own_page(request, self.wiring.public_url)
        if has_file(request):
            await self._insist_on_being_in(request)
        asked = await read_asked(request)
        if page.takes is None:
            raise NoSuchPage(asked.path)
        try:
            return await self._answer(request, page, page.takes, asked, writes=True, is_form=True)
        except DomainError as refusal:
            if refusal.template in _NOT_THEIRS:
                raise NoSuchPage(asked.path) from refusal
            said = await self._words(refusal)
        except Misfilled as refusal:
            name = console.field_name(refusal.field)
            said = console.refusal(refusal.key, name=name, most=refusal.most)
        except UnreadableSheet as refusal:
            said = rosters.fault(refusal.fault, most=MOST_ROWS)
        try:
            return await self._answer(request, page, page.shows, asked, writes=page.writes, said=said)
        except DomainError as refusal:
            raise NoSuchPage(asked.path) from refusal

    async def _insist_on_being_in(self, request: Request) -> None:
        """Read no large file for whoever is not in."""
        known = functools.partial(staying.present, secret=request.cookies.get(COOKIE, ""), now=self.wiring.clock.now())
        if await self.wiring.database.do(known, write=False) is None:
            raise NotIn

    async def _answer(  # one request
        self,
        request: Request,
        page: Page,
        work: Work,
        asked: Asked,
        *,
        writes: bool,
        is_form: bool = False,
        said: str = "",
    ) -> Response:
        secret = request.cookies.get(COOKIE, "")
        done = functools.partial(self._do, page=page, work=work, asked=asked, secret=secret, is_form=is_form, said=said)
        response, fading = await self.wiring.database.do(done, write=writes)
        if fading:
            seen = functools.partial(staying.see, stay_id=fading, now=self.wiring.clock.now())
            await self.wiring.database.do(seen)
        return response

    def _do(  # the same, within its transaction
        self,
        db: Any,  # noqa: ANN401  # a session
        *,
        page: Page,
        work: Work,
        asked: Asked,
        secret: str,
        is_form: bool,
        said: str,
    ) -> tuple[Response, int]:
        now = self.wiring.clock.now()
        present = staying.present(db, secret, now=now)
        if present is None:
            raise NotIn
        token = form_token(self.wiring.keys, present.stay.token_digest)
        if is_form and not same(token, asked.form.get("_token", "")):
            raise Refusal(403, "foreign")
        acts = access.acts_of(db, present.person)
        if page.needs and not page.needs & acts:
            raise NoSuchPage(asked.path)
        visit = Visit(db, present.person, present.stay, now)
        outcome = work(visit, asked)
        fading = present.stay.id or 0 if present.is_fading else 0
        shared: dict[str, object] = {
            "me": present.person.name,
            "nav": nav_of(acts, asked.path),
            "token": token,
            "asked": asked,
            "said": said or console.said(asked.query.get("said", "")),
            "is_refused": bool(said),
            "now": now,
        }
        return self._response(outcome, shared, asked, is_refused=bool(said)), fading

    def _response(self, outcome: Outcome, shared: dict[str, object], asked: Asked, *, is_refused: bool) -> Response:
        match outcome:
            case Go():
                mark = "&" if "?" in outcome.to else "?"
                return _gone(asked, f"{outcome.to}{mark}said={outcome.said}" if outcome.said else outcome.to)
            case Download():
                way = "inline" if outcome.is_shown else "attachment"
                disposition = f"{way}; filename*=UTF-8''{quote(outcome.name)}"
                headers = {**CONSOLE_HEADERS, "Content-Disposition": disposition}
                return Response(outcome.data, media_type=outcome.media_type, headers=headers)
            case View():
                is_part = asked.is_part and outcome.part and not is_refused
                template = outcome.part if is_part else outcome.template
                html = self.wiring.look.render(template, {**shared, **outcome.values})
                return HTMLResponse(html, 422 if is_refused else outcome.status, headers=CONSOLE_HEADERS)

    async def _words(self, refusal: DomainError) -> str:
        def render(db: Any) -> str:  # noqa: ANN401  # a session
            house: House = house_of(db)
            return house.renderer.render(refusal.template, refusal.values)

        return await self.wiring.database.do(render, write=False)


def _gone(asked: Asked, to: str) -> Response:
    if asked.is_part:
        return Response(status_code=200, headers={**CONSOLE_HEADERS, "HX-Redirect": to})
    return RedirectResponse(to, 303, headers=CONSOLE_HEADERS)


def _to_the_door(request: Request) -> Response:
    to = "/admin/login"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=200, headers={**CONSOLE_HEADERS, "HX-Redirect": to})
    return RedirectResponse(to, 303, headers=CONSOLE_HEADERS)


def _refused(request: Request, said: str, status: int) -> Response:
    look: Look = request.app.state.console_look
    return HTMLResponse(look.render("refused", {"sentence": said}), status, headers=CONSOLE_HEADERS)
