"""Updates as Telegram sends them, for a webhook or a fake server; each has its own number."""

import itertools
from collections.abc import Mapping

Json = dict[str, object]

BOT_ID = 123456
TOKEN = "123456:AAFakeTokenOfThe-Bot_0123456789abcdef"
BOT_NAME = "HongyanBot"
BOT: Json = {"id": BOT_ID, "is_bot": True, "first_name": "鸿雁", "username": BOT_NAME}
LI: Json = {"id": 4242, "is_bot": False, "first_name": "李", "language_code": "zh-hans"}
WANG: Json = {"id": 5353, "is_bot": False, "first_name": "王"}
GROUP: Json = {"id": -1001234567890, "type": "supergroup", "title": "石湾邻里"}
SPOKEN_AT = 1_760_000_000

_updates = itertools.count(700_000_001)
_messages = itertools.count(1001)


def private_chat(person: Mapping[str, object] = LI) -> Json:
    """Return the chat somebody has with the bot alone."""
    return {"id": person["id"], "type": "private", "first_name": person["first_name"]}


def message(
    person: Mapping[str, object] = LI, *, chat: Json | None = None, content: Mapping[str, object] | None = None
) -> Json:
    """Return one message as it stands inside an update."""
    return {
        "message_id": next(_messages),
        "from": dict(person),
        "chat": chat or private_chat(person),
        "date": SPOKEN_AT,
        **(content or {}),
    }


def update(**part: object) -> Json:
    """Return one update with the next number."""
    return {"update_id": next(_updates), **part}


def said(text: str, person: Mapping[str, object] = LI, **content: object) -> Json:
    """Return the update of a private text."""
    return update(message=message(person, content={"text": text, **content}))


def said_in_group(text: str, person: Mapping[str, object] = LI, **content: object) -> Json:
    """Return the update of a text in the group."""
    return update(message=message(person, chat=GROUP, content={"text": text, **content}))


def sent(person: Mapping[str, object] = LI, **content: object) -> Json:
    """Return the update of a private message without text, such as a photo."""
    return update(message=message(person, content=content))


def pressed(data: str, person: Mapping[str, object] = LI, *, chat: Json | None = None, query: str = "77001") -> Json:
    """Return the update of a pressed button."""
    shown = message(BOT, chat=chat or private_chat(person), content={"text": "请选：", "message_id": 900})
    return update(
        callback_query={"id": query, "from": dict(person), "message": shown, "chat_instance": "-55", "data": data}
    )


def membership(status: str, *, chat: Json | None = None) -> Json:
    """Return the update of the bot being let in, blocked or thrown out."""
    return update(
        my_chat_member={
            "chat": chat or private_chat(),
            "from": dict(LI),
            "date": SPOKEN_AT,
            "old_chat_member": {"user": BOT, "status": "member"},
            "new_chat_member": {"user": BOT, "status": status, "until_date": 0},
        }
    )


def mention_of(text: str, name: str = f"@{BOT_NAME}") -> Json:
    """Return the entity that marks a name in a text, counted in UTF-16 code units as Telegram does."""
    before = text[: text.index(name)]
    return {"type": "mention", "offset": len(before.encode("utf-16-le")) // 2, "length": len(name)}


def command(length: int) -> Json:
    """Return the entity that marks a command at the start of a text."""
    return {"type": "bot_command", "offset": 0, "length": length}
