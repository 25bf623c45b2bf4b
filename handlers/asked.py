"""What somebody asked or reported: the list of it, for whoever remembers no number."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import asked
from bot.domain.messages import Choice
from content.words import label
from handlers.personal import privately

_SHOWN = 5


@flow("asked.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """List the newest of what somebody asked or reported, with how it stands; in no group: it is theirs alone."""
    privately(turn)
    found = asked.of_person(turn.db, turn.person.id or 0, most=_SHOWN)
    if not found:
        choices = (
            Choice(label=label("menu_hand_off"), go="cases.hand_off"),
            Choice(label=label("report_something"), go="grid.report"),
        )
        return Reply("asked/nothing_yet", choices=choices)
    return Reply("asked/mine", choices=tuple(Choice(label=one.line, go=one.go, fill=dict(one.fill)) for one in found))
