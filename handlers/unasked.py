"""What comes without having been asked for: how much it may be, and how somebody gets less of it or none."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import identity
from bot.domain.reports import weekly
from content.words import label


@flow("unasked.less")
def less(turn: Turn, _form: Form) -> Reply:
    """Say what can be switched off, and offer it: there is no switch for broadcasts alone."""
    is_known = identity.is_known_here(turn.db, turn.person)
    offered = [Choice(label=label("erase"), go="my_data.erase")]
    if is_known:
        offered.insert(0, Choice(label=label("unbind"), go="identity.unbind"))
    if weekly.led_by(turn.db, turn.conversation.person_id):
        offered.insert(0, Choice(label=label("mute_reports"), go="reports.mute"))
    most = house_of(turn.db).unasked_a_week
    return Reply("unasked/what_can_stop", most=most, is_known=is_known, choices=tuple(offered))


@flow("unasked.stop")
def stop(turn: Turn, _form: Form) -> Reply:
    """Recall what a cadre is sending; whoever sends nothing means what they are sent."""
    is_sender = access.reach(turn.db, turn.person, access.Act.BROADCAST)
    return Reply.leading("broadcasts.recall" if is_sender else "unasked.less")


FLOWS = (less, stop)
