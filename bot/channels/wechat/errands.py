"""What people want who open a page inside WeChat: a file, the whole of a long message, their calendar, the console."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from bot.channels.wechat.inbound import NAME
from bot.channels.wechat.tickets import Tickets
from bot.clock import Clock
from bot.domain.console import entering
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from bot.domain.studies import study
from bot.domain.volunteers import seats
from bot.errors import DomainError
from bot.web.guard import Refusal
from content.render import Renderer
from content.words import label
from db.models import Address
from db.sql import Database

_MOST = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an errand: somewhere to go on to, or words to be read."""

    goes_to: str = ""
    title: str = ""
    text: str = ""


class Errand(Protocol):
    """What somebody wants who opens a page."""

    def is_current(self, ticket: str) -> bool:
        """Tell whether a ticket is ours and not too old; without a current one nobody is asked who they are."""
        ...

    async def done(self, ticket: str, openid: str) -> Outcome:
        """Do it for somebody; raise :class:`Refusal` where it is not for them.

        Raises :class:`bot.errors.DatabaseUnavailable` when it cannot be done now.
        """
        ...


@dataclass(frozen=True, slots=True)
class OpenFile:
    """Fetch a file that WeChat does not carry; ``file_link`` signs the path where it is fetched."""

    tickets: Tickets
    file_link: Callable[[int], str]

    def is_current(self, ticket: str) -> bool:
        """Tell whether a ticket may still be opened."""
        return self.tickets.is_current(ticket)

    async def done(self, ticket: str, openid: str) -> Outcome:
        """Lead on to the file, if it is theirs."""
        file_id = self.tickets.opened_by(ticket, openid)
        if file_id is None:
            raise Refusal(403, "wechat_not_yours")
        return Outcome(goes_to=self.file_link(file_id))


@dataclass(frozen=True, slots=True)
class ReadAll:
    """Read the whole of a message that is too long for WeChat."""

    tickets: Tickets
    database: Database
    account: str

    def is_current(self, ticket: str) -> bool:
        """Tell whether a ticket may still be opened."""
        return self.tickets.is_current(ticket)

    async def done(self, ticket: str, openid: str) -> Outcome:
        """Show the text, if it was said to them."""
        row_id = self.tickets.opened_by(ticket, openid)
        if row_id is None:
            raise Refusal(403, "wechat_not_yours")
        said = partial(outbox.spoken, outbox_id=row_id, target=Target(NAME, self.account, openid))
        message = await self.database.do(said, write=False)
        if message is None:
            raise Refusal(404, "no_such_file")
        return Outcome(text=message.text)


@dataclass(frozen=True, slots=True)
class SeeCalendar:
    """See what one has promised to come to."""

    database: Database
    account: str
    renderer: Renderer
    clock: Clock

    def is_current(self, ticket: str) -> bool:
        """Tell that everybody has a calendar."""
        return not ticket.strip("-")

    async def done(self, ticket: str, openid: str) -> Outcome:
        """Show theirs."""
        del ticket
        target = Target(NAME, self.account, openid)
        found = partial(_ahead, target=target, now=self.clock.now())
        occasions = await self.database.do(found, write=False)
        lines = [self.renderer.render("wechat/occasion", one) for one in occasions]
        return Outcome(title=label("my_calendar"), text="\n\n".join(lines) or label("calendar_empty"))


@dataclass(frozen=True, slots=True)
class EnterConsole:
    """Come into the console, as whoever WeChat says one is."""

    database: Database
    account: str
    clock: Clock

    def is_current(self, ticket: str) -> bool:
        """Tell that the door is there for everybody."""
        return not ticket.strip("-")

    async def done(self, ticket: str, openid: str) -> Outcome:
        """Lead on to the door with what opens it once, if they have a role."""
        del ticket
        given = partial(_key_for, target=Target(NAME, self.account, openid), now=self.clock.now())
        try:
            token = await self.database.do(given)
        except DomainError as error:
            raise Refusal(403, "wechat_no_console") from error
        return Outcome(goes_to=f"/admin/in/{token}")


def _ahead(db: Session, *, target: Target, now: datetime) -> list[dict[str, object]]:
    """Return what somebody has answered they come to, and signed up for, the next first."""
    person_id = people.person_at(db, target)
    if person_id is None:
        return []
    sessions = [one for _, one in study.ahead_of(db, person_id, now=now, limit=_MOST)]
    activities = [one for _, one in seats.mine(db, person_id, now=now)]
    both = sorted((*sessions, *activities), key=lambda one: one.starts_at)
    return [{"title": one.title, "starts_at": one.starts_at, "place": one.place} for one in both[:_MOST]]


def _key_for(db: Session, *, target: Target, now: datetime) -> str:
    address: Address | None = people.address_at(db, target)
    if address is None:
        raise DomainError("access/not_yours")
    return entering.give(db, address, now=now).token
