"""WeChat as it calls several servers: it posts each message until somebody answers, to one after the other."""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from bot.channels.wechat.markup import read
from tests.kit.wechat_calls import Caller
from tests.kit.wechat_server import WechatServer

_TRIES = 300
_PAUSE = 0.1
_RIGHTS = 5


@dataclass
class Platform:
    """Posts messages, remembers every reply, and lets ``api`` know who may be written to."""

    urls: Sequence[str]
    client: httpx.Client
    api: WechatServer
    replies: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict[int, set[str]](set))
    lost: int = 0
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, message: dict[str, str | int], *, times: int = 2) -> str:
        """Have one message answered, and asked for again so that the answers can be compared; return the last."""
        self.api.rights[str(message["FromUserName"])] = _RIGHTS
        self.api.gone.discard(str(message["FromUserName"]))
        number, last = int(message.get("MsgId", 0)), ""
        for _ in range(times):
            last = self._answered(message)
            with self._lock:
                self.replies[number].add(last)
        return last

    def _answered(self, message: dict[str, str | int]) -> str:
        caller = Caller()
        for _ in range(_TRIES):
            query, body = caller.sealed(message, at=int(time.time()))
            url = self.urls[next(self._turn) % len(self.urls)]
            try:
                answer = self.client.post(f"{url}/wechat?{query}", content=body)
            except httpx.TransportError:
                self.lost += 1
                time.sleep(_PAUSE)
                continue
            if answer.is_success:
                return _text(caller, answer.content)
            self.lost += 1
            time.sleep(_PAUSE)
        raise AssertionError("nobody answers")


def _text(caller: Caller, body: bytes) -> str:
    """Return the words of a reply, nothing where there is none."""
    if not body.startswith(b"<"):
        return ""
    return read(caller.envelope.open(read(body).get("Encrypt"))).get("Content")
