"""Writing a broadcast: a draft that is checked, kept, shown to its author, and changed until it is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from bot.domain import access, audit, files, papers
from bot.domain.access import Act
from bot.domain.broadcasts import looking, states, understanding
from bot.domain.broadcasts.audiences import Audience
from bot.domain.house import house_of
from bot.domain.messages import Attachment, Choice, Message, numbered
from bot.domain.outgoing import outbox
from bot.domain.persons import people
from bot.errors import DomainError
from content.words import label
from db.models import Broadcast, FileState, OutboxKind, Person, StoredFile, Unit

LONGEST = 1000
"""Characters of a broadcast at the most."""

MOST_FILES = 4
"""Pictures and files that go along at the most."""

_LONGEST_LINK = 300
_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said to whom; ``files`` are ids of files its author sent.

    An urgent one minds neither the week's limit nor quiet hours, and always needs a second cadre.
    """

    audience: Audience
    text: str
    link: str = ""
    files: tuple[int, ...] = ()
    is_urgent: bool = False
    wants_receipts: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What people see who are reached over one channel, and how many that is.

    A channel with buttons shows the choices as such, others as numbered lines behind the text.
    """

    channel: str
    people: int
    message: Message


def check(draft: Draft) -> None:
    """Refuse a draft that cannot be sent, with a :class:`DomainError` that names the limit."""
    if not draft.text.strip():
        raise DomainError("broadcasts/nothing_to_say")
    if len(draft.text) > LONGEST:
        raise DomainError("broadcasts/too_long", most=LONGEST, length=len(draft.text))
    if len(draft.files) > MOST_FILES:
        raise DomainError("broadcasts/too_many_files", most=MOST_FILES)
    if draft.link:
        parts = urlsplit(draft.link)
        if parts.scheme not in {"http", "https"} or "." not in parts.netloc or len(draft.link) > _LONGEST_LINK:
            raise DomainError("study/no_link")


def compose(db: Session, draft: Draft, *, by: Person, now: datetime) -> Broadcast:
    """Keep a draft and return it; raise :class:`DomainError` when it cannot be sent, is for nobody or not by them."""
    check(draft)
    unit = understanding.insist_on_units(db, draft.audience, by)
    broadcast = Broadcast(
        unit_id=unit.id or 0, author_id=by.id or 0, text="", audience={}, audience_words="", created_at=now
    )
    _fill(db, broadcast, draft, now)
    db.add(broadcast)
    db.flush()
    _keep_files(db, draft.files, by)
    audit.note(db, "broadcasts.compose", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    return broadcast


def change(db: Session, broadcast_id: int, draft: Draft, *, by: Person, now: datetime) -> Broadcast:
    """Let a draft, or one that was returned, be something else; raise :class:`DomainError` when it is decided."""
    check(draft)
    broadcast = own(db, broadcast_id, by)
    if broadcast.state not in states.EDITABLE:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    broadcast.unit_id = understanding.insist_on_units(db, draft.audience, by).id or 0
    _fill(db, broadcast, draft, now)
    db.add(broadcast)
    db.flush()
    _keep_files(db, draft.files, by)
    audit.note(db, "broadcasts.change", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    return broadcast


def own(db: Session, broadcast_id: int, by: Person) -> Broadcast:
    """Return somebody's own broadcast, held by this transaction; raise :class:`DomainError` when it is not theirs."""
    broadcast = states.locked(db, broadcast_id)
    if broadcast.author_id != by.id:
        raise DomainError("access/not_yours")
    access.insist(db, by, Act.BROADCAST, db.get_one(Unit, broadcast.unit_id))
    return broadcast


def draft_of(broadcast: Broadcast) -> Draft:
    """Return what a broadcast says to whom, to be changed."""
    return Draft(
        audience=Audience.model_validate(broadcast.audience),
        text=broadcast.text,
        link=broadcast.link,
        files=tuple(broadcast.files),
        is_urgent=broadcast.is_urgent,
        wants_receipts=broadcast.wants_receipts,
    )


def message(db: Session, draft: Draft, unit: Unit, *, broadcast_id: int = 0, whose: str = "") -> Message:
    """Return what people will be shown: the same on every channel, which adds buttons or numbered lines.

    ``whose`` is the elder for whom a proxy hears it. Whatever is written in it is shown as it stands.
    """
    values = {"unit": unit.name, "text": draft.text, "link": draft.link, "whose": whose}
    said = Choice(label=label("received"), go="broadcasts.received", fill={"broadcast_id": broadcast_id})
    return Message(
        template="broadcasts/message",
        text=house_of(db).renderer.render("broadcasts/message", values),
        choices=numbered((said,)) if draft.wants_receipts else (),
        attachments=attachments(db, draft.files),
    )


def as_shown(db: Session, draft: Draft, *, by: Person, now: datetime) -> list[Shown]:
    """Return a draft as each channel will show it that anybody of its audience is reached over."""
    unit = understanding.insist_on_units(db, draft.audience, by)
    shown = message(db, draft, unit)
    counts = looking.by_channel(db, draft.audience, now=now)
    return [Shown(channel, count, shown) for channel, count in counts.items()]


def attachments(db: Session, file_ids: Sequence[int]) -> tuple[Attachment, ...]:
    """Return the files that go along, without those that were lost."""
    kept = [row for row in files.rows(db, file_ids) if row.state is not FileState.LOST]
    return tuple(Attachment(kind=row.kind.value, file_id=row.id or 0, name=row.name) for row in kept)


def show_me(db: Session, draft: Draft, *, by: Person, now: datetime) -> bool:
    """Send a draft to its author alone, at once and without buttons; tell whether there is somewhere to send it."""
    check(draft)
    unit = understanding.insist_on_units(db, draft.audience, by)
    address = people.best_address(db, by.id or 0)
    if address is None:
        return False
    shown = message(db, draft, unit).model_copy(update={"choices": ()})
    target = outbox.Target(address.channel, address.account, address.external_id)
    cause = f"broadcast-trial:{by.id}:{now.isoformat()}"
    outbox.write(db, outbox.Draft(cause, OutboxKind.NOTICE, target, shown, now), now=now)
    return True


def _fill(db: Session, broadcast: Broadcast, draft: Draft, now: datetime) -> None:
    broadcast.text = draft.text
    broadcast.link = draft.link
    broadcast.files = list(draft.files)
    broadcast.audience = draft.audience.as_data()
    broadcast.audience_words = understanding.in_words(db, draft.audience)[:_LONGEST_WORDS]
    broadcast.is_urgent = draft.is_urgent
    broadcast.wants_receipts = draft.wants_receipts
    broadcast.people = looking.look(db, draft.audience, now=now).people
    if not broadcast.people:
        raise DomainError("broadcasts/nobody", words=broadcast.audience_words)


def _keep_files(db: Session, file_ids: Sequence[int], by: Person) -> None:
    """Refuse files that are not the author's, or hold personal data, and note that the others went along."""
    found = files.rows(db, file_ids)
    if len(found) < len(set(file_ids)) or not all(_may_go(row, by) for row in found):
        raise DomainError("broadcasts/no_such_file")
    files.pass_on(db, found)


def _may_go(row: StoredFile, by: Person) -> bool:
    is_ours = row.channel == files.PRESS
    return not papers.is_personal(row) if is_ours else row.person_id == by.id
