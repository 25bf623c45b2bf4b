"""Writing a broadcast: whom it is for, what it says, a look at it, and when it goes."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer, digit
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.broadcasts import composing, deciding, looking, running, states, understanding
from bot.domain.broadcasts.audiences import Audience
from bot.domain.broadcasts.composing import Draft
from bot.domain.messages import Choice
from bot.domain.persons import identity, people
from bot.errors import DomainError
from content.audience import in_brackets
from content.words import label
from db.models import Broadcast, BroadcastState
from handlers.personal import privately
from handlers.timing import only_time, rule_of, times, timing
from handlers.whom import SAID, audience_said, audience_shown, says_whom, text_known

_GIVEN = ("audience", "text", "files", "is_urgent", "wants_receipts", "broadcast_id")
_LATER = "2"

_AT_ONCE = {"options": [["", ""]], "rule": None}


def may_broadcast(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever may write to nobody before anything is asked."""
    privately(turn)
    if not access.reach(turn.db, turn.person, access.Act.BROADCAST):
        raise DomainError("access/not_yours")


def text_said(turn: Turn) -> str:
    """Read what is to be said, as it was written."""
    if not turn.text:
        raise InvalidAnswer("broadcasts/nothing_to_say")
    if len(turn.text) > composing.LONGEST:
        raise InvalidAnswer("broadcasts/too_long", most=composing.LONGEST, length=len(turn.text))
    return turn.text


def preview_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show it as people will see it, and what else there is to know; refuses what cannot be sent."""
    draft = _draft(answers)
    composing.check(draft)
    unit = understanding.insist_on_units(turn.db, draft.audience, turn.person)
    count = looking.look(turn.db, draft.audience, now=turn.now).people
    return {
        "words": understanding.in_words(turn.db, draft.audience),
        "people": count,
        "channels": _channels(turn, draft),
        "text": composing.message(turn.db, draft, unit).text,
        "is_urgent": draft.is_urgent,
        "wants_receipts": draft.wants_receipts,
        "files": len(draft.files),
        "needs_second": deciding.is_for_two(turn.db, count, is_urgent=draft.is_urgent),
    }


def decisions(_turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to send it now or later, to see it first, to change it, and what else it may be."""
    receipts = label("without_receipts") if answers.get("wants_receipts") else label("with_receipts")
    urgent = label("not_urgent") if answers.get("is_urgent") else label("urgent")
    return (
        Choice(label=label("send_now"), fill={"value": {"do": "now"}}),
        Choice(label=label("send_later"), fill={"value": {"do": "later"}}),
        Choice(label=label("show_me_first"), go="broadcasts.show_me", fill=_given(answers)),
        Choice(label=label("change_something"), fill={"value": {"do": "change"}}),
        Choice(label=receipts, fill={"value": {"do": "wants_receipts"}}),
        Choice(label=urgent, fill={"value": {"do": "is_urgent"}}),
    )


def decision_said(turn: Turn) -> dict[str, Any]:
    """Read a time, also behind the digit or the word for sending it later."""
    rest = turn.text.removeprefix(label("send_later"))
    first, _, behind = rest.partition(" ")
    rest = behind if behind and digit(first) == _LATER else rest
    return {"do": "later", "when": one_time(replace(turn, inbound=replace(turn.inbound, text=rest)))}


def one_time(turn: Turn) -> dict[str, Any]:
    """Read when it goes; refuse what repeats and what is past."""
    try:
        when = timing(turn)
    except InvalidAnswer as problem:
        is_past = problem.template == "study/time_is_past"
        raise InvalidAnswer("broadcasts/in_the_past" if is_past else "broadcasts/when") from problem
    if rule_of(when):
        raise InvalidAnswer("broadcasts/once_only")
    return when


def when_known(_turn: Turn, answers: Answers) -> dict[str, Any] | None:
    """Ask for the time only where it is to go later and nobody said when."""
    decision = answers["decision"]
    return decision.get("when") if decision["do"] == "later" else _AT_ONCE


class Compose(Form):
    """A broadcast; ``broadcast_id`` is a returned one that is written anew."""

    broadcast_id: int = 0
    is_urgent: bool = False
    wants_receipts: bool = False
    files: tuple[int, ...] = ()
    audience: Annotated[
        dict[str, Any],
        Ask(
            "broadcasts/whom",
            known=may_broadcast,
            reads=audience_said,
            takes_anything=True,
            inline=True,
            glued=says_whom,
        ),
    ]
    text: Annotated[
        str, Ask("broadcasts/what", known=text_known, show=audience_shown, reads=text_said, takes_anything=True)
    ]
    decision: Annotated[
        dict[str, Any], Ask("broadcasts/preview", show=preview_shown, offer=decisions, reads=decision_said)
    ]
    when: Annotated[dict[str, Any], Ask("broadcasts/when", known=when_known, reads=one_time, takes_anything=True)]
    time: Annotated[tuple[str, str], Ask("sessions/which_time", offer=times, known=only_time)]


class Given(Form):
    """What was said so far of a broadcast."""

    given: dict[str, Any]


class Shown(Form):
    """A broadcast that is to be shown to its author."""

    audience: dict[str, Any]
    text: str
    files: tuple[int, ...] = ()
    is_urgent: bool = False
    wants_receipts: bool = False


class OneBroadcast(Form):
    """A broadcast, by its id."""

    broadcast_id: int


@flow("broadcasts.compose", Compose)
def compose(turn: Turn, form: Compose) -> Reply:
    """Send it now or at its time, or let it be changed."""
    given = _given(form.model_dump(mode="json"))
    match form.decision["do"]:
        case "change":
            return Reply.leading("broadcasts.change", given=given)
        case "wants_receipts" | "is_urgent" as what:
            return Reply.leading("broadcasts.compose", **{**given, what: not given[what]})
        case _:
            return _sent(turn, form)


@flow("broadcasts.change", Given)
def change(_turn: Turn, form: Given) -> Reply:
    """Ask which part is to be said anew."""
    return Reply("broadcasts/change_what", choices=_parts(form.given))


@flow("broadcasts.show_me", Shown)
def show_me(turn: Turn, form: Shown) -> Reply:
    """Send it to its author alone."""
    is_sent = composing.show_me(turn.db, _draft(form.model_dump(mode="json")), by=turn.person, now=turn.now)
    return Reply("broadcasts/sent_to_you" if is_sent else "broadcasts/nowhere_to_show")


@flow("broadcasts.again", OneBroadcast)
def again(turn: Turn, form: OneBroadcast) -> Reply:
    """Take up a broadcast that was returned."""
    broadcast = composing.own(turn.db, form.broadcast_id, turn.person)
    if broadcast.state is not BroadcastState.RETURNED:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    return Reply.leading("broadcasts.change", given=_written(broadcast) | {"broadcast_id": form.broadcast_id})


@flow("broadcasts.rewrite", OneBroadcast)
def rewrite(turn: Turn, form: OneBroadcast) -> Reply:
    """Take back a broadcast of which nobody has heard yet, and ask what is to be said anew."""
    broadcast = composing.own(turn.db, form.broadcast_id, turn.person)
    if broadcast.state not in states.BEFORE:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    given = _written(broadcast)
    running.recall(turn.db, form.broadcast_id, by=turn.person, now=turn.now)
    return Reply("broadcasts/taken_back", choices=_parts(given))


def _channels(turn: Turn, draft: Draft) -> str:
    """Return over which channels so many are reached."""
    shown = composing.as_shown(turn.db, draft, by=turn.person, now=turn.now)
    return in_brackets([f"{identity.channel_name(one.channel)}{one.people}" for one in shown])


def _sent(turn: Turn, form: Compose) -> Reply:
    draft = _draft(form.model_dump(mode="json"))
    if form.broadcast_id:
        kept = composing.change(turn.db, form.broadcast_id, draft, by=turn.person, now=turn.now)
    else:
        kept = composing.compose(turn.db, draft, by=turn.person, now=turn.now)
    due_at = datetime.fromisoformat(form.time[0]) if form.time[0] else None
    broadcast = deciding.submit(turn.db, kept.id or 0, due_at=due_at, by=turn.person, now=turn.now)
    if broadcast.state is BroadcastState.AWAITING_APPROVAL:
        return _awaiting(turn, broadcast)
    starts_at = broadcast.due_at or turn.now
    if starts_at <= turn.now:
        return Reply("broadcasts/going_out", people=broadcast.people)
    is_moved = starts_at != (due_at or turn.now)
    return Reply("broadcasts/scheduled", starts_at=starts_at, people=broadcast.people, is_moved=is_moved)


def _awaiting(turn: Turn, broadcast: Broadcast) -> Reply:
    asked = [people.by_id(turn.db, one).name for one in deciding.approvers(turn.db, broadcast)]
    return Reply(
        "broadcasts/awaiting",
        people=broadcast.people,
        is_urgent=broadcast.is_urgent,
        names=[name for name in asked if name],
    )


def _written(broadcast: Broadcast) -> dict[str, Any]:
    """Return what a broadcast says and to whom, as a form knows it."""
    draft = composing.draft_of(broadcast)
    return {
        "audience": draft.audience.as_data(),
        "text": draft.text,
        "files": list(draft.files),
        "is_urgent": draft.is_urgent,
        "wants_receipts": draft.wants_receipts,
        "broadcast_id": 0,
    }


def _parts(given: Answers) -> tuple[Choice, ...]:
    """Offer to say anew for whom it is, or what it says."""
    without = {name: {key: value for key, value in given.items() if key != name} for name in ("audience", "text")}
    return (
        Choice(label=label("its_audience"), go="broadcasts.compose", fill=without["audience"]),
        Choice(label=label("its_text"), go="broadcasts.compose", fill={**without["text"], "files": []}),
    )


def _given(answers: Answers) -> dict[str, Any]:
    usual: dict[str, Any] = {"files": [], "is_urgent": False, "wants_receipts": False, "broadcast_id": 0}
    given: dict[str, Any] = {name: answers.get(name, usual.get(name)) for name in _GIVEN}
    return given | {"audience": {key: value for key, value in given["audience"].items() if key != SAID}}


def _draft(answers: Answers) -> Draft:
    return Draft(
        audience=Audience.model_validate(answers["audience"]),
        text=answers["text"],
        files=tuple(answers.get("files") or ()),
        is_urgent=bool(answers.get("is_urgent")),
        wants_receipts=bool(answers.get("wants_receipts")),
    )
