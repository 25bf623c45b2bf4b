"""What cadres see of visits in chat: where nobody was for long, and where the lists are kept."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.access import Act
from bot.domain.messages import Choice
from bot.domain.visits import unseen as long_unseen
from content import visits
from content.words import label
from handlers.personal import privately

_SHOWN = 4


@flow("visits.unseen")
def unseen(turn: Turn, _form: Form) -> Reply:
    """Show village by village how many households nobody has seen for long."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, Act.KEEP_HOUSEHOLDS)
    found = long_unseen.by_unit(turn.db, turn.person, now=turn.now)
    return Reply(
        "visits/unseen",
        days=visits.unseen_days(),
        total=sum(one.count for one in found),
        shown=found[:_SHOWN],
        nobodys=long_unseen.nobodys(turn.db, turn.person),
        choices=(Choice(label=label("to_the_console"), go="console.enter"),),
    )


@flow("visits.lists")
def lists(turn: Turn, _form: Form) -> Reply:
    """Say where lists of households are taken in and looked after."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, Act.KEEP_HOUSEHOLDS)
    choices = (
        Choice(label=label("to_the_console"), go="console.enter"),
        Choice(label=label("long_unseen"), go="visits.unseen"),
    )
    return Reply("visits/lists", choices=choices)
