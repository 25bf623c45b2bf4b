"""How a secretary picks one of those on the rosters they keep: by name, and among several by branch and phone."""

from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain import access
from bot.domain.messages import Choice
from bot.domain.persons import petitions, vouching
from bot.errors import DomainError
from handlers.personal import privately

_SHOWN = 5


def named_here(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer everybody of the name on the rosters this secretary keeps."""
    found = vouching.named(turn.db, answers["name"], by=turn.person)[:_SHOWN]
    labels = vouching.labelled(turn.db, found)
    return tuple(Choice(label=shown, fill={"value": one.id}) for shown, one in zip(labels, found, strict=True))


def the_only_one(turn: Turn, answers: Answers) -> int | None:
    """Return whom a name means when there is one; refuse a name that nobody has."""
    found = vouching.named(turn.db, answers["name"], by=turn.person)
    if not found:
        raise DomainError("identity/nobody_so_named", name=answers["name"])
    return found[0].id if len(found) == 1 else None


def keeps_a_roster(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever keeps no roster, before anything is asked."""
    privately(turn)
    if not access.reach(turn.db, turn.person, access.Act.KEEP_ROSTER):
        raise DomainError("access/not_yours")


def claimed_name(turn: Turn, answers: Answers) -> str | None:
    """Return the name somebody gave, when somebody on these rosters has it; refuses who may not decide."""
    privately(turn)
    petition = petitions.for_secretary(turn.db, answers["petition_id"], turn.conversation.person_id)
    name = petitions.details(turn.db, petition)["name"]
    return name if vouching.named(turn.db, name, by=turn.person) else None
