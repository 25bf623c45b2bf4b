"""A Bot API server on loopback that speaks the real wire format, remembers what it was told, and can misbehave."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Literal, cast
from urllib.parse import parse_qsl

from tests.kit.loopback_server import LoopbackServer, response
from tests.kit.telegram_updates import BOT, SPOKEN_AT, TOKEN, Json

_TICK = 0.01
_FOR_EVER = 3600
_STRUCTURED = {"reply_markup", "reply_parameters", "link_preview_options", "allowed_updates", "drop_pending_updates"}
_LONGEST = {"sendMessage": ("text", 4096), "sendPhoto": ("caption", 1024), "sendDocument": ("caption", 1024)}
_SENDS = {"sendMessage", "sendPhoto", "sendVoice", "sendDocument", "sendLocation", "sendVenue"}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came with a call."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call as it arrived, its arguments decoded."""

    method: str
    arguments: Json
    files: Mapping[str, SentFile] = field(default_factory=dict[str, SentFile])

    @property
    def text(self) -> str:
        """The words of a message, or nothing."""
        return str(self.arguments.get("text") or self.arguments.get("caption") or "")


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way to misbehave, after so many ``seconds``; ``takes_effect`` is whether the call is carried out before."""

    then: Literal["answer", "hang", "drop"] = "answer"
    status: int = 200
    payload: bytes = b""
    takes_effect: bool = False
    seconds: float = 0.0


def refusal(status: int, description: str, **parameters: object) -> Mishap:
    """Answer with an error as Telegram writes it."""
    return Mishap(status=status, payload=_encoded(_error(status, description, **parameters)))


def too_fast(retry_after: int = 3) -> Mishap:
    """Ask for patience."""
    return refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def blocked() -> Mishap:
    """Say that the person blocked the bot."""
    return refusal(403, "Forbidden: bot was blocked by the user")


def chat_not_found() -> Mishap:
    """Say that there is no such chat."""
    return refusal(400, "Bad Request: chat not found")


def moved_to(chat: int) -> Mishap:
    """Say that a group became a supergroup."""
    described = "Bad Request: group chat was upgraded to a supergroup chat"
    return refusal(400, described, migrate_to_chat_id=chat)


def server_error(status: int = 500) -> Mishap:
    """Fail without a word."""
    return refusal(status, "Internal Server Error")


def hangs() -> Mishap:
    """Carry the call out and never answer."""
    return Mishap(then="hang", takes_effect=True)


def slow(seconds: float) -> Mishap:
    """Carry the call out and answer well, though not at once."""
    answer = {"ok": True, "result": {"message_id": 77, "date": SPOKEN_AT, "chat": {"id": 1, "type": "private"}}}
    return Mishap(payload=_encoded(answer), takes_effect=True, seconds=seconds)


def gives_up(status: int = 504) -> Mishap:
    """Carry the call out and let a gateway say that it waited in vain."""
    return Mishap(status=status, payload=b"<html>gateway</html>", takes_effect=True)


def drops() -> Mishap:
    """Carry the call out and cut the connection."""
    return Mishap(then="drop", takes_effect=True)


def hangs_up() -> Mishap:
    """Cut the connection before anything was carried out."""
    return Mishap(then="drop")


def gibberish() -> Mishap:
    """Carry the call out and answer with what is no JSON."""
    return Mishap(payload=b"<html>gateway</html>", takes_effect=True)


class TelegramServer(LoopbackServer):
    """The fake server, in a thread of its own: usable from plain tests, asynchronous ones and other processes."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__()
        self.token = token
        self.calls: list[ApiCall] = []
        self.delivered: list[ApiCall] = []
        self.updates: deque[Json] = deque()
        self.files: dict[str, bytes] = {}
        self.webhook: Json = {}
        self._mishaps: dict[str, deque[Mishap]] = {}
        self._numbers = itertools.count(501)
        self._methods: dict[str, Callable[[ApiCall], object]] = {
            "getMe": lambda _: {**BOT, "can_join_groups": True, "supports_inline_queries": False},
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "answerCallbackQuery": lambda _: True,
            "getFile": self._get_file,
        }

    def misbehave(self, method: str, mishap: Mishap | None, *, times: int = 1) -> None:
        """Go wrong at the next ``times`` calls of a method; ``None`` stands for a call that goes well."""
        self._mishaps.setdefault(method, deque()).extend([mishap or _WELL] * times)

    def called(self, method: str) -> list[ApiCall]:
        """Return the calls of one method."""
        return [call for call in self.calls if call.method == method]

    async def answer(self, path: str, media_type: str, body: bytes) -> bytes | None:
        """Return what to write back; ``None`` cuts the connection."""
        if path.startswith(f"/file/bot{self.token}/"):
            data = self.files.get(path.rpartition("/")[2])
            return response(200, data) if data is not None else response(404, _encoded(_error(404, "Not Found")))
        if not path.startswith(f"/bot{self.token}/"):
            return response(401, _encoded(_error(401, "Unauthorized")))
        call = _decoded(path.rpartition("/")[2], media_type, body)
        self.calls.append(call)
        mishaps = self._mishaps.get(call.method)
        mishap = mishaps.popleft() if mishaps else _WELL
        if mishap is _WELL:
            return await self._carried_out(call)
        if mishap.takes_effect:
            await self._carried_out(call)
        await asyncio.sleep(mishap.seconds)
        if mishap.then == "hang":
            await asyncio.sleep(_FOR_EVER)
        return response(mishap.status, mishap.payload) if mishap.then == "answer" else None

    async def _carried_out(self, call: ApiCall) -> bytes:
        try:
            if call.method == "getUpdates":
                result: object = await self._get_updates(call)
            elif call.method in _SENDS:
                result = self._send(call)
            else:
                result = self._methods[call.method](call)
        except KeyError:
            return response(404, _encoded(_error(404, "Not Found")))
        except _RefusedError as refused:
            return response(refused.status, _encoded(_error(refused.status, refused.description)))
        return response(200, _encoded({"ok": True, "result": result}))

    def _send(self, call: ApiCall) -> Json:
        argument, longest = _LONGEST.get(call.method, ("caption", 1024))
        if call.method == "sendMessage" and not call.text.strip():
            raise _RefusedError(400, "Bad Request: message text is empty")
        if len(call.text.encode("utf-16-le")) // 2 > longest:
            raise _RefusedError(400, f"Bad Request: message {argument} is too long".replace(" text", ""))
        for button in _buttons(call.arguments.get("reply_markup")):
            if not 0 < len(str(button["callback_data"]).encode()) <= 64:
                raise _RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
        self.delivered.append(call)
        chat = int(str(call.arguments["chat_id"]))
        kind = "private" if chat > 0 else "supergroup"
        number = next(self._numbers)
        return {"message_id": number, "date": SPOKEN_AT, "from": BOT, "chat": {"id": chat, "type": kind}}

    async def _get_updates(self, call: ApiCall) -> list[Json]:
        if self.webhook.get("url"):
            raise _RefusedError(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(str(call.arguments.get("offset", 0)))
        while self.updates and int(str(self.updates[0].get("update_id", offset))) < offset:
            self.updates.popleft()
        give_up_at = self._loop.time() + float(str(call.arguments.get("timeout", 0)))
        while not self.updates and self._loop.time() < give_up_at:  # noqa: ASYNC110  # tests add from other threads
            await asyncio.sleep(_TICK)
        return list(self.updates)[:100]

    def _set_webhook(self, call: ApiCall) -> bool:
        url = str(call.arguments["url"])
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):  # the real one takes https only
            raise _RefusedError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = call.arguments
        return True

    def _delete_webhook(self, _call: ApiCall) -> bool:
        self.webhook = {}
        return True

    def _get_file(self, call: ApiCall) -> Json:
        file_id = str(call.arguments["file_id"])
        if file_id not in self.files:
            raise _RefusedError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id])
        return {"file_id": file_id, "file_unique_id": "u1", "file_size": size, "file_path": f"documents/{file_id}"}


class _RefusedError(Exception):
    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


def _decoded(method: str, media_type: str, body: bytes) -> ApiCall:
    if not media_type.startswith("multipart/"):
        plain = dict(parse_qsl(body.decode(), keep_blank_values=True))
        return ApiCall(method, {name: _value(name, text) for name, text in plain.items()})
    parts = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {media_type}\r\n\r\n".encode() + body)
    arguments: Json = {}
    files: dict[str, SentFile] = {}
    for part in parts.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            raise TypeError("a part without bytes")
        if part.get_filename() is None:
            arguments[name] = _value(name, data.decode())
        else:
            files[name] = SentFile(str(part.get_filename()), part.get_content_type(), data)
    return ApiCall(method, arguments, files)


def _value(name: str, text: str) -> object:
    """Decode what is a structure or a truth value; words and numbers stay as they were written."""
    return json.loads(text) if name in _STRUCTURED else text


def _buttons(markup: object) -> Iterator[Mapping[str, object]]:
    if isinstance(markup, dict):
        for row in cast("list[list[Mapping[str, object]]]", markup["inline_keyboard"]):
            yield from row


def _error(status: int, description: str, **parameters: object) -> Json:
    said: Json = {"ok": False, "error_code": status, "description": description}
    return {**said, "parameters": parameters} if parameters else said


def _encoded(payload: object) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()


_WELL = Mishap(takes_effect=True)
