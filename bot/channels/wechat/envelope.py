"""What proves that a callback comes from WeChat, and keeps anybody else from reading it.

AES-256-CBC over ``16 random bytes + length + text + app id``, padded to 32 bytes, and SHA-1 over the sorted parts
(https://developers.weixin.qq.com/doc/service/guide/dev/push/encryption.html).
"""

import base64
import binascii
import hashlib
import re
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.clock import new_token
from bot.errors import SettingsError
from bot.keys import same

_BLOCK = 32
_CIPHER_BLOCK = 16
_SALT = 16
_HEAD = _SALT + 4
_KEY = re.compile(r"[A-Za-z0-9]{43}")


class ForgedCallback(ValueError):
    """A callback that is not WeChat's, or not for this account."""


class UnreadableCallback(ValueError):
    """A callback that cannot be read; the message says why, never what was in it."""


def signature(*parts: str) -> str:
    """Return WeChat's signature of some parts, in whatever order they come."""
    joined = "".join(sorted(parts)).encode(errors="surrogatepass")
    return hashlib.sha1(joined).hexdigest()  # noqa: S324  # WeChat signs so; the token among the parts is what is secret


class Envelope:
    """Signs and checks, seals and opens what goes to and fro between WeChat and one account."""

    def __init__(self, *, app_id: str, token: str, aes_keys: tuple[str, ...] = ()) -> None:
        """``aes_keys`` are as the console shows them: the present one first, then the one before it, if any.

        Raises :class:`SettingsError` for one that is no key.
        """
        self._app_id = app_id.encode()
        self._token = token
        self._ciphers = tuple(_cipher(key) for key in aes_keys)

    def is_signed(self, given: str, *parts: str) -> bool:
        """Tell, in constant time, whether WeChat signed these parts."""
        return same(signature(self._token, *parts), given)

    def sign(self, *parts: str) -> str:
        """Sign some parts as WeChat does."""
        return signature(self._token, *parts)

    def open(self, sealed: str) -> bytes:
        """Decrypt a text whose signature was checked, with whichever key fits.

        Raises :class:`UnreadableCallback` for what no key opens and :class:`ForgedCallback` for what is meant for
        another account.
        """
        raw = _decoded(sealed)
        trouble: ValueError = UnreadableCallback("there is no key")
        for cipher in self._ciphers:
            try:
                return self._inside(_decrypted(cipher, raw))
            except (UnreadableCallback, ForgedCallback) as error:
                trouble = error if not isinstance(trouble, ForgedCallback) else trouble
        raise trouble

    def seal(self, text: bytes, *, salt: bytes = b"") -> str:
        """Encrypt a text with the present key; ``salt`` is 16 bytes, drawn when left out."""
        plain = (salt or new_token(12).encode()) + struct.pack(">I", len(text)) + text + self._app_id
        padding = _BLOCK - len(plain) % _BLOCK
        encryptor = self._ciphers[0].encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def _inside(self, plain: bytes) -> bytes:
        if len(plain) < _HEAD:
            raise UnreadableCallback("too short")
        [length] = struct.unpack(">I", plain[_SALT:_HEAD])
        text, app_id = plain[_HEAD : _HEAD + length], plain[_HEAD + length :]
        if len(text) != length:
            raise UnreadableCallback("shorter than it says")
        if not same(self._app_id.hex(), app_id.hex()):
            raise ForgedCallback("meant for another account")
        return text


def _cipher(key: str) -> Cipher[CBC]:
    if not _KEY.fullmatch(key):
        raise SettingsError("HONGYAN_WECHAT_AES_KEY is wrong: it has 43 letters and digits.")
    raw = base64.b64decode(f"{key}=")
    return Cipher(AES(raw), CBC(raw[:_CIPHER_BLOCK]))


def _decoded(sealed: str) -> bytes:
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableCallback("not base64") from None
    if not raw or len(raw) % _CIPHER_BLOCK:
        raise UnreadableCallback("no whole blocks")
    return raw


def _decrypted(cipher: Cipher[CBC], raw: bytes) -> bytes:
    decryptor = cipher.decryptor()
    padded = decryptor.update(raw) + decryptor.finalize()
    padding = padded[-1]
    if not 1 <= padding <= _BLOCK or padded[-padding:] != bytes([padding]) * padding:
        raise UnreadableCallback("wrong padding")
    return padded[:-padding]
