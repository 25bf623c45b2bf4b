"""What is told in answer to a callback, and what follows once it is: the rest of it, and what waited in the box."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.channels.base import Answer, Answering, ReachChange, ReachKind, TryLater
from bot.channels.wechat import box, ends, grants, once, shelf
from bot.channels.wechat.box import Unread
from bot.channels.wechat.ends import End
from bot.channels.wechat.inbound import NAME, Heard
from bot.channels.wechat.outbound import LONGEST_TOGETHER, Link, anchor, as_link, linked, neutral, parts, size, together
from bot.clock import Clock
from bot.domain import papers
from bot.domain.files import FileStore, KeptFile
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel, Target
from bot.domain.splitting import cut_short
from bot.errors import DatabaseUnavailable
from bot.logs import log
from content.render import Renderer
from content.words import label
from db.sql import Database

_MOMENT = timedelta(seconds=1)
_FOLLOWING = 1024
_IN_SHORT = 60


@dataclass(frozen=True, slots=True)
class Telling:
    """What is written back: a text, whose it is, and how much of what there was to say it is."""

    text: str
    answer: Answer
    parts_told: int = 0
    is_whole: bool = True
    shown: tuple[Unread, ...] = ()
    others: tuple[Unread, ...] = ()
    shown_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message from the box and the files of it that are here."""

    unread: Unread
    files: dict[int, KeptFile]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A reply as far as it can be told now, and what waits beside it."""

    message: Message
    files: dict[int, KeptFile]
    is_complete: bool
    waiting: Sequence[_Waiting]


class Desk:
    """Stands behind the door of one account."""

    def __init__(
        self,
        receiver: Answering,
        database: Database,
        *,
        files: FileStore,
        link: Callable[[str], Link],
        whole: Callable[[int, str], str],
        offered: Callable[[str, str], str],
        lasting: frozenset[str],
        renderer: Renderer,
        clock: Clock,
    ) -> None:
        """Stand behind the door.

        ``link`` gives somebody's links to files, ``whole`` to all of a long message, ``offered`` a line that offers to
        tell them more once it is there; ``lasting`` templates are wished for until taken back.
        """
        self._receiver = receiver
        self._database = database
        self._files = files
        self._link = link
        self._whole = whole
        self._offered = offered
        self._lasting = lasting
        self._renderer = renderer
        self._clock = clock
        self._following: deque[int] = deque(maxlen=_FOLLOWING)

    async def note(self, heard: Heard, *, account: str) -> None:
        """Keep, once, what an event says besides its turn; raise :class:`DatabaseUnavailable` when that fails."""
        told = ends.told_in(heard.event) if heard.event else []
        if not (heard.reach or told or grants.is_about(heard.event)):
            return
        if await self._database.do(partial(once.came, account=account, key=heard.key), write=False):
            return
        is_lost = any(one.is_blocked for one in told)
        reach = ReachChange(Target(NAME, account, heard.sender), ReachKind.LOST) if is_lost else heard.reach
        if reach:
            await self._receiver.note(reach)
        await self._database.do(partial(self._note_event, heard, told, account))

    def patience(self) -> str:
        """Return what is said while a turn is not done."""
        return self._renderer.render("wechat/patience", {})

    async def telling(self, answer: Answer) -> Telling | None:
        """Return what is written back for an answer: its beginning, and what waited if there is room."""
        parcel = answer.parcel
        if parcel is None:
            return None
        ready = await self._database.do(partial(self._ready, parcel), write=False)
        chat = parcel.target.chat
        whole = parts(ready.message, parcel.id, ready.files, self._link(chat), whole=self._whole(parcel.id, chat))
        first = next(iter(together(whole)), None)
        text = first.part.text if first and first.part.kind == "text" else ""
        count = first.count if first and text else 0
        more = f"{text}\n{self._offered(ready.message.template, chat)}".rstrip()
        text = more if text and size(more) <= LONGEST_TOGETHER else text
        told = Telling(text, answer, count, is_whole=ready.is_complete and count == len(whole))
        while ready.waiting:
            below = self._with_unread(told, ready, chat)
            taken = partial(box.take, unread=below.shown, reply=parcel.id, now=self._clock.now())
            ours = await self._database.do(taken) if below.shown else set[int]()
            others = {one.outbox_id for one in below.shown} - ours
            if not others:
                return below
            ready = replace(ready, waiting=[one for one in ready.waiting if one.unread.outbox_id not in others])
        return told

    async def told(self, telling: Telling) -> None:
        """Note that something was written back, and let follow what did not fit; never raises."""
        parcel = telling.answer.parcel
        if parcel is None:
            return
        if telling.is_whole:
            self._receiver.told(parcel)
        try:
            if not telling.is_whole or telling.shown or telling.others:
                await self._database.do(partial(self._note_told, telling, parcel))
        except DatabaseUnavailable as error:  # then it is said once more: by a message, or at the next contact
            log.warning("wechat_told_not_noted", reason=str(error))
        is_first = telling.answer.is_new and parcel.id not in self._following
        if not telling.is_whole and is_first:  # whoever asked at the same time is told the same, and nothing more
            self._following.append(parcel.id)
            self._receiver.send(parcel)

    def _note_event(self, heard: Heard, told: Sequence[End], account: str, db: Session) -> None:
        now = self._clock.now()
        if not once.comes_first(db, account, heard.key, now=now):
            return
        if heard.event and grants.is_about(heard.event):
            grants.note(db, heard.event, account=account, openid=heard.sender, lasting=self._lasting)
        for one in told:
            if one.trouble:
                log.warning("wechat_not_delivered", number=one.number, trouble=one.trouble[:40])
            ends.note_end(db, account, one, now=now)

    def _with_unread(self, told: Telling, ready: _Ready, chat: str) -> Telling:
        """Add what waited as far as it fits, the first at least in short; what does not is sent by itself."""
        link, heading = self._link(chat), self._renderer.render("wechat/unread", {})
        has_numbers = len(ready.waiting) == 1 and not ready.message.choices
        text, shown = f"{told.text}\n\n{heading}".strip(), list[Unread]()
        for one in ready.waiting:
            more = f"{text}\n{_written(one, link, has_numbers=has_numbers)}"
            if size(more) > LONGEST_TOGETHER and not shown:
                more = f"{text}\n{_in_short(one, self._whole(one.unread.outbox_id, chat))}"
            if size(more) > LONGEST_TOGETHER:
                break
            text = more
            shown.append(one.unread)
        now = self._clock.now()
        others = tuple(one.unread for one in ready.waiting[len(shown) :])
        return replace(
            told,
            text=text if shown else told.text,
            shown=tuple(shown),
            others=others,
            shown_at=now if has_numbers else now - _MOMENT,
        )

    def _ready(self, parcel: Parcel, db: Session) -> _Ready:
        now = self._clock.now()
        target = parcel.target
        unread = box.waiting(db, target.account, target.chat, reply=parcel.id, now=now)
        waiting = [_Waiting(one, self._files_of(db, one.outbox_id, one.message) or {}) for one in unread]
        if not parcel.message.attachments:
            return _Ready(parcel.message, {}, is_complete=True, waiting=waiting)
        message = papers.complete(db, parcel, carries_personal_data=True, now=now)
        files = self._files_of(db, parcel.id, message) if message else None
        if message is None or files is None:
            plain = parcel.message.model_copy(update={"attachments": ()})
            return _Ready(plain, {}, is_complete=False, waiting=waiting)
        return _Ready(message, files, is_complete=True, waiting=waiting)

    def _files_of(self, db: Session, row_id: int, message: Message) -> dict[int, KeptFile] | None:
        """Return the files of a message, ``None`` while one of them is still to come."""
        wanted = {one.file_id for one in message.attachments}
        try:
            return shelf.supplies(db, row_id, wanted, store=self._files).files if wanted else {}
        except TryLater:
            return None

    def _note_told(self, telling: Telling, parcel: Parcel, db: Session) -> None:
        now = self._clock.now()
        target = parcel.target
        if not telling.is_whole:
            shelf.note_gone(db, parcel.id, telling.parts_told, now=now)
        box.forget_shown(db, target.account, target.chat, but=parcel.id, now=now)
        box.show(db, telling.shown, telling.others, reply=parcel.id, at=telling.shown_at or now)


def _in_short(waits: _Waiting, page: str) -> str:
    """Write the beginning of a message and where the whole of it can be read, all of it where it cannot."""
    message = waits.unread.message
    if not page or message.choices:
        return message.text
    return f"{neutral(cut_short(message.text, _IN_SHORT))}\u2026\n{anchor(page, label('read_all'))}"


def _written(waits: _Waiting, link: Link, *, has_numbers: bool) -> str:
    """Write what is left of a message; its choices have numbers only where no others could be meant."""
    one = waits.unread
    choices = () if has_numbers else one.message.choices
    message = one.message.model_copy(update={"choices": ()}) if choices else one.message
    left = parts(message, one.outbox_id, waits.files, link)[one.parts_gone :]
    lines = [as_link(part.file, "", link(part.file)) if part.file else part.text for part in left]
    if choices:
        lines.append("  ".join(linked(one.outbox_id, choice, choice.label) for choice in choices))
    return "\n".join(lines) or neutral(one.message.text)
