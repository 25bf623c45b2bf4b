"""Times as they are written into a form: the same words as in a chat, and exact ones."""

from bot.admin.asked import Asked, Misfilled
from bot.domain.console.visiting import Visit
from bot.errors import DomainError
from content import moments
from content.moments import Read

_LONGEST = 200


def read_moment(visit: Visit, asked: Asked, field: str, *, past: str) -> Read | None:
    """Return what one field says, with just one option that has a time of day; ``None`` when it says nothing.

    Raises :class:`Misfilled` for what is unclear, and a :class:`DomainError` of the name ``past`` for what is over.
    """
    text = asked.form.get(field, "").strip()
    if not text:
        return None
    found = moments.read(text[:_LONGEST], visit.now, visit.zone)
    if found.outcome is moments.Outcome.PAST:
        raise DomainError(past)
    if found.outcome is not moments.Outcome.FOUND or not found.when.has_time:
        raise Misfilled("not_a_moment", field)
    return found
