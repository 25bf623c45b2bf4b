"""Who a text is meant for: in groups only what is said to the bot is a turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.telegram.wire import Entity

_AFTER_A_NAME = " ,:\uff0c\u3001\uff1a"


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Who the bot is on Telegram; ``username`` is empty until Telegram has told it."""

    id: int
    username: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A text without the bot's name, and whether it named the bot or, by a command, another one."""

    text: str
    names_us: bool
    names_another: bool


def listen(text: str, entities: Sequence[Entity], bot: BotIdentity) -> Heard:
    """Take the bot's name out of a text and tell whether the text is for the bot.

    Entities count in UTF-16 code units (https://core.telegram.org/api/entities#entity-length).
    """
    if not entities:
        return Heard(text, names_us=False, names_another=False)
    units = text.encode("utf-16-le")
    ours: list[tuple[int, int]] = []
    commanded = names_another = False
    for entity in entities:
        start, end = entity.offset, entity.offset + entity.length
        marked = units[2 * start : 2 * end].decode("utf-16-le", errors="replace")
        if entity.type == "bot_command" and start == 0:
            command, _, name = marked.partition("@")
            commanded = commanded or not name
            names_another = names_another or (bool(name) and not _is_named(bot, name))
            if name and _is_named(bot, name):
                ours.append((len(command), end))
        elif (entity.type == "mention" and _is_named(bot, marked.removeprefix("@"))) or (
            entity.type == "text_mention" and entity.user is not None and entity.user.id == bot.id
        ):
            ours.append((start, end))
    return Heard(_without(units, ours), names_us=commanded or bool(ours), names_another=names_another)


def _is_named(bot: BotIdentity, name: str) -> bool:
    return bool(bot.username) and name.casefold() == bot.username.casefold()


def _without(units: bytes, spans: list[tuple[int, int]]) -> str:
    if not spans:
        return _decoded(units)
    said = ""
    kept_from = 0
    for start, end in [*sorted(spans), (len(units), len(units))]:
        part = _decoded(units[2 * kept_from : 2 * max(start, kept_from)])
        kept_from = max(end, kept_from)
        said += part if said else part.lstrip(_AFTER_A_NAME)
    return said.strip()


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", errors="ignore")
