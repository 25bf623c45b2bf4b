"""What WeChat posts: messages and events of an account, plain or sealed, signed as it signs them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.channels.wechat.envelope import Envelope, signature
from bot.channels.wechat.markup import write

APP_ID = "wxba5fad812f8e6fb9"
SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "AAAAA"
AES_KEY = "A" * 43
OLD_AES_KEY = "B" * 43
ACCOUNT = "gh_97417a04a28d"
LI = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
WANG = "o9AgO5Kd5ggOC-bXrbNODIiE3bGZ"
NONCE = "415670741"

_numbers = itertools.count(23_000_000_000_000_001)


def message(
    kind: str = "text", *, sender: str = LI, at: int = 1_764_000_000, **more: str | int
) -> dict[str, str | int]:
    """Return the fields of a message, with the next number."""
    head: dict[str, str | int] = {"ToUserName": ACCOUNT, "FromUserName": sender, "CreateTime": at, "MsgType": kind}
    return {**head, "MsgId": next(_numbers), **more}


def said(text: str, *, sender: str = LI, **more: str | int) -> dict[str, str | int]:
    """Return what somebody typed."""
    return message("text", sender=sender, Content=text, **more)


def tapped(menu_id: str, *, label: str = "x", sender: str = LI, **more: str | int) -> dict[str, str | int]:
    """Return a tap on a line of an offered menu."""
    return message("text", sender=sender, Content=label, bizmsgmenuid=menu_id, **more)


def event(name: str, *, sender: str = LI, at: int = 1_764_000_000, **more: str | int) -> dict[str, str | int]:
    """Return an event: it has no number."""
    head: dict[str, str | int] = {"ToUserName": ACCOUNT, "FromUserName": sender, "CreateTime": at}
    return {**head, "MsgType": "event", "Event": name, **more}


@dataclass(frozen=True)
class Caller:
    """WeChat, as it calls one account."""

    token: str = TOKEN
    app_id: str = APP_ID
    aes_key: str = AES_KEY
    more: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def envelope(self) -> Envelope:
        return Envelope(app_id=self.app_id, token=self.token, aes_keys=(self.aes_key,))

    def sealed(self, fields: Mapping[str, str | int] | bytes, *, at: int, mode: str = "safe") -> tuple[str, bytes]:
        """Return the query and the body of a callback in some mode."""
        plain = fields if isinstance(fields, bytes) else write(fields).encode()
        query = {"signature": signature(self.token, str(at), NONCE), "timestamp": str(at), "nonce": NONCE}
        if mode == "plain":
            return urlencode({**query, **self.more}), plain
        sealed = self.envelope.seal(plain)
        signed = signature(self.token, str(at), NONCE, sealed)
        outside = dict(fields) if mode == "compatible" and not isinstance(fields, bytes) else {"ToUserName": ACCOUNT}
        query |= {"encrypt_type": "aes", "msg_signature": signed}
        return urlencode({**query, **self.more}), write({**outside, "Encrypt": sealed}).encode()
