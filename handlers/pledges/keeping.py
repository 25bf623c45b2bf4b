"""What secretaries say of their pledges: how far they are, with a photo where there is one, done, or withdrawn."""

from datetime import timedelta
from typing import Annotated

from bot.conversation import offers
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import files
from bot.domain.messages import Choice
from bot.domain.pledges import asking, finding, keeping
from bot.errors import DomainError
from db.models import FileKind, Pledge, PledgeState, StoredFile
from handlers.personal import privately
from handlers.reading import short_words, words

_SHOWN = 5
_JUST_NOW = timedelta(minutes=15)


def only_public_one(turn: Turn, _answers: Answers) -> int | None:
    """Return the only pledge somebody may speak of; refuse where there is none."""
    privately(turn)
    found = _public(turn)
    if not found:
        raise DomainError("pledges/none_under_way")
    return found[0].id if len(found) == 1 else None


def public_ones(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the pledges somebody may speak of."""
    return tuple(Choice(label=asking.short(one), fill={"value": one.id}) for one in _public(turn)[:_SHOWN])


def shown_without_words(turn: Turn, answers: Answers) -> str | None:
    """Ask for no words where a photo says it; refuse who may not speak of this pledge before anything is asked."""
    privately(turn)
    keeping.for_keeper(turn.db, answers["pledge_id"], turn.person, PledgeState.PUBLISHED)
    return "" if answers.get("files") or _just_sent(turn) else None


def said_or_shown(turn: Turn) -> str:
    """Read how far it is; a photo says it without words."""
    return turn.text if turn.files else words(turn)


def pledge_named(turn: Turn, answers: Answers) -> dict[str, object]:
    """Name the pledge that is spoken of."""
    return {"words": turn.db.get_one(Pledge, answers["pledge_id"]).words}


class Told(Form):
    """A pledge, and how far it is: a sentence or a photo."""

    files: tuple[int, ...] = ()
    pledge_id: Annotated[int, Ask("pledges/which_one", known=only_public_one, offer=public_ones)]
    said: Annotated[
        str,
        Ask(
            "pledges/how_far",
            show=pledge_named,
            known=shown_without_words,
            reads=said_or_shown,
            takes_anything=True,
            takes_files=True,
        ),
    ]


@flow("pledges.progress", Told)
def progress(turn: Turn, form: Told) -> Reply:
    """Keep how far a pledge is, for everybody to see."""
    keeping.tell(turn.db, form.pledge_id, form.said, _photos(turn, form.files), by=turn.person, now=turn.now)
    return Reply("pledges/progress_kept")


def is_asked_for(turn: Turn) -> bool:
    """Tell whether a photo came alone as the answer to how far a pledge is."""
    if not turn.files or turn.text or turn.conversation.open_form:
        return False
    offer = offers.standing(turn)
    return bool(offer and offer.fresh and any(one.go == "pledges.progress" for one in offer.choices))


@flow("pledges.photo")
def photo(turn: Turn, _form: Form) -> Reply:
    """Take a photo for how far a pledge is: the only one that was asked about, else it is asked which."""
    offer = offers.standing(turn)
    asked = {one.fill["pledge_id"] for one in (offer.choices if offer else ()) if one.go == "pledges.progress"}
    fill: dict[str, object] = {"pledge_id": asked.pop()} if len(asked) == 1 else {}
    return Reply.leading("pledges.progress", files=list(turn.files), **fill)


class Done(Form):
    """A pledge that is done, and what was done: a sentence or a photo."""

    files: tuple[int, ...] = ()
    pledge_id: int
    said: Annotated[
        str,
        Ask(
            "pledges/what_was_done",
            show=pledge_named,
            known=shown_without_words,
            reads=said_or_shown,
            takes_anything=True,
            takes_files=True,
        ),
    ]


@flow("pledges.done", Done)
def done(turn: Turn, form: Done) -> Reply:
    """Keep that a pledge is done."""
    keeping.finish(turn.db, form.pledge_id, form.said, _photos(turn, form.files), by=turn.person, now=turn.now)
    return Reply("pledges/done_kept")


def may_withdraw(turn: Turn, answers: Answers) -> None:
    """Refuse who may not withdraw this pledge, before anything is asked."""
    privately(turn)
    open_ones = (PledgeState.WAITING, PledgeState.RETURNED, PledgeState.PUBLISHED)
    keeping.for_keeper(turn.db, answers["pledge_id"], turn.person, *open_ones)


class Withdrawn(Form):
    """A pledge that is withdrawn, and why."""

    pledge_id: int
    reason: Annotated[
        str, Ask("pledges/why_withdrawn", show=pledge_named, known=may_withdraw, reads=short_words, takes_anything=True)
    ]


@flow("pledges.withdraw", Withdrawn)
def withdraw(turn: Turn, form: Withdrawn) -> Reply:
    """Withdraw a pledge."""
    pledge = keeping.withdraw(turn.db, form.pledge_id, form.reason, by=turn.person, now=turn.now)
    return Reply("pledges/withdrawn", was_public=finding.is_public(pledge))


def _public(turn: Turn) -> list[Pledge]:
    return [one for one in finding.open_of(turn.db, turn.person) if one.state is PledgeState.PUBLISHED]


def _just_sent(turn: Turn) -> list[int]:
    return files.just_sent(turn.db, turn.person.id or 0, since=turn.now - _JUST_NOW)


def _photos(turn: Turn, sent: tuple[int, ...]) -> list[StoredFile]:
    found = files.rows(turn.db, {*sent, *_just_sent(turn)})
    return [one for one in found if one.person_id == turn.person.id and one.kind is FileKind.PHOTO]
