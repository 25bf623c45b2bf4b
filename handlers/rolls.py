"""What flows about a roll share: which session it is, who may see its names, and how names are shown."""

from collections.abc import Sequence

from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.domain.studies import invitations, study, study_desk
from bot.errors import DomainError
from db.models import Person, StudySession
from handlers.personal import privately

OFFERED = 5
"""Sessions or people to pick from at once."""

_NAME_SHOWN = 8


def recent(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the sessions whose roll may be called."""
    found = study_desk.held_now(turn.db, turn.person, now=turn.now, limit=OFFERED)
    return tuple(Choice(label=invitations.line(turn.db, one), fill={"value": one.id}) for one in found)


def only_recent(turn: Turn, _answers: Answers) -> int | None:
    """Return the session where there is only one; refuses where there is none."""
    found = study_desk.held_now(turn.db, turn.person, now=turn.now, limit=OFFERED)
    if not found:
        raise DomainError("attendance/no_session")
    return found[0].id if len(found) == 1 else None


def begun(turn: Turn, session_id: int) -> StudySession:
    """Return a session whose roll is called; refuses who may not, and names in a group."""
    privately(turn)
    return study.for_holder(turn.db, session_id, turn.person)


def sheet_for(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show for which session names are pasted; refuses who may not."""
    return {"title": begun(turn, answers["session_id"]).title}


def told_apart(turn: Turn, person: Person, among: Sequence[Person]) -> str:
    """Return a name, with what is shown of the phone where others have the same name."""
    is_shared = sum(one.name == person.name for one in among) > 1
    return f"{person.name} {people.masked_mobile(turn.db, person)}" if is_shared else person.name


def shown(name: str) -> str:
    """Return a name as it fits a list."""
    return name if len(name) <= _NAME_SHOWN else f"{name[: _NAME_SHOWN - 1]}…"
