"""The page behind a link to a paper with personal data: it asks for the code, then hands the paper out."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain import paper_links
from bot.domain.files import FileStore, KeptFile
from bot.domain.paper_links import IN_HAND, Door, Standing
from bot.errors import DatabaseUnavailable
from bot.keys import Keys
from bot.logs import log
from bot.web.guard import HEADERS, Refusal, insist_on_own_page, read_body
from content.web import page, sentence
from db.sql import Database

_COOKIE = "hongyan_paper"
_PURPOSE = "paper-opened"
_LARGEST_FORM = 1024
_SECONDS = 15
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {**HEADERS, "Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"}


class _PaperRoute(APIRoute):
    """A route that says refusals as a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def politely(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                return _shown(None, said=sentence(refusal.key), status=refusal.status)
            except DatabaseUnavailable as error:
                log.warning("paper_refused", reason=str(error))
                return _shown(None, said=sentence("paper_later"), status=503)

        return politely


@dataclass(frozen=True, slots=True)
class PaperPages:
    """Hands papers out to whoever has both link and code, once; then for a few minutes to that browser alone."""

    database: Database
    store: FileStore
    keys: Keys
    clock: Clock
    public_url: str = ""

    def router(self) -> APIRouter:
        """Return the routes of the page."""
        router = APIRouter(route_class=_PaperRoute, include_in_schema=False, default_response_class=Response)
        router.add_api_route("/papers/{token}", self.show, methods=["GET", "HEAD"])
        router.add_api_route("/papers/{token}", self.try_code, methods=["POST"])
        router.add_api_route("/papers/{token}/file", self.hand_out, methods=["GET"])
        return router

    async def show(self, request: Request, token: str) -> Response:
        """Ask for the code, or offer the paper to the browser that gave it; looking changes nothing."""
        door = await self._door(token)
        if await self._is_in_hand(request, door):
            return _shown(door, link=f"{token}/file")
        if door.standing is Standing.OVER:
            raise Refusal(410, "paper_over")
        return _shown(door)

    async def try_code(self, request: Request, token: str) -> Response:
        """Take a code; the right one opens the paper for this browser."""
        insist_on_own_page(request, self.public_url)
        door = await self._door(token)
        body = await read_body(request, limit=_LARGEST_FORM, seconds=_SECONDS)
        given = parse_qs(body.decode("utf-8", errors="replace")).get("code", [""])[0]
        attempt = functools.partial(paper_links.open_with, link_id=door.link_id, given=given, now=self.clock.now())
        match await self.database.do(attempt):
            case Standing.OPENED:
                return self._let_in(door, token)
            case Standing.WRONG:
                door = await self._door(token)
                return _shown(door, said=sentence("paper_wrong").format(left=door.left), status=403)
            case _:
                raise Refusal(410, "paper_over")

    async def hand_out(self, request: Request, token: str) -> Response:
        """Send the paper to the browser that gave the code."""
        door = await self._door(token)
        if not await self._is_in_hand(request, door):
            raise Refusal(403, "paper_over")
        fetched = functools.partial(_fetched, store=self.store, door=door, now=self.clock.now())
        file = await self.database.do(fetched)
        if file is None or not await asyncio.to_thread(file.path.is_file):
            raise Refusal(404, "no_such_file")
        return FileResponse(
            file.path,
            media_type=file.media_type,
            filename=file.name or str(file.id),
            content_disposition_type="attachment",
            headers=_HEADERS,
        )

    async def _door(self, token: str) -> Door:
        link_id = paper_links.link_id_of(self.keys, token)
        if link_id is None:
            raise Refusal(404, "paper_over")
        look = functools.partial(paper_links.look, link_id=link_id, now=self.clock.now())
        door = await self.database.do(look, write=False)
        if door is None:
            raise Refusal(404, "paper_over")
        return door

    async def _is_in_hand(self, request: Request, door: Door) -> bool:
        link_id, _, signature = request.cookies.get(_COOKIE, "").partition(".")
        if link_id != str(door.link_id) or not self.keys.signed(_PURPOSE, link_id, signature):
            return False
        may = functools.partial(paper_links.may_fetch, link_id=door.link_id, now=self.clock.now())
        return await self.database.do(may, write=False)

    def _let_in(self, door: Door, token: str) -> Response:
        response = RedirectResponse(f"/papers/{token}", 303, headers=_HEADERS)
        response.set_cookie(
            _COOKIE,
            f"{door.link_id}.{self.keys.sign(_PURPOSE, str(door.link_id))}",
            max_age=int(IN_HAND.total_seconds()),
            path=f"/papers/{token}",
            secure=self.public_url.startswith("https://"),
            httponly=True,
            samesite="strict",
        )
        return response


def _fetched(db: Session, *, store: FileStore, door: Door, now: datetime) -> KeptFile | None:
    paper_links.note(db, door.link_id, "fetch_paper", now=now)
    return store.kept(db, door.file_id)


def _shown(door: Door | None, *, link: str = "", said: str = "", status: int = 200) -> Response:
    file_name = door.name if door else ""
    html = page("paper", file_name=file_name, asks=door is not None and not link, link=link, said=said)
    return HTMLResponse(html, status, headers=_HEADERS)
