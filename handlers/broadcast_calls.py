"""Who did not get a broadcast: why, their numbers on wish, and ticking off who was called instead."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.broadcasts import deciding, missed, states
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.audience import why_in_words
from content.words import label
from handlers.personal import privately


def nobody(_turn: Turn, _answers: Answers) -> list[int]:
    """Tick nobody off: whoever looks at the numbers has not called yet."""
    return []


def places(turn: Turn) -> list[int]:
    """Read places on the list, such as ``1 2 4``."""
    digits = "".join(mark if mark.isdecimal() else " " for mark in turn.text)
    found = sorted({int(one) for one in digits.split()})
    if not found or found[0] < 1 or found[-1] > missed.SHOWN:
        raise InvalidAnswer("broadcasts/which_places")
    return found


class OneBroadcast(Form):
    """A broadcast, by its id."""

    broadcast_id: int


class Numbers(Form):
    """A broadcast whose list is looked at, who was shown on it, and the places of those who were called."""

    broadcast_id: int
    shown: tuple[int, ...] = ()
    called: Annotated[list[int], Ask("broadcasts/which_places", known=nobody, reads=places)]


class Called(Form):
    """People who were called about a broadcast."""

    broadcast_id: int
    person_ids: tuple[int, ...]


@flow("broadcasts.missed", OneBroadcast)
def list_(turn: Turn, form: OneBroadcast) -> Reply:
    """Show the next people to be called, their numbers masked."""
    privately(turn)
    return _list(turn, form.broadcast_id)


@flow("broadcasts.called", Called)
def called(turn: Turn, form: Called) -> Reply:
    """Tick people off and show who is left."""
    return _ticked(turn, form.broadcast_id, form.person_ids)


@flow("broadcasts.numbers", Numbers)
def numbers(turn: Turn, form: Numbers) -> Reply:
    """Show the numbers of the next people, or tick off several at once."""
    privately(turn)
    if form.called:
        if form.called[-1] > len(form.shown):
            return Reply("broadcasts/which_places")
        return _ticked(turn, form.broadcast_id, tuple(form.shown[place - 1] for place in form.called))
    if not turn.traits.carries_personal_data:
        paper = missed.as_paper(turn.db, form.broadcast_id, by=turn.person, now=turn.now)
        return Reply("broadcasts/on_paper", attachments=(paper,))
    found = missed.with_numbers(turn.db, form.broadcast_id, by=turn.person, now=turn.now)
    if not found:
        raise DomainError("broadcasts/nobody_missed")
    others = missed.count(turn.db, form.broadcast_id) - len(found)
    choices = _choices(form.broadcast_id, found, label("all_called"), everybody=True)
    return Reply("broadcasts/numbers", shown=found, others=others, choices=choices)


def _list(turn: Turn, broadcast_id: int) -> Reply:
    broadcast = states.for_cadre(turn.db, broadcast_id, turn.person)
    found = missed.missed(turn.db, broadcast_id, by=turn.person, now=turn.now)
    if not found:
        return Reply("broadcasts/nobody_missed")
    return Reply(
        "broadcasts/missed",
        text=deciding.line(broadcast),
        count=missed.count(turn.db, broadcast_id),
        why=why_in_words(missed.reasons(turn.db, broadcast_id)),
        choices=_choices(broadcast_id, found, label("call_numbers"), everybody=False),
    )


def _choices(broadcast_id: int, shown: list[missed.Missing], last: str, *, everybody: bool) -> tuple[Choice, ...]:
    """Offer each of those who were shown to be ticked off; free words tick off several, by their places."""
    names = tuple(
        Choice(
            label=one.name if everybody else f"{one.name} {one.mobile}".strip(),
            go="broadcasts.called",
            fill={"broadcast_id": broadcast_id, "person_ids": [one.person_id]},
        )
        for one in shown
    )
    fill = {"broadcast_id": broadcast_id, "shown": [one.person_id for one in shown]}
    chosen = {**fill, "called": list(range(1, len(shown) + 1))} if everybody else fill
    return (*names, Choice(label=last, go="broadcasts.numbers", fill=chosen, words="called"))


def _ticked(turn: Turn, broadcast_id: int, person_ids: tuple[int, ...]) -> Reply:
    privately(turn)
    count = missed.called(turn.db, broadcast_id, person_ids, by=turn.person, now=turn.now)
    return Reply("broadcasts/ticked", count=count).then(_list(turn, broadcast_id))
