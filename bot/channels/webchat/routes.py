"""The chat page and what it talks to; the same pages may be mounted several times, for several visitors."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from bot.channels.base import Receiver
from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.saying import read_file, read_saying
from bot.channels.webchat.stream import as_page_sees, events
from bot.channels.webchat.visitors import Identify, Visitor
from bot.clock import Clock
from bot.conversation.turn import Inbound
from bot.domain.files import FileStore
from bot.keys import Keys
from bot.web.files import FreshFiles
from bot.web.guard import (
    HEADERS,
    PoliteRoute,
    Refusal,
    answered,
    insist_on_own_page,
    int_or_zero,
    shown,
)
from content.web import greeting, page

_UPLOADS_AT_ONCE = 6
_MARK_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every mounted chat page shares; ``file_link`` signs a short-lived address of a kept file by its id."""

    channel: WebChat
    receiver: Receiver
    files: FileStore
    keys: Keys
    clock: Clock
    zone: ZoneInfo
    file_link: Callable[[int], str]
    public_url: str = ""


def webchat_router(wiring: Wiring, *, identify: Identify, look: str = "people") -> APIRouter:
    """Return the chat of whoever ``identify`` recognises; ``look`` names its first words in ``greeting.yaml``."""
    desk = _Desk(wiring, identify, look)
    router = APIRouter(route_class=PoliteRoute, include_in_schema=False, default_response_class=Response)
    router.add_api_route("/", desk.show, methods=["GET", "HEAD"])
    router.add_api_route("/chat/messages", desk.listen, methods=["GET"])
    router.add_api_route("/chat/messages", desk.take_saying, methods=["POST"])
    router.add_api_route("/chat/photos", desk.take_photo, methods=["POST"])
    router.add_api_route("/chat/stream", desk.stream, methods=["GET"])
    router.add_api_route("/chat/files/{number}/{place}", desk.file, methods=["GET"])
    return router


def static_app() -> StaticFiles:
    """Return the page's styles and scripts, to be mounted at ``/static/webchat``."""
    return FreshFiles(directory=Path(__file__).parent / "static")


class _Desk:
    """One mounted chat."""

    def __init__(self, wiring: Wiring, identify: Identify, look: str) -> None:
        self._wiring = wiring
        self._identify = identify
        self._greeting = greeting(look)
        self._uploads = 0

    async def show(self, request: Request) -> Response:
        """Show the page; the mark tells one visitor's kept lines from another's on the same browser."""
        visitor = self._identify.visitor(request)
        mark = self._wiring.keys.sign("web-transcript", visitor.id)[:_MARK_LENGTH]
        now = self._wiring.clock.now().isoformat()
        response = shown(page("chat", greeting=self._greeting, mark=mark, now=now, zone=self._wiring.zone.key))
        self._identify.remember(response, visitor)
        return response

    async def take_saying(self, request: Request) -> Response:
        """Take a text, a button or a place; the answer comes by the stream."""
        insist_on_own_page(request, self._wiring.public_url)
        visitor = self._identify.visitor(request)
        said = await read_saying(request)
        inbound = self._inbound(visitor, said.id)
        quoted = str(said.quotes) if said.quotes else ""
        inbound = replace(inbound, text=said.text or "", button=said.button or "", pin=said.place, quoted=quoted)
        return await self._hand_over(visitor, inbound)

    async def take_photo(self, request: Request) -> Response:
        """Take a photo or a table, keep its bytes, and hand it over."""
        insist_on_own_page(request, self._wiring.public_url)
        visitor = self._identify.visitor(request)
        if self._uploads >= _UPLOADS_AT_ONCE:
            raise Refusal(503, "busy", retry_after=5)
        self._uploads += 1
        try:
            message_id, photo, data = await read_file(request)
            kept = await asyncio.to_thread(self._wiring.files.keep_sent, photo, data)
        except ValueError as error:
            raise Refusal(415, "not_a_photo") from error
        except OSError as error:
            raise Refusal(503, "database", retry_after=30) from error
        finally:
            self._uploads -= 1
        inbound = replace(self._inbound(visitor, message_id), files=(kept,))
        return await self._hand_over(visitor, inbound)

    async def listen(self, request: Request) -> Response:
        """Return what came after ``after``, for pages that cannot keep a stream open."""
        visitor = self._identify.visitor(request)
        after = _after(request)
        mailbox = self._wiring.channel.mailbox
        is_reset = after > await mailbox.last_number(visitor.id)
        messages = await mailbox.read(visitor.id, 0 if is_reset else after)
        return self._for(visitor, answered({"reset": is_reset, "messages": [as_page_sees(one) for one in messages]}))

    async def stream(self, request: Request) -> Response:
        """Open a stream of what comes after ``after`` or the last event the browser saw."""
        visitor = self._identify.visitor(request)
        channel = self._wiring.channel
        if channel.bell.is_full(visitor.id):
            raise Refusal(503, "busy", retry_after=5)
        messages = events(channel.mailbox, channel.bell, visitor.id, _after(request))
        headers = {**HEADERS, "X-Accel-Buffering": "no"}
        return self._for(visitor, StreamingResponse(messages, media_type="text/event-stream", headers=headers))

    async def file(self, request: Request, number: str, place: str) -> Response:
        """Lead to a file this visitor was sent, by a link signed just now."""
        visitor = self._identify.visitor(request)
        wanted = int_or_zero(number)
        chosen = int_or_zero(place)
        messages = await self._wiring.channel.mailbox.read(visitor.id, wanted - 1, limit=1)
        found = messages and messages[0].number == wanted
        files: list[dict[str, Any]] = messages[0].content["attachments"] if found else []
        if place != str(chosen) or chosen >= len(files):
            raise Refusal(404, "no_such_file")
        return RedirectResponse(self._wiring.file_link(files[chosen]["file_id"]), 303, headers=HEADERS)

    async def _hand_over(self, visitor: Visitor, inbound: Inbound) -> Response:
        await self._wiring.receiver.receive(inbound)
        return self._for(visitor, answered({"ok": True, "at": inbound.sent_at.isoformat()}, 202))

    def _inbound(self, visitor: Visitor, message_id: str) -> Inbound:
        now = self._wiring.clock.now()
        return Inbound("web", "web", sender=visitor.id, message_id=message_id, chat=visitor.id, sent_at=now)

    def _for(self, visitor: Visitor, response: Response) -> Response:
        if visitor.is_new:
            self._identify.remember(response, visitor)
        return response


def _after(request: Request) -> int:
    """Return the number a page has seen: what its browser says on reconnecting, else what the page asked with."""
    asked = request.query_params.get("after", "")
    return int_or_zero(request.headers.get("last-event-id", asked))
