"""WeChat's API on loopback: speaks its wire format, keeps its rules, remembers what it was told, and can misbehave."""

import asyncio
import itertools
import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.kit.loopback_server import LoopbackServer, response
from tests.kit.wechat_calls import APP_ID, SECRET

CUSTOM, TEMPLATE = "/cgi-bin/message/custom/send", "/cgi-bin/message/template/send"
ONE_TIME = "/cgi-bin/message/template/subscribe"
BIZSEND, STABLE = "/cgi-bin/message/subscribe/bizsend", "/cgi-bin/stable_token"
UPLOAD, FETCH = "/cgi-bin/media/upload", "/cgi-bin/media/get"
MENU, CODES, LOGIN = "/cgi-bin/menu/create", "/cgi-bin/qrcode/create", "/sns/oauth2/access_token"
_FOR_EVER = 3600
_LONGEST_TEXT = 2048


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call as it arrived."""

    path: str
    query: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way to misbehave; ``takes_effect`` is whether the call is carried out before."""

    then: Literal["answer", "hang", "drop"] = "answer"
    code: int = 0
    status: int = 200
    payload: bytes = b""
    takes_effect: bool = False
    seconds: float = 0.0


FINE = Mishap(takes_effect=True)


def says(code: int) -> Mishap:
    """Refuse with a number of WeChat's."""
    return Mishap(code=code)


def hangs() -> Mishap:
    """Carry the call out and never answer."""
    return Mishap("hang", takes_effect=True)


def drops() -> Mishap:
    """Carry the call out and cut the connection."""
    return Mishap("drop", takes_effect=True)


def gibberish(status: int = 200) -> Mishap:
    """Carry the call out and answer with what is no JSON."""
    return Mishap(status=status, payload=b"<html>gateway</html>", takes_effect=True)


def slow(seconds: float) -> Mishap:
    """Carry the call out and answer well, though not at once."""
    return Mishap(takes_effect=True, seconds=seconds)


class WechatServer(LoopbackServer):
    """The stand-in; ``rights`` has how many messages somebody may be sent, for all who are named there.

    Who is ``gone`` follows no more; with ``is_spent`` the day's messages are used up. ``over`` are those who were to be
    sent more than they gave a right to, and ``mishaps`` the calls that went wrong.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[ApiCall] = []
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.rights: dict[str, int] = {}
        self.gone: set[str] = set()
        self.is_spent = False
        self.over: list[str] = []
        self.mishaps: list[tuple[ApiCall, Mishap]] = []
        self.files: dict[str, bytes] = {}
        self.logins: dict[str, dict[str, Any]] = {}
        self.token = ""
        self.menu: dict[str, Any] = {}
        self.templates: list[str] = []
        self._numbers = itertools.count(1)
        self._forms: dict[str, dict[str, Any]] = {}
        self._mishaps: dict[str, deque[Mishap]] = {}

    def misbehave(self, path: str, mishap: Mishap, *, times: int = 1) -> None:
        """Go wrong at the next ``times`` calls of a path."""
        self._mishaps.setdefault(path, deque()).extend([mishap] * times)

    def behave(self) -> None:
        """Go wrong no more."""
        self._mishaps.clear()

    def called(self, path: str) -> list[ApiCall]:
        """Return the calls of one path."""
        return [call for call in self.calls if call.path == path]

    def texts(self, openid: str) -> list[str]:
        """Return the words somebody was sent, in order."""
        return [str(body["text"]["content"]) for to, kind, body in self.sent if (to, kind) == (openid, "text")]

    @property
    def counts(self) -> Counter[str]:
        """Return how often each path was called."""
        return Counter(call.path for call in self.calls)

    async def answer(self, path: str, media_type: str, body: bytes) -> bytes | None:
        call = _decoded(path, media_type, body)
        self.calls.append(call)
        waiting = self._mishaps.get(call.path)
        mishap = waiting.popleft() if waiting else FINE
        if mishap != FINE:
            self.mishaps.append((call, mishap))
        result = self._carried_out(call) if mishap.takes_effect else b""
        await asyncio.sleep(mishap.seconds if mishap.then != "hang" else _FOR_EVER)
        if mishap.then == "drop":
            return None
        if mishap.code:
            return response(200, _encoded({"errcode": mishap.code, "errmsg": "refused hint: [x]"}))
        if mishap.payload:
            return response(mishap.status, mishap.payload, "text/html")
        return result

    def _carried_out(self, call: ApiCall) -> bytes:
        if call.path == STABLE:
            return self._give_token(call)
        if call.path == LOGIN:
            return response(200, _encoded(self.logins.get(call.query["code"], {"errcode": 40029})), "text/plain")
        if call.query.get("access_token") != self.token or not self.token:
            return response(200, _encoded({"errcode": 40001, "errmsg": "invalid credential"}))
        if call.path == FETCH:
            data = self.files.get(call.query["media_id"])
            return response(200, data, "image/jpeg") if data else response(200, _encoded({"errcode": 40007}))
        return response(200, _encoded(self._done(call)))

    def _give_token(self, call: ApiCall) -> bytes:
        if (call.body.get("appid"), call.body.get("secret")) != (APP_ID, SECRET):
            return response(200, _encoded({"errcode": 40125, "errmsg": "invalid appsecret"}))
        self.token = self.token or f"token-{next(self._numbers)}-{'x' * 500}"
        return response(200, _encoded({"access_token": self.token, "expires_in": 7200}))

    def _done(self, call: ApiCall) -> dict[str, Any]:
        methods: dict[str, Callable[[ApiCall], dict[str, Any]]] = {
            CUSTOM: self._say,
            TEMPLATE: self._form,
            BIZSEND: self._form,
            ONE_TIME: self._form_once,
            UPLOAD: self._keep,
            MENU: self._show_menu,
            CODES: lambda _: {"ticket": "gQH47joAAAAA", "expire_seconds": 600, "url": "http://weixin.qq.com/q/kZgf"},
            "/cgi-bin/get_current_selfmenu_info": lambda _: {"is_menu_open": 1},
            "/cgi-bin/template/get_all_private_template": lambda _: {
                "template_list": [{"template_id": one, "title": "x"} for one in self.templates]
            },
        }
        method = methods.get(call.path)
        return method(call) if method else {"errcode": 40066, "errmsg": "invalid url"}

    def _form(self, call: ApiCall) -> dict[str, Any]:
        if call.body["touser"] in self.gone:
            return {"errcode": 43004, "errmsg": "require subscribe"}
        name = str(call.body.get("client_msg_id", ""))
        if name and name in self._forms:  # what is sent again under its name arrives once
            return self._forms[name]
        self.sent.append((call.body["touser"], call.path.split("/")[3], call.body))
        self._forms[name] = {"errcode": 0, "errmsg": "ok", "msgid": next(self._numbers)}
        return self._forms[name]

    def _form_once(self, call: ApiCall) -> dict[str, Any]:
        title, text = call.body["title"], call.body["data"]["content"]["value"]
        assert (len(title) <= 15, len(text) <= 200) == (True, True), "longer than a one-time subscription takes"
        self.sent.append((call.body["touser"], "one_time", call.body))
        return {"errcode": 0, "errmsg": "ok"}

    def _keep(self, call: ApiCall) -> dict[str, Any]:
        media_id = f"media-{next(self._numbers)}"
        self.files[media_id] = call.file
        return {"type": call.query["type"], "media_id": media_id, "created_at": 1}

    def _show_menu(self, call: ApiCall) -> dict[str, Any]:
        self.menu = call.body
        return {"errcode": 0, "errmsg": "ok"}

    def _say(self, call: ApiCall) -> dict[str, Any]:
        body = call.body
        openid, kind = body["touser"], body["msgtype"]
        if kind == "text" and len(body["text"]["content"].encode()) > _LONGEST_TEXT:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        if kind == "news" and len(body["news"]["articles"]) > 1:
            return {"errcode": 45008, "errmsg": "article size out of limit"}
        if kind not in {"text", "news"} and body[kind]["media_id"] not in self.files:
            return {"errcode": 40007, "errmsg": "invalid media_id"}
        if code := self._unwilling(openid):
            return {"errcode": code, "errmsg": "no"}
        self.sent.append((openid, kind, body))
        return {"errcode": 0, "errmsg": "ok"}

    def _unwilling(self, openid: str) -> int:
        """Return why somebody may not be written to, 0 when they may: then one right of theirs is used up."""
        if self.is_spent:
            return 45009
        if openid in self.gone:
            return 43004
        if self.rights.get(openid, 1) <= 0:
            self.over.append(openid)
            return 45047
        if openid in self.rights:
            self.rights[openid] -= 1
        return 0


def _decoded(path: str, media_type: str, body: bytes) -> ApiCall:
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if media_type.startswith("multipart/"):
        message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {media_type}\r\n\r\n".encode() + body)
        data = next(message.iter_parts()).get_payload(decode=True)
        return ApiCall(parts.path, query, file=data if isinstance(data, bytes) else b"")
    assert b"\\u" not in body, "WeChat takes escapes literally"
    return ApiCall(parts.path, query, json.loads(body) if body else {})


def _encoded(payload: object) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()
