"""Messages on their way to an open page: as JSON, and as server-sent events."""

import json
from collections.abc import AsyncIterator
from typing import Any

from bot.channels.webchat.mailbox import PAGE, Bell, Mailbox, Told

_LOOK_EVERY = 1.0
_HEARTBEAT_AFTER = 15


def as_page_sees(told: Told) -> dict[str, Any]:
    """Return a message as the page reads it; its files are behind addresses that sign afresh each time."""
    content = told.content
    return {
        "number": told.number,
        "at": told.told_at.isoformat(),
        "text": content["text"],
        "large": content["large"],
        "pin": content["pin"],
        "asks": content.get("asks", False),
        "choices": [{**one, "button": f"{content['outbox_id']}:{one['key']}"} for one in content["choices"]],
        "attachments": [
            {"kind": one["kind"], "name": one["name"], "url": f"chat/files/{told.number}/{place}"}
            for place, one in enumerate(content["attachments"])
        ],
    }


async def events(
    mailbox: Mailbox, bell: Bell, visitor: str, after: int, *, look_every: float = _LOOK_EVERY
) -> AsyncIterator[str]:
    """Yield what a visitor is told after number ``after``, as it comes, until the server goes down.

    A page that claims more than there is has kept the numbers of another mailbox: it is told to start over.
    """
    with bell.listen(visitor) as ear:
        yield "retry: 2000\n\n"
        if after > await mailbox.last_number(visitor):
            after = 0
            yield "event: reset\nid: 0\ndata: {}\n\n"
        silent = 0
        while ear.is_open:
            messages = await mailbox.read(visitor, after)
            for told in messages:
                after = told.number
                yield f"id: {told.number}\ndata: {json.dumps(as_page_sees(told), ensure_ascii=False)}\n\n"
            if len(messages) == PAGE:
                continue
            silent = 0 if messages else silent + 1
            if silent >= _HEARTBEAT_AFTER:
                silent = 0
                yield ": still here\nevent: beat\ndata: {}\n\n"
            await ear.wait(look_every)
