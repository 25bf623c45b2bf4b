"""``POST /telegram``: answered 200 only after the commit, so that Telegram repeats what was not kept.

Telegram repeats whatever is not answered 2xx. So an update we cannot use is answered 200 (repeating it helps nobody),
and only what Telegram never sends is refused.
"""

from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from bot.channels.base import Receiver
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.inbound import MalformedUpdate, read_update
from bot.channels.telegram.intake import hand_on
from bot.clock import Clock
from bot.errors import DatabaseUnavailable, SettingsError
from bot.keys import same

LARGEST_BODY = 1024 * 1024
log = structlog.get_logger()


class _Numbered(BaseModel):
    """What every update has."""

    model_config = ConfigDict(strict=True)

    update_id: int


_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class _TooLarge(ValueError):
    """The body is larger than any update."""


def telegram_router(channel: Telegram, *, secret: str, receiver: Receiver, clock: Clock) -> APIRouter:
    """Return the route Telegram posts to; ``secret`` is what it was given with ``setWebhook``."""
    if not secret:
        raise SettingsError("HONGYAN_TELEGRAM_WEBHOOK_SECRET is missing; without it anybody could forge updates.")
    router = APIRouter()

    @router.post("/telegram", include_in_schema=False)
    async def take_update(  # pyright: ignore[reportUnusedFunction]  # the router calls it
        request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
    ) -> Response:
        """Take one update."""
        if not same(secret, x_telegram_bot_api_secret_token):
            return Response(status_code=HTTPStatus.FORBIDDEN)
        try:
            raw = _JSON.validate_json(await _body(request))
            number = _Numbered.model_validate(raw).update_id
        except _TooLarge:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except (ValidationError, ClientDisconnect):
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        try:
            read = read_update(raw, bot=channel.identity, now=clock.now())
            await hand_on(read, channel=channel, receiver=receiver)
        except MalformedUpdate as error:
            log.warning("telegram_update_malformed", update=number, reason=str(error))
        except DatabaseUnavailable as error:
            log.warning("telegram_update_put_off", update=number, reason=str(error))
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return Response()

    return router


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _TooLarge
    return bytes(body)
