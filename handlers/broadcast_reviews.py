"""The second cadre's part in a broadcast: all of it is seen, then it is agreed to or returned with a word."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.broadcasts import composing, deciding
from bot.domain.messages import Choice
from bot.domain.persons import people
from content.words import label
from db.models import Broadcast, Unit
from handlers.personal import privately
from handlers.reading import words


class OneVersion(Form):
    """A broadcast as it was shown: one that was changed since is not decided unseen."""

    broadcast_id: int
    version: int


def author_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show who will read why; refuses who may not decide about it."""
    broadcast = _found(turn, answers["broadcast_id"], answers["version"])
    return {"name": people.by_id(turn.db, broadcast.author_id).name}


class Return(Form):
    """Why a broadcast is returned."""

    broadcast_id: int
    version: int
    words: Annotated[str, Ask("broadcasts/why_return", show=author_shown, reads=words, takes_anything=True)]


@flow("broadcasts.to_approve")
def to_approve(turn: Turn, _form: Form) -> Reply:
    """List what awaits this person's approval, also at night, when nobody is told of it."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, access.Act.APPROVE_BROADCASTS)
    waiting = deciding.waiting_for(turn.db, turn.person)
    choices = tuple(
        Choice(label=deciding.line(one), go="broadcasts.review", fill={"broadcast_id": one.id, "version": one.run})
        for one in waiting
    )
    return Reply("broadcasts/which", choices=choices) if choices else Reply("broadcasts/none_to_approve")


@flow("broadcasts.review", OneVersion)
def review(turn: Turn, form: OneVersion) -> Reply:
    """Show all of it: by whom, to whom, when, and what it says."""
    privately(turn)
    broadcast = _found(turn, form.broadcast_id, form.version)
    draft = composing.draft_of(broadcast)
    fill = {"broadcast_id": broadcast.id, "version": form.version}
    return Reply(
        "broadcasts/review",
        choices=(
            Choice(label=label("approve_it"), go="broadcasts.approve", fill=fill),
            Choice(label=label("send_back"), go="broadcasts.send_back", fill=fill),
        ),
        attachments=composing.attachments(turn.db, draft.files),
        name=people.by_id(turn.db, broadcast.author_id).name,
        words=broadcast.audience_words,
        people=broadcast.people,
        is_urgent=draft.is_urgent,
        wants_receipts=draft.wants_receipts,
        files=len(draft.files),
        starts_at=broadcast.due_at,
        text=composing.message(turn.db, draft, turn.db.get_one(Unit, broadcast.unit_id)).text,
    )


@flow("broadcasts.approve", OneVersion)
def approve(turn: Turn, form: OneVersion) -> Reply:
    """Let it go out."""
    privately(turn)
    broadcast = deciding.approve(turn.db, form.broadcast_id, by=turn.person, now=turn.now, version=form.version)
    return Reply("broadcasts/approved_by_you", people=broadcast.people, starts_at=broadcast.due_at or turn.now)


@flow("broadcasts.send_back", Return)
def send_back(turn: Turn, form: Return) -> Reply:
    """Return it to its author."""
    broadcast = deciding.send_back(
        turn.db, form.broadcast_id, form.words, by=turn.person, now=turn.now, version=form.version
    )
    return Reply("broadcasts/returned_by_you", name=people.by_id(turn.db, broadcast.author_id).name)


def _found(turn: Turn, broadcast_id: int, version: int) -> Broadcast:
    return deciding.for_approver(turn.db, broadcast_id, turn.person, version=version)
