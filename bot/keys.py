"""Everything that is derived from the one secret: sealing, blind look-up, signatures."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_SIGNATURE_BYTES = 24


class Keys:
    """Derived keys, one a purpose, so that a leak of one says nothing of another."""

    def __init__(self, secret: str) -> None:
        """Derive from ``secret`` (``HONGYAN_SECRET_KEY``)."""
        self._secret = secret.encode()
        self._sealer = AESGCM(self._derive("seal"))
        self._blinder = self._derive("blind")

    def seal(self, text: str) -> str:
        """Encrypt ``text`` (AES-256-GCM, fresh nonce) into printable ASCII."""
        nonce = os.urandom(_NONCE_BYTES)
        return _encode(nonce + self._sealer.encrypt(nonce, text.encode(), None))

    def open(self, sealed: str) -> str:
        """Decrypt what :meth:`seal` made; raise ``ValueError`` when it is not ours or was touched."""
        raw = _decode(sealed)
        try:
            return self._sealer.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise ValueError("not sealed with this key") from error

    def blind(self, text: str) -> str:
        """Return a keyed digest of ``text``: equal texts are found without storing them."""
        return hmac.new(self._blinder, text.encode(), hashlib.sha256).hexdigest()

    def sign(self, purpose: str, text: str) -> str:
        """Return the signature of ``text`` for one ``purpose``."""
        digest = hmac.new(self._derive(f"sign:{purpose}"), text.encode(), hashlib.sha256).digest()
        return _encode(digest[:_SIGNATURE_BYTES])

    def signed(self, purpose: str, text: str, signature: str) -> bool:
        """Tell, in constant time, whether ``signature`` is ours for ``text`` and ``purpose``."""
        return same(self.sign(purpose, text), signature)

    def _derive(self, purpose: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"hongyan:{purpose}".encode()).derive(self._secret)


def same(expected: str, given: str) -> bool:
    """Compare two secrets in constant time; half a character equals itself and nothing else."""
    return hmac.compare_digest(expected.encode(errors="surrogatepass"), given.encode(errors="surrogatepass"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
