"""What is said: a message as plain data, the same for every channel."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Choice(BaseModel):
    """One thing the person may pick, by its key (a digit), its label or its button.

    With ``go`` it starts that flow with ``fill`` as known answers; without, ``fill["value"]`` answers the open
    question. ``words`` names the field that free words fill when nobody asked for anything else.
    """

    model_config = ConfigDict(frozen=True)

    label: str
    key: str = ""
    go: str = ""
    fill: dict[str, Any] = {}
    words: str = ""


class Attachment(BaseModel):
    """A kept file that goes along with a message."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["photo", "voice", "document"]
    file_id: int
    name: str = ""


class Pin(BaseModel):
    """A place on the map, in degrees (WGS 84)."""

    model_config = ConfigDict(frozen=True)

    latitude: float
    longitude: float
    name: str = ""


class Message(BaseModel):
    """What one person is told at once: text, what may be picked, what goes along; ``template`` is its origin.

    ``facts`` are the few values of it that a channel with fixed forms may have to put elsewhere.
    """

    model_config = ConfigDict(frozen=True)

    template: str
    text: str
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pin: Pin | None = None
    large: bool = False
    facts: dict[str, str] = {}

    @property
    def parts(self) -> int:
        """How many messages a platform may make of it, for whoever counts them: the text, and what goes along."""
        return max(1, len(self.attachments) + (self.pin is not None))


def facts(values: Mapping[str, object]) -> dict[str, str]:
    """Return those of a message's values that fixed forms know: what it is about, where, and when (ISO 8601)."""
    kept = {name: value for name in ("title", "place") if isinstance(value := values.get(name), str)}
    starts_at = values.get("starts_at")
    return {**kept, "starts_at": starts_at.isoformat()} if isinstance(starts_at, datetime) else kept


def numbered(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Give every choice without a key its digit, counting from 1."""
    number = 0
    done: list[Choice] = []
    for choice in choices:
        if not choice.key:
            number += 1
        done.append(choice if choice.key else choice.model_copy(update={"key": str(number)}))
    return tuple(done)


def readable(text: str) -> str:
    """Return ``text`` without control and format characters, keeping line breaks and what joins an emoji."""
    if text.isprintable():
        return text
    return "".join(
        mark for mark in text if mark in "\n\t\u200d" or unicodedata.category(mark) not in {"Cc", "Cf", "Cs"}
    )
