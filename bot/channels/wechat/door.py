"""``/wechat``: what WeChat calls. The answer to a message is the reply itself.

WeChat asks again only when no answer comes: whatever else it gets, an error too, is shown to people as a service that
is out of order. So a turn the database cannot take is tried again here for as long as WeChat waits. Nothing stands
between the socket and this but the HTTP parser.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from bot import metrics
from bot.channels.wechat.answers import Answers
from bot.channels.wechat.desk import Desk, Telling
from bot.channels.wechat.envelope import Envelope, ForgedCallback, UnreadableCallback
from bot.channels.wechat.inbound import NAME, Heard, understand
from bot.channels.wechat.markup import Element, read, write
from bot.clock import Clock
from bot.errors import DatabaseUnavailable, TooBusy
from bot.logs import log
from bot.metrics import WebhookRefusal

LARGEST_BODY = 256 * 1024
_FRESH = timedelta(minutes=10)
_LATEST = 2**33
_NOTHING = b"success"
_XML = b"text/xml; charset=utf-8"
_PLAIN = b"text/plain; charset=utf-8"
_AS_IT_SAYS = (b"x-content-type-options", b"nosniff")
_ALLOWED = [(b"allow", b"GET, POST")]
_REASONS = {
    HTTPStatus.FORBIDDEN: WebhookRefusal.FORGED,
    HTTPStatus.BAD_REQUEST: WebhookRefusal.UNREADABLE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: WebhookRefusal.TOO_LARGE,
}


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Posted:
    """One callback: its query, its message, and whether the answer has to be sealed."""

    query: Mapping[str, str]
    message: Element
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """What is written back, and what it tells of which reply."""

    body: bytes = _NOTHING
    telling: Telling | None = None


class Door:
    """The ASGI application WeChat calls."""

    def __init__(
        self, envelope: Envelope, desk: Desk, answers: Answers, *, account: str, mode: str, clock: Clock
    ) -> None:
        """``mode`` is plain, compatible or safe, as it is set in WeChat's console."""
        self._envelope = envelope
        self._desk = desk
        self._answers = answers
        self._account = account
        self._mode = mode
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one callback."""
        try:
            if scope["method"] == "GET":
                await _write(send, HTTPStatus.OK, self._verified(_query(scope)))
            elif scope["method"] == "POST":
                await self._post(scope, receive, send)
            else:
                await _write(send, HTTPStatus.METHOD_NOT_ALLOWED, b"", _ALLOWED)
        except _Refused as refusal:
            log.warning("wechat_refused", reason=str(refusal), status=refusal.status.value)
            metrics.webhook_refused(NAME, _REASONS[refusal.status])
            await _write(send, refusal.status, b"")

    def _verified(self, query: Mapping[str, str]) -> bytes:
        self._insist_on_fresh(query)
        if not self._envelope.is_signed(query.get("signature", ""), query["timestamp"], query.get("nonce", "")):
            raise _Refused(HTTPStatus.FORBIDDEN, "the signature is not WeChat's")
        return query.get("echostr", "").encode(errors="replace")

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        posted = self._opened(_query(scope), body)
        heard = self._understood(posted)
        gone = asyncio.create_task(_gone(receive))
        telling = asyncio.create_task(self._told(heard, posted))
        try:
            await asyncio.wait({gone, telling}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                await self._answer(send, telling, is_heard=not gone.done())
        finally:
            gone.cancel()
            telling.cancel()
            await asyncio.gather(gone, telling, return_exceptions=True)

    async def _answer(self, send: Send, telling: "asyncio.Task[_Told]", *, is_heard: bool) -> None:
        try:
            told = telling.result()
        except DatabaseUnavailable as error:
            log.warning("wechat_put_off", reason=str(error))
            is_busy = isinstance(error, TooBusy)
            metrics.webhook_refused(NAME, WebhookRefusal.BUSY if is_busy else WebhookRefusal.UNAVAILABLE)
            await _write(send, HTTPStatus.SERVICE_UNAVAILABLE, b"", [(b"retry-after", b"1")])
            return
        await _write(send, HTTPStatus.OK, told.body, kind=_PLAIN if told.body is _NOTHING else _XML)
        if is_heard and told.telling:
            await self._desk.told(told.telling)

    def _opened(self, query: Mapping[str, str], body: bytes) -> _Posted:
        """Check who calls, then read what they say: of what is sealed, nothing counts but what is inside."""
        self._insist_on_fresh(query)
        moment, nonce = query["timestamp"], query.get("nonce", "")
        is_sealed = query.get("encrypt_type", "raw") == "aes"
        if not is_sealed:  # where they are sealed too, what lies beside the seal is signed by nobody
            if self._mode != "plain" or not self._envelope.is_signed(query.get("signature", ""), moment, nonce):
                raise _Refused(HTTPStatus.FORBIDDEN, "the signature is not WeChat's")
            return _Posted(query, _read(body), is_sealed=False)
        sealed = _read(body).get("Encrypt")
        if not self._envelope.is_signed(query.get("msg_signature", ""), moment, nonce, sealed):
            raise _Refused(HTTPStatus.FORBIDDEN, "the signature is not WeChat's")
        try:
            return _Posted(query, _read(self._envelope.open(sealed)), is_sealed=True)
        except ForgedCallback as error:
            raise _Refused(HTTPStatus.FORBIDDEN, str(error)) from None
        except UnreadableCallback as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(error)) from None

    def _understood(self, posted: _Posted) -> Heard:
        try:
            heard = understand(posted.message, account=self._account, now=self._clock.now())
        except UnreadableCallback as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(error)) from None
        if not heard.is_known:
            metrics.malformed(NAME)
        return heard

    async def _told(self, heard: Heard, posted: _Posted) -> _Told:
        """Keep what was heard and return what is said to it."""
        await self._desk.note(heard, account=self._account)
        if heard.inbound is None:
            return _Told()
        answer = await self._answers.to(heard.inbound)
        if answer is None:
            return _Told(self._sealed(self._written(heard, self._desk.patience()), posted))
        telling = await self._desk.telling(answer)
        if telling is None or not telling.text:
            return _Told(telling=telling)
        return _Told(self._sealed(self._written(heard, telling.text), posted), telling)

    def _written(self, heard: Heard, text: str) -> str:
        return write(
            {
                "ToUserName": heard.sender,
                "FromUserName": heard.recipient,
                "CreateTime": int(self._clock.now().timestamp()),
                "MsgType": "text",
                "Content": text,
            }
        )

    def _sealed(self, xml: str, posted: _Posted) -> bytes:
        if not posted.is_sealed:
            return xml.encode()
        sealed = self._envelope.seal(xml.encode())
        moment, nonce = str(int(self._clock.now().timestamp())), posted.query.get("nonce", "")
        signed = self._envelope.sign(moment, nonce, sealed)
        return write({"Encrypt": sealed, "MsgSignature": signed, "TimeStamp": int(moment), "Nonce": nonce}).encode()

    def _insist_on_fresh(self, query: Mapping[str, str]) -> None:
        """Refuse what was signed too long ago: whoever overheard it may not say it again for ever."""
        given = query.get("timestamp", "")
        if not (given.isascii() and given.isdigit() and len(given) <= len(str(_LATEST))):
            raise _Refused(HTTPStatus.FORBIDDEN, "signed at no time")
        if abs(self._clock.now().timestamp() - int(given)) > _FRESH.total_seconds():
            raise _Refused(HTTPStatus.FORBIDDEN, "signed long ago")


def _read(body: bytes) -> Element:
    try:
        return read(body)
    except UnreadableCallback as error:
        raise _Refused(HTTPStatus.BAD_REQUEST, str(error)) from None


def _query(scope: Scope) -> dict[str, str]:
    """Read the query; of what is there twice nobody could tell which was signed."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    query = dict(pairs)
    if len(query) < len(pairs):
        raise _Refused(HTTPStatus.BAD_REQUEST, "a parameter is there twice")
    return query


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _Refused(HTTPStatus.BAD_REQUEST, "left before the end")
        body += event.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "larger than any message")
        if not event.get("more_body", False):
            return bytes(body)


async def _gone(receive: Receive) -> None:
    """Return when whoever called has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(
    send: Send, status: HTTPStatus, body: bytes, headers: Sequence[tuple[bytes, bytes]] = (), *, kind: bytes = _PLAIN
) -> None:
    length = str(len(body)).encode()
    more = [(b"content-type", kind), (b"content-length", length), _AS_IT_SAYS, *headers]
    await send({"type": "http.response.start", "status": status.value, "headers": more})
    await send({"type": "http.response.body", "body": body})
