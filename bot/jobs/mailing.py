"""Writes a message for a whole audience without holding up anybody who talks meanwhile."""

import asyncio
import functools

from sqlalchemy import ColumnElement

from bot.clock import Clock, seconds
from bot.domain.outgoing import mailing
from bot.domain.outgoing.mailing import Mailing
from db.sql import Database

_PAGE_OF_FILE = 1000
_PAGE_OF_SERVER = 5000
_SHORTEST_PAUSE = 0.001
"""Seconds between pages, or as long as the page took: whoever waits to write, here or in another process, comes now."""


async def write_for_all(
    database: Database, message: Mailing, audience: ColumnElement[bool], *, clock: Clock, after: int = 0
) -> int:
    """Write the rows of everybody in an audience and return the last address written to.

    Raises :class:`bot.errors.DatabaseUnavailable`; whoever calls again with the last ``after`` it knows, or with none,
    loses and doubles nothing.
    """
    page = _PAGE_OF_FILE if database.is_sqlite else _PAGE_OF_SERVER
    while True:
        write = functools.partial(
            mailing.write_page, mailing=message, audience=audience, after=after, page=page, now=clock.now()
        )
        began = seconds()
        last = await database.do(write)
        if last is None:
            return after
        after = last
        await asyncio.sleep(max(_SHORTEST_PAUSE, seconds() - began) if database.is_sqlite else _SHORTEST_PAUSE)
