"""What a person can do here: every flow, listed by hand."""

from bot.conversation.dialogue import Defaults
from bot.conversation.flow import Flow
from handlers import activities, codes, desk, entries, hand_off, menu, signups

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
    codes.open_,
    # volunteering
    activities.browse,
    activities.show,
    signups.sign_up,
    signups.confirm_offer,
    signups.decline_offer,
    signups.assure,
    signups.cancel,
    signups.cancel_which,
    signups.mine,
)

DEFAULTS = Defaults(
    menu="menu",
    search="entries.search",
    wordless="cases.pass_on",
    emergency="emergency",
    always=frozenset({"menu", "help", "large_text", "normal_text", "cases.hand_off"}),
    codes="codes.open",
    cancelling="signups.cancel_which",
)
"""Which flows have a part in every conversation."""
