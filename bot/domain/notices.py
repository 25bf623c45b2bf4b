"""Messages to people who did not just speak: never in quiet hours, never twice for one cause."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.house import house_of
from bot.domain.messages import Attachment, Choice, Message, facts, numbered
from bot.domain.outgoing import outbox
from bot.domain.persons import people
from content.holidays import is_working_day
from db.models import Address, Conversation, OutboxKind


def tell(
    db: Session,
    template: str,
    *,
    to: int | Address,
    cause: str,
    now: datetime,
    kind: OutboxKind = OutboxKind.NOTICE,
    due_at: datetime | None = None,
    choices: tuple[Choice, ...] = (),
    attachments: tuple[Attachment, ...] = (),
    **values: object,
) -> bool:
    """Write a notice to a person (by id) or an address; tell whether there is somewhere to send it."""
    address = people.best_address(db, to) if isinstance(to, int) else to
    if address is None:
        return False
    message = Message(
        template=template,
        text=house_of(db).renderer.render(template, values),
        choices=numbered(choices),
        attachments=attachments,
        large=_reads_large(db, address),
        facts=facts(values),
    )
    post(db, message, address, cause=cause, kind=kind, due_at=max(due_at or now, now), now=now)
    return True


def tell_all(
    db: Session,
    template: str,
    *,
    to: Iterable[int],
    cause: str,
    now: datetime,
    kind: OutboxKind = OutboxKind.NOTICE,
    due_at: datetime | None = None,
    choices: tuple[Choice, ...] = (),
    attachments: tuple[Attachment, ...] = (),
    **values: object,
) -> int:
    """Write the same notice to several people, by id; return how many of them there is somewhere to send it to."""
    return sum(
        tell(
            db,
            template,
            to=one,
            cause=cause,
            now=now,
            kind=kind,
            due_at=due_at,
            choices=choices,
            attachments=attachments,
            **values,
        )
        for one in to
    )


def post(
    db: Session,
    message: Message,
    address: Address,
    *,
    cause: str,
    kind: OutboxKind,
    due_at: datetime,
    now: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Write a message that nobody waits for, for after the quiet hours; under one cause an address hears it once."""
    house = house_of(db)
    target = outbox.Target(address.channel, address.account, address.external_id)
    due = audible(due_at, house.zone, house.quiet_hours)
    outbox.write(db, outbox.Draft(f"{cause}:{address.id}", kind, target, message, due, expires_at), now=now)


def _reads_large(db: Session, address: Address) -> bool:
    theirs = select(col(Conversation.large_text)).where(col(Conversation.address_id) == address.id)
    return bool(db.execute(theirs.order_by(col(Conversation.last_turn_at).desc()).limit(1)).scalar_one_or_none())


def audible(moment: datetime, zone: ZoneInfo, quiet: tuple[time, time]) -> datetime:
    """Return ``moment``, or the end of the quiet hours it falls in."""
    local = moment.astimezone(zone)
    begin, end = quiet
    clock = local.time()
    silent = clock >= begin or clock < end if begin > end else begin <= clock < end
    if not silent:
        return moment
    day = local.date() + timedelta(days=1 if begin > end and clock >= begin else 0)
    return datetime.combine(day, end, zone).astimezone(moment.tzinfo)


def next_quiet(moment: datetime, zone: ZoneInfo, quiet: tuple[time, time]) -> datetime | None:
    """Return when the quiet hours begin next after ``moment``, ``None`` where there are none."""
    begin, end = quiet
    if begin == end:
        return None
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=1 if local.time() >= begin else 0)
    return datetime.combine(day, begin, zone).astimezone(moment.tzinfo)


def before_quiet(moment: datetime, zone: ZoneInfo, quiet: tuple[time, time]) -> datetime:
    """Return ``moment``, or the last minute before the quiet hours it falls in."""
    if audible(moment, zone, quiet) == moment:
        return moment
    local = moment.astimezone(zone)
    begin, end = quiet
    day = local.date() - timedelta(days=1 if begin > end and local.time() < end else 0)
    return (datetime.combine(day, begin, zone) - timedelta(minutes=1)).astimezone(moment.tzinfo)


def is_quiet(db: Session, now: datetime) -> bool:
    """Tell whether a push now would have to wait for the morning."""
    house = house_of(db)
    return audible(now, house.zone, house.quiet_hours) != now


def working_days_later(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the same hour ``days`` working days later; holidays and the days worked for them are minded."""
    local = moment.astimezone(zone)
    while days:
        local += timedelta(days=1)
        days -= is_working_day(local.date())
    return local.astimezone(moment.tzinfo)
