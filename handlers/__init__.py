"""What a person can do here: every flow, listed by hand."""

from bot.conversation.dialogue import Defaults
from bot.conversation.flow import Flow
from handlers import desk, entries, hand_off, menu

FLOWS: tuple[Flow, ...] = (
    menu.menu,
    menu.help_,
    menu.about,
    menu.thanks,
    menu.large_text,
    menu.normal_text,
    menu.emergency,
    entries.search,
    entries.show,
    entries.none_of_these,
    entries.not_solved,
    entries.centres,
    entries.popular,
    hand_off.hand_off,
    hand_off.change_village,
    hand_off.pass_on,
    hand_off.never_mind,
    desk.answer,
    desk.to_do,
    desk.useful,
)

DEFAULTS = Defaults(
    menu="menu",
    search="entries.search",
    wordless="cases.pass_on",
    emergency="emergency",
    always=frozenset({"menu", "help", "large_text", "normal_text", "cases.hand_off"}),
)
"""Which flows have a part in every conversation."""
