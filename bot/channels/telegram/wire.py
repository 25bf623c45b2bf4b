"""The part of Telegram's updates that Hongyan reads, every type checked.

The library's own objects (``telegram.Update.de_json``) take anything for any field; these refuse what Telegram never
sends, so that nothing behind them meets a surprise.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PATH = "/telegram"
"""Where updates are posted."""


def _storable(text: str) -> str:
    text.encode()  # half a character is a UnicodeEncodeError, which is a ValueError and so a wrong type
    return text.replace("\0", "")  # no PostgreSQL text holds NUL


Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Moment = Annotated[int, Field(ge=0, lt=2**33)]
Text = Annotated[str, AfterValidator(_storable)]
Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Wire(BaseModel):
    """Plain data from outside: unknown fields are ignored, wrong types refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class User(Wire):
    """A person or a bot."""

    id: Id
    is_bot: bool = False


class Chat(Wire):
    """Where something was said."""

    id: Id
    type: str


class Entity(Wire):
    """A marked stretch of a text; offset and length count UTF-16 code units."""

    type: str
    offset: Annotated[int, Field(ge=0)]
    length: Annotated[int, Field(ge=0)]
    user: User | None = None


class Media(Wire):
    """A file on Telegram's servers."""

    file_id: Text
    file_name: Text = ""
    mime_type: Text = ""
    file_size: Id = 0
    width: int = 0
    height: int = 0


class Contact(Wire):
    """A shared phone number."""

    phone_number: Text
    user_id: Id | None = None


class Location(Wire):
    """A place on the map."""

    latitude: Degrees
    longitude: Degrees


class Venue(Wire):
    """A place with a name."""

    location: Location
    title: Text


class Answered(Wire):
    """The message that is replied to, as far as it matters: which, and who said it."""

    message_id: Id = 0
    sender: User | None = Field(None, alias="from")


class Message(Wire):
    """One message. The kinds typed ``object`` are known to be said, but not read."""

    message_id: Id
    date: Moment
    edit_date: Moment | None = None
    chat: Chat
    sender: User | None = Field(None, alias="from")
    sender_chat: Chat | None = None
    reply_to_message: Answered | None = None
    migrate_to_chat_id: Id | None = None
    text: Text = ""
    caption: Text = ""
    entities: tuple[Entity, ...] = Field((), strict=False)
    caption_entities: tuple[Entity, ...] = Field((), strict=False)
    contact: Contact | None = None
    location: Location | None = None
    venue: Venue | None = None
    photo: tuple[Media, ...] = Field((), strict=False)
    voice: Media | None = None
    audio: Media | None = None
    animation: Media | None = None
    video: Media | None = None
    video_note: Media | None = None
    document: Media | None = None
    sticker: object = None
    dice: object = None
    poll: object = None
    game: object = None
    story: object = None
    checklist: object = None
    paid_media: object = None
    live_photo: object = None
    giveaway: object = None
    invoice: object = None


class Pressed(Wire):
    """The message whose button was pressed; of an old one Telegram keeps no more than this."""

    message_id: Id
    chat: Chat


class CallbackQuery(Wire):
    """A pressed button."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    sender: User = Field(alias="from")
    message: Pressed | None = None
    data: Text = ""


class Standing(Wire):
    """What somebody is in a chat."""

    status: str


class MembershipChange(Wire):
    """What the bot became in a chat: it was blocked, let in, thrown out."""

    chat: Chat
    new_chat_member: Standing


class Update(Wire):
    """One update; at most one of its parts is there."""

    update_id: Id
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MembershipChange | None = None


ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What Telegram is asked to send: the parts above and nothing else."""
