"""The chat's side of the console: a link and a code to come in, "was that you", and out everywhere."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.console import entering, staying
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import identity
from content.words import label
from handlers.personal import privately


@flow("console.enter")
def enter(turn: Turn, _form: Form) -> Reply:
    """Give a cadre what opens the console once; whoever is nobody known yet is asked who they are first."""
    privately(turn)
    if not access.reach(turn.db, turn.person, access.Act.ENTER_CONSOLE) and not identity.is_known_here(
        turn.db, turn.person
    ):
        return Reply.leading("identity.bind")
    given = entering.give(turn.db, turn.address, now=turn.now)
    out = (Choice(label=label("console_leave_everywhere"), go="console.leave_everywhere"),)
    public_url = house_of(turn.db).public_url
    if not public_url:
        return Reply("console/code", code=given.code, choices=out)
    address = f"{public_url}/admin"
    return Reply("console/link", link=f"{address}/in/{given.token}", address=address, code=given.code, choices=out)


class Waiting(Form):
    """A browser that waits, and whether it is theirs."""

    key_id: int
    is_mine: bool


@flow("console.answer", Waiting)
def answer(turn: Turn, form: Waiting) -> Reply:
    """Let the browser in that waits, or keep it out."""
    by_id = turn.conversation.person_id
    entering.answer(turn.db, form.key_id, by_id=by_id, is_mine=form.is_mine, now=turn.now)
    return Reply("console/confirmed" if form.is_mine else "console/kept_out")


@flow("console.leave_everywhere")
def leave_everywhere(turn: Turn, _form: Form) -> Reply:
    """Be out of the console in every browser."""
    count = staying.leave_everywhere(turn.db, turn.conversation.person_id, now=turn.now)
    return Reply("console/left", count=count)
