"""Other words for entries, one after the other: taken, left, or looked at later."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.answers import suggestions
from bot.domain.messages import Choice
from content.words import label
from handlers.personal import privately


class After(Form):
    """How many have been passed over."""

    skipped: int = 0


class One(Form):
    """A suggestion, by its id."""

    suggestion_id: int


@flow("suggestions.next", After)
def next_(turn: Turn, form: After) -> Reply:
    """Show the weightiest suggestion that was not passed over."""
    privately(turn)
    found = suggestions.waiting_for(turn.db, turn.person, now=turn.now)[form.skipped :]
    if not found:
        return Reply("suggestions/none")
    one = found[0]
    fill = {"suggestion_id": one.id}
    take = Choice(label=label("take_words"), go="suggestions.accept", fill=fill)
    mend = Choice(label=label("mend_entry"), go="entries.manage", fill={"entry_id": one.entry.id})
    choices = (
        take if one.weight > 0 else mend,
        Choice(label=label("leave_words"), go="suggestions.drop", fill=fill),
        Choice(label=label("pass_over"), go="suggestions.next", fill={"skipped": form.skipped + 1}),
    )
    shown = choices if len(found) > 1 else choices[:2]
    is_for = one.weight > 0
    return Reply(
        "suggestions/one", words=one.words, title=one.entry.title, people=one.people, is_for=is_for, choices=shown
    )


@flow("suggestions.accept", One)
def accept(turn: Turn, form: One) -> Reply:
    """Let the words be one more way to ask, and show the next."""
    done = suggestions.accept(turn.db, form.suggestion_id, by=turn.person, now=turn.now)
    return Reply("suggestions/accepted", words=done.words, title=done.entry.title).then(next_.finish(turn, After()))


@flow("suggestions.drop", One)
def drop(turn: Turn, form: One) -> Reply:
    """Leave the words as they are, and show the next."""
    suggestions.drop(turn.db, form.suggestion_id, by=turn.person, now=turn.now)
    return Reply("suggestions/dropped").then(next_.finish(turn, After()))
