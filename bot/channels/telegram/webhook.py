"""``POST /telegram``: answered 200 only after the commit, so that Telegram repeats what was not kept.

Telegram repeats whatever is not answered 2xx. So an update we cannot use is answered 200 (repeating it helps nobody),
and only what Telegram never sends is refused. Nothing stands between the socket and this but the HTTP parser: every
update passes here, and a framework's stack costs several times what reading the update does.
"""

from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.types import Receive, Scope, Send

from bot import metrics
from bot.channels.base import Receiver
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.inbound import MalformedUpdate, parse, understand
from bot.channels.telegram.intake import hand_on
from bot.clock import Clock
from bot.errors import DatabaseUnavailable, SettingsError, TooBusy
from bot.keys import same
from bot.logs import log
from bot.metrics import WebhookRefusal

LARGEST_BODY = 1024 * 1024
_SECRET = b"x-telegram-bot-api-secret-token"
_MORE_HEADERS = {
    HTTPStatus.METHOD_NOT_ALLOWED: [(b"allow", b"POST")],
    HTTPStatus.SERVICE_UNAVAILABLE: [(b"retry-after", b"1")],
}


class _Numbered(BaseModel):
    """What every update has."""

    model_config = ConfigDict(strict=True)

    update_id: int


class _TooLarge(ValueError):
    """The body is larger than any update."""


class _CutOff(ValueError):
    """Whoever posted left before the end."""


_REFUSALS = {
    HTTPStatus.FORBIDDEN: WebhookRefusal.FORGED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: WebhookRefusal.TOO_LARGE,
    HTTPStatus.BAD_REQUEST: WebhookRefusal.UNREADABLE,
}


class Webhook:
    """The ASGI application Telegram posts to."""

    def __init__(self, channel: Telegram, *, secret: str, receiver: Receiver, clock: Clock) -> None:
        """Hand what is posted to ``receiver``; ``secret`` is what Telegram was given with ``setWebhook``."""
        if not secret:
            raise SettingsError("HONGYAN_TELEGRAM_WEBHOOK_SECRET is missing; without it anybody could forge updates.")
        self._channel = channel
        self._secret = secret
        self._receiver = receiver
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one update."""
        status = await self._take(scope, receive)
        if refusal := _REFUSALS.get(status):
            metrics.webhook_refused(self._channel.name, refusal)
        headers = [(b"content-length", b"0"), *_MORE_HEADERS.get(status, ())]
        await send({"type": "http.response.start", "status": status.value, "headers": headers})
        await send({"type": "http.response.body"})

    async def _take(self, scope: Scope, receive: Receive) -> HTTPStatus:
        if scope["method"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if not same(self._secret, _secret(scope)):
            return HTTPStatus.FORBIDDEN
        try:
            body = await _body(receive)
        except _TooLarge:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        except _CutOff:
            return HTTPStatus.BAD_REQUEST
        return await self._keep(body)

    async def _keep(self, body: bytearray) -> HTTPStatus:
        try:
            update = parse(body)
        except MalformedUpdate as error:
            number = _number(body)
            if number is None:
                return HTTPStatus.BAD_REQUEST
            log.warning("telegram_update_malformed", update=number, reason=str(error))
            metrics.malformed(self._channel.name)
            return HTTPStatus.OK
        read = understand(update, bot=self._channel.identity, now=self._clock.now())
        try:
            await hand_on(read, channel=self._channel, receiver=self._receiver)
        except DatabaseUnavailable as error:
            log.warning("telegram_update_put_off", update=update.update_id, reason=str(error))
            if isinstance(error, TooBusy):
                metrics.webhook_refused(self._channel.name, WebhookRefusal.BUSY)
            else:
                metrics.webhook_refused(self._channel.name, WebhookRefusal.UNAVAILABLE)
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.OK


def _secret(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _SECRET:
            return value.decode("latin-1")
    return ""


async def _body(receive: Receive) -> bytearray:
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _CutOff
        body += event.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _TooLarge
        if not event.get("more_body", False):
            return body


def _number(body: bytearray) -> int | None:
    """Return the number of an update that is malformed elsewhere."""
    try:
        return _Numbered.model_validate_json(body).update_id
    except ValidationError:
        return None
