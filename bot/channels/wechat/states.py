"""What somebody takes along to a page of WeChat's and has to bring back: in the same browser, once, and soon.

WeChat takes letters and digits only, 128 at the most
(https://developers.weixin.qq.com/doc/service/guide/h5/auth.html).
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock, draw
from bot.domain.codes import ALPHABET
from bot.keys import Keys, same

LIFETIME = timedelta(minutes=10)
_NONCE, _SEAL = 20, 40
_STATE = re.compile(rf"([0-9a-f]{{1,12}})z([0-9A-Z]{{{_NONCE}}})z([0-9a-f]{{{_SEAL}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class State:
    """What goes along, and the ``nonce`` in it that the browser keeps by itself."""

    text: str
    nonce: str

    @property
    def cookie(self) -> str:
        """Return under which name the browser keeps the nonce."""
        return f"hongyan_wechat_{self.nonce[:6]}"


class States:
    """Makes states and tells whether one is ours."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        """Seal with ``keys``."""
        self._keys = keys
        self._clock = clock

    def made(self, errand: str) -> State:
        """Return a new state for what somebody is about to do."""
        until, nonce = f"{int((self._clock.now() + LIFETIME).timestamp()):x}", draw(ALPHABET, _NONCE)
        return State(f"{until}z{nonce}z{self._seal(errand, until, nonce)}", nonce)

    def read(self, errand: str, text: str) -> State | None:
        """Return a state that was brought back, ``None`` for one that is not ours, for something else, or too old."""
        found = _STATE.fullmatch(text)
        if found is None or not same(self._seal(errand, found[1], found[2]), found[3]):
            return None
        return State(text, found[2]) if int(found[1], 16) > self._clock.now().timestamp() else None

    def _seal(self, errand: str, until: str, nonce: str) -> str:
        return self._keys.blind(f"wechat state:{errand}:{until}:{nonce}")[:_SEAL]
