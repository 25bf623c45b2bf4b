"""Where somebody is reached: the list of their accounts, unbinding one, and "that was not me"."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, notices
from bot.domain.messages import Choice
from bot.domain.persons import identity, members
from content.words import label
from db.models import Address, Unit
from handlers.personal import privately, reads_yes_or_no, yes_or_no_offered

_SHOWN = 4


@flow("identity.addresses")
def addresses(turn: Turn, _form: Form) -> Reply:
    """List the accounts somebody uses, each to be unbound."""
    privately(turn)
    if not identity.is_known_here(turn.db, turn.person):
        return Reply("identity/nobody_yet", choices=(Choice(label=label("bind"), go="identity.bind"),))
    found = identity.addresses_of(turn.db, turn.conversation.person_id)[:_SHOWN]
    choices = tuple(
        Choice(label=f"{label('unbind')} {_named(turn, one)}", go="identity.unbind", fill={"address_id": one.id})
        for one in found
    )
    return Reply("identity/addresses", count=len(found), choices=choices)


def shown_address(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is about to be unbound; refuses what is not theirs."""
    privately(turn)
    chosen = answers.get("address_id") or turn.conversation.address_id
    address = identity.own_address(turn.db, turn.person, chosen)
    return {"account": _named(turn, address)}


class Unbinding(Form):
    """Which account is to speak for nobody any more: the one that is spoken from unless another was picked."""

    address_id: int = 0
    is_sure: Annotated[
        bool, Ask("identity/unbind_sure", show=shown_address, offer=yes_or_no_offered, reads=reads_yes_or_no)
    ]


@flow("identity.unbind", Unbinding)
def unbind(turn: Turn, form: Unbinding) -> Reply:
    """Let an account speak for nobody known; what was done stays with the person."""
    if not form.is_sure:
        return Reply("identity/still_bound")
    if not identity.is_known_here(turn.db, turn.person):
        return Reply("identity/nobody_yet", choices=(Choice(label=label("bind"), go="identity.bind"),))
    chosen = form.address_id or turn.conversation.address_id
    address = identity.own_address(turn.db, turn.person, chosen)
    fresh = identity.unbind(turn.db, address, act="identity.unbind", by_id=turn.conversation.person_id, now=turn.now)
    if address.id == turn.conversation.address_id:
        turn.conversation.person_id = fresh.id or 0
    return Reply("identity/unbound")


class OneAddress(Form):
    """An account that joined."""

    address_id: int


@flow("identity.not_mine", OneAddress)
def not_mine(turn: Turn, form: OneAddress) -> Reply:
    """Throw out an account somebody does not know, tell it, and alert their secretary."""
    address = identity.own_address(turn.db, turn.person, form.address_id)
    if address.id == turn.conversation.address_id:
        return Reply("identity/that_is_this_one")
    person, branch = turn.person, members.branch_of(turn.db, turn.conversation.person_id)
    identity.unbind(turn.db, address, act="identity.not_mine", by_id=turn.conversation.person_id, now=turn.now)
    cause = f"not_mine:{address.id}:{int(turn.now.timestamp())}"
    notices.tell(turn.db, "identity/thrown_out", to=address, cause=cause, now=turn.now)
    notices.tell_all(
        turn.db, "identity/alarm", to=_secretaries(turn, branch), cause=cause, now=turn.now, name=person.name
    )
    return Reply("identity/not_mine_done")


def _secretaries(turn: Turn, branch: Unit | None) -> list[int]:
    found = access.responsible(turn.db, access.Act.KEEP_ROSTER, branch)
    return [one for one in found if one != turn.conversation.person_id]


def _named(turn: Turn, address: Address) -> str:
    channel = identity.channel_name(address.channel)
    return f"{channel}{label('this_one')}" if address.id == turn.conversation.address_id else f"{channel} {address.id}"
