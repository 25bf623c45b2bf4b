"""Who is let into the console: keys that open it once, browsers that are in, and who guesses."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from db.types import Table, moment


class ConsoleKey(Table, table=True):
    """What one person is given in chat to come in once: a link for that device, a code for another.

    Both are kept as keyed digests only. A browser that typed the code waits (``browser_digest``) until whoever asked
    for it says in chat that it is theirs (``confirmed_at``); at ``used_at`` somebody came in, or it was taken back.
    """

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    link_digest: str = Field(max_length=64, unique=True)
    code_digest: str = Field(max_length=64, unique=True)
    browser_digest: str = Field(default="", max_length=64)
    device: str = Field(default="", max_length=40)
    made_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    confirmed_at: datetime | None = moment(default=None)
    used_at: datetime | None = moment(default=None)


class ConsoleStay(Table, table=True):
    """A browser in which somebody is in, from their log-in until they leave, are idle too long, or it is over.

    ``token_digest`` is of the secret in its cookie, ``address_id`` the chat it was opened from: who is unbound there is
    out here.
    """

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    token_digest: str = Field(max_length=64, unique=True)
    device: str = Field(default="", max_length=40)
    began_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    ended_at: datetime | None = moment(default=None)


class ConsoleTry(Table, table=True):
    """A link or code that was none, from a place (a keyed digest of the network address): who guesses is stopped."""

    __table_args__ = (Index("ix_console_try_place_tried_at", "place", "tried_at"),)

    id: int | None = Field(default=None, primary_key=True)
    place: str = Field(max_length=64)
    tried_at: datetime = moment(index=True)
