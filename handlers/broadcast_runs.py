"""Looking after broadcasts that were decided: how they stand, holding, stopping; and people's receipts."""

from collections.abc import Sequence

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.broadcasts import deciding, missed, running, states
from bot.domain.broadcasts import progress as standing
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.words import label
from db.models import Broadcast, BroadcastState
from handlers.personal import privately

_SHOWN = 5
_LIVE = (*states.BEFORE, *states.UNDER_WAY)
_MINUTE = 60


class Which(Form):
    """A broadcast by its id, or none when it is to be found out."""

    broadcast_id: int = 0


class OneBroadcast(Form):
    """A broadcast, by its id."""

    broadcast_id: int


@flow("broadcasts.progress", Which)
def progress(turn: Turn, form: Which) -> Reply:
    """Tell how a broadcast stands: the one that is meant, the only one that is not over, or else the last.

    Whoever sends none means what they asked themselves.
    """
    if not form.broadcast_id and not access.reach(turn.db, turn.person, access.Act.BROADCAST):
        return Reply.leading("asked.mine")
    if form.broadcast_id:
        return _stands(turn, states.for_cadre(turn.db, form.broadcast_id, turn.person))
    live = _listed(turn, _LIVE)
    if len(live) > 1:
        return _which(live, "broadcasts.progress")
    last = live or _listed(turn, ())
    return _stands(turn, last[0]) if last else Reply("broadcasts/none_sent")


@flow("broadcasts.recall", Which)
def recall(turn: Turn, form: Which) -> Reply:
    """Stop a broadcast, wherever it stands, and tell what that came to."""
    meant = _meant(turn, form, _LIVE, "broadcasts.recall")
    if isinstance(meant, Reply):
        return meant
    found = running.recall(turn.db, meant, by=turn.person, now=turn.now)
    return Reply("broadcasts/recalled", sent=found.sent, stopped=found.stopped, in_flight=found.in_flight)


@flow("broadcasts.pause", Which)
def pause(turn: Turn, form: Which) -> Reply:
    """Hold a broadcast that is being sent."""
    meant = _meant(turn, form, (BroadcastState.SENDING,), "broadcasts.pause")
    if isinstance(meant, Reply):
        return meant
    found = running.pause(turn.db, meant, by=turn.person, now=turn.now)
    fill = {"broadcast_id": meant}
    choices = (
        Choice(label=label("go_on"), go="broadcasts.resume", fill=fill),
        Choice(label=label("recall_it"), go="broadcasts.recall", fill=fill),
    )
    return Reply("broadcasts/paused", sent=found.sent, waiting=found.waiting, choices=choices)


@flow("broadcasts.resume", Which)
def resume(turn: Turn, form: Which) -> Reply:
    """Let a broadcast that was held go on."""
    meant = _meant(turn, form, (BroadcastState.PAUSED,), "broadcasts.resume")
    if isinstance(meant, Reply):
        return meant
    found = running.resume(turn.db, meant, by=turn.person, now=turn.now)
    return Reply("broadcasts/resumed", waiting=found.waiting)


@flow("broadcasts.go_ahead", OneBroadcast)
def go_ahead(turn: Turn, form: OneBroadcast) -> Reply:
    """Let a broadcast that could not begin in time begin now."""
    broadcast = running.go_ahead(turn.db, form.broadcast_id, by=turn.person, now=turn.now)
    return Reply("broadcasts/going_out", people=broadcast.people)


@flow("broadcasts.received", OneBroadcast)
def received(turn: Turn, form: OneBroadcast) -> Reply:
    """Keep that somebody got a broadcast."""
    if missed.received(turn.db, form.broadcast_id, turn.person, now=turn.now) is None:
        raise DomainError("broadcasts/gone")
    return Reply("broadcasts/thanks")


def _meant(turn: Turn, form: Which, among: Sequence[BroadcastState], go: str) -> int | Reply:
    """Return the broadcast that is meant, or what to say when that is not clear or there is none."""
    if form.broadcast_id:
        return form.broadcast_id
    found = _listed(turn, among)
    if len(found) == 1:
        return found[0].id or 0
    return _which(found, go) if found else Reply("broadcasts/none_such")


def _listed(turn: Turn, among: Sequence[BroadcastState]) -> Sequence[Broadcast]:
    privately(turn)
    if not access.reach(turn.db, turn.person, access.Act.BROADCAST):
        raise DomainError("access/not_yours")
    return standing.listed(turn.db, turn.person, among=among, limit=_SHOWN)


def _which(found: Sequence[Broadcast], go: str) -> Reply:
    choices = tuple(Choice(label=deciding.line(one), go=go, fill={"broadcast_id": one.id}) for one in found)
    return Reply("broadcasts/which", choices=choices)


def _stands(turn: Turn, broadcast: Broadcast) -> Reply:
    found = standing.progress_of(turn.db, broadcast, now=turn.now)
    left = found.time_left
    return Reply(
        "broadcasts/progress",
        choices=_steps(turn, broadcast),
        words=broadcast.audience_words,
        text=deciding.line(broadcast),
        found=found,
        starts_at=broadcast.due_at or turn.now,
        wants_receipts=broadcast.wants_receipts,
        minutes=None if left is None else -(-left.seconds // _MINUTE) + left.days * 24 * _MINUTE,
    )


def _steps(turn: Turn, broadcast: Broadcast) -> tuple[Choice, ...]:
    """Return what may be done with a broadcast as it stands."""
    fill = {"broadcast_id": broadcast.id}
    steps: list[Choice] = []
    if broadcast.state is BroadcastState.SENDING:
        steps.append(Choice(label=label("pause_it"), go="broadcasts.pause", fill=fill))
    if broadcast.state is BroadcastState.PAUSED:
        steps.append(Choice(label=label("go_on"), go="broadcasts.resume", fill=fill))
    if broadcast.state is BroadcastState.LATE:
        steps.append(Choice(label=label("send_anyway"), go="broadcasts.go_ahead", fill=fill))
    if broadcast.state in states.BEFORE and broadcast.author_id == turn.conversation.person_id:
        steps.append(Choice(label=label("change_something"), go="broadcasts.rewrite", fill=fill))
    if broadcast.state in _LIVE and broadcast.state is not BroadcastState.RECALLING:
        steps.append(Choice(label=label("recall_it"), go="broadcasts.recall", fill=fill))
    if broadcast.state in states.ENDS and missed.count(turn.db, broadcast.id or 0):
        steps.append(Choice(label=label("who_missed_it"), go="broadcasts.missed", fill=fill))
    return tuple(steps)
