"""Finding one's way: menu, help, large text."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.messages import Choice
from content.words import commands, label, menu_items

_MOST = 9
"""Choices with a digit of their own."""


@flow("menu")
def menu(turn: Turn, _form: Form) -> Reply:
    """Show what can be done here, and to cadres what waits for them."""
    items = menu_items("menu")
    if access.reach(turn.db, turn.person, access.Act.ANSWER_CASES):
        items = [*menu_items("for_cadres"), *items][:_MOST]
    choices = tuple(Choice(label=label(item["label"]), go=item["go"]) for item in items)
    return Reply("engine/menu", choices=choices)


@flow("help")
def help_(turn: Turn, _form: Form) -> Reply:
    """Say how to talk to the bot, and to those with a role what they may say, and nothing they may not."""
    allowed = [act for act in access.Act if access.reach(turn.db, turn.person, act)]
    said = list(dict.fromkeys(word for act in allowed for word in commands(act)))
    how = Reply("engine/help")
    return how.then(Reply("engine/help_of_roles", said=said)) if said else how


@flow("about")
def about(_turn: Turn, _form: Form) -> Reply:
    """Say who is talking: a program, not a person."""
    return Reply("engine/about")


@flow("thanks")
def thanks(_turn: Turn, _form: Form) -> Reply:
    """Answer a courtesy with one."""
    return Reply("engine/welcome")


@flow("large_text")
def large_text(turn: Turn, _form: Form) -> Reply:
    """Switch large text on where the channel can show it."""
    return _sized(turn, is_large=True)


@flow("normal_text")
def normal_text(turn: Turn, _form: Form) -> Reply:
    """Switch large text off again."""
    return _sized(turn, is_large=False)


class Urgent(Form):
    """What somebody said who may be in danger."""

    question: str


@flow("emergency", Urgent)
def emergency(_turn: Turn, form: Urgent) -> Reply:
    """Name the numbers to call before anything else; a cadre may be slow to answer."""
    pass_on = Choice(label=label("pass_on"), go="cases.hand_off", fill={"question": form.question})
    return Reply("engine/emergency", choices=(pass_on,))


def _sized(turn: Turn, *, is_large: bool) -> Reply:
    if not turn.traits.enlarges_text:
        return Reply("engine/large_elsewhere")
    turn.conversation.large_text = is_large
    return Reply("engine/large_on" if is_large else "engine/large_off")
