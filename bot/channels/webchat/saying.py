"""What a page posts, read strictly: one text, button, place or file, with an id the page made."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.domain.files import LARGEST, IncomingFile
from bot.domain.messages import Pin
from bot.pictures import photo_type
from bot.web.enclosures import file_name
from bot.web.guard import SMALL, Refusal, insist_on_json, read_body
from bot.web.tables import table_type
from db.models import FileKind

_SECONDS_FOR_WORDS = 15
_SECONDS_FOR_A_PHOTO = 120

MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Spot(BaseModel):
    """A place on the map, in degrees (WGS 84)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Said(BaseModel):
    """One thing somebody said; exactly one of text, button and pin is given.

    ``quotes`` is the number of the message a text replies to.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: MessageId
    text: str | None = None
    button: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    pin: Spot | None = None
    quotes: Annotated[int, Field(ge=1, le=2**31)] | None = None

    @property
    def place(self) -> Pin | None:
        """The place as the engine knows it."""
        return Pin(latitude=self.pin.latitude, longitude=self.pin.longitude) if self.pin else None


class _FileLabel(BaseModel):
    """The id and name of a file, from the address it is posted to."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: MessageId
    name: str = ""


async def read_saying(request: Request) -> Said:
    """Read a posted saying; refuse whatever is not exactly one."""
    insist_on_json(request)
    body = await read_body(request, limit=SMALL, seconds=_SECONDS_FOR_WORDS)
    try:
        said = Said.model_validate_json(body)
    except ValidationError as error:
        raise Refusal(400, "unreadable") from error
    given = [part for part in (said.text, said.button, said.pin) if part is not None]
    if len(given) != 1 or "\0" in f"{said.text}{said.button}":
        raise Refusal(400, "unreadable")
    if said.text is not None and not said.text.strip():
        raise Refusal(400, "empty")
    return said


async def read_file(request: Request) -> tuple[str, IncomingFile, bytes]:
    """Read a posted photo or table: its id, what it is (no digest yet), and its bytes; its header shows what it is."""
    try:
        label = _FileLabel.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise Refusal(400, "unreadable") from error
    data = await read_body(request, limit=LARGEST, seconds=_SECONDS_FOR_A_PHOTO)
    if not data:
        raise Refusal(400, "empty")
    name = file_name(label.name)
    if media_type := photo_type(data):
        kind = FileKind.PHOTO
    elif media_type := table_type(name, data):
        kind = FileKind.DOCUMENT
    else:
        raise Refusal(415, "not_a_photo")
    return label.id, IncomingFile(kind=kind, name=name, media_type=media_type, size=len(data)), data
