"""What nobody would send, by the thousand and quickly: updates and posts that are wrong somewhere, or everywhere."""

import copy
import json
import random
from collections.abc import Sequence
from typing import Any

from content.words import labels, trigger_phrases
from tests.kit.telegram_updates import BOT, GROUP, command, membership, message, pressed, said, sent, update

PEOPLE = 500
_WORDS = sorted({*trigger_phrases(), *labels().values(), "二次报销", "路灯坏了", "番村", "是", "不", *"0123456789"})
_NUMBERS = [-1, 0, 1, 2**31, 2**53, 2**63, -(2**63) - 1, 10**30, 1e308, float("inf"), float("nan")]
_TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "👨‍👩‍👧‍👦" * 50,
    "长" * 5000,
    "a\n" * 999,
    "٣１①",
    "/start@x",
    "\u202e1\u200b",
    "'; --",
    "{{ 7 * 7 }}",
]
_KEYS = [
    "message",
    "edited_message",
    "callback_query",
    "text",
    "from",
    "chat",
    "entities",
    "photo",
    "data",
    "id",
    "pin",
]
_WRONG_BYTES = [b"", b"{", b"[" * 9999, b"\xff\xfe\x00", b'{"update_id":1}', b"null", b"1e999", b'"\\ud800"']


class Oddities:
    """Draws them with one seed, so that a run can be had again."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # it guards nothing
        self._serial = 0

    def update(self) -> bytes:
        """Return the body of a request to Telegram's webhook: mostly a real update with something wrong in it."""
        if self.chance.random() < 0.02:
            return self.chance.choice(_WRONG_BYTES)
        raw = copy.deepcopy(self.chance.choice(self._updates()))
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            self._spoil(raw)
        return _written(raw)

    def post(self) -> tuple[str, bytes]:
        """Return who posts to the chat page, and what."""
        who = f"v{self.chance.randrange(PEOPLE)}"
        if self.chance.random() < 0.02:
            return who, self.chance.choice(_WRONG_BYTES)
        self._serial += 1
        raw: dict[str, Any] = {"id": f"m{self._serial - self.chance.choice([0, 0, 0, 1])}"}
        raw |= self.chance.choice(
            [
                {"text": self.words()},
                {"text": self.words()},
                {"button": f"{self.chance.randint(-2, 5000)}:{self.chance.choice([*'01234', self.words()])}"},
                {"pin": {"latitude": self.number(), "longitude": self.number()}},
            ]
        )
        for _ in range(self.chance.choice([0, 0, 0, 1])):
            self._spoil(raw)
        return who, _written(raw)

    def words(self) -> str:
        """Return something that means something, or not."""
        kind = self.chance.random()
        if kind < 0.6:
            return self.chance.choice(_WORDS)
        if kind < 0.8:
            return "".join(chr(self.chance.randrange(1, 0x3000)) for _ in range(self.chance.randrange(40)))
        return self.chance.choice(_TEXTS)

    def number(self) -> float:
        return self.chance.choice([*_NUMBERS, self.chance.uniform(-200, 200)])

    def _updates(self) -> Sequence[Any]:
        who = {"id": 10_000 + self.chance.randrange(PEOPLE), "is_bot": False, "first_name": self.words()}
        words = self.words()
        return (
            said(words, who),
            said(words, who),
            said(words, who, entities=[command(len(words)), {"type": "mention", "offset": -1, "length": 2**31}]),
            update(message=message(who, chat=GROUP, content={"text": words, "reply_to_message": message(BOT)})),
            pressed(f"{self.chance.randint(-2, 5000)}:{self.chance.choice([*'01234', words])}", who),
            sent(who, photo=[{"file_id": words, "width": 1, "height": 1, "file_size": 1}], caption=words),
            sent(who, location={"latitude": self.number(), "longitude": self.number()}),
            sent(who, contact={"phone_number": words, "user_id": who["id"]}),
            sent(who, document={"file_id": "d", "file_name": words, "file_size": self.number()}),
            update(edited_message=message(who, content={"text": words})),
            membership(self.chance.choice(["kicked", "member", words])),
        )

    def _spoil(self, raw: Any) -> None:
        """Take something out, or put something else in its place, anywhere."""
        places = list(_places(raw))
        if not places:
            return
        container, key = self.chance.choice(places)
        if isinstance(container, dict) and self.chance.random() < 0.3:
            del container[key]
        else:
            container[key] = self._anything()

    def _anything(self, depth: int = 0) -> Any:
        kind = self.chance.randrange(7 if depth < 3 else 5)
        if kind < 2:
            return self.chance.choice([None, True, False])
        if kind < 5:
            return self.number() if kind == 2 else self.words()
        inner = [self._anything(depth + 1) for _ in range(self.chance.randrange(4))]
        return inner if kind == 5 else dict(zip(self.chance.sample(_KEYS, len(inner)), inner, strict=True))


def _places(value: Any) -> Any:
    """List every place in a JSON value, as its container and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _written(raw: Any) -> bytes:
    return json.dumps(raw).encode()
