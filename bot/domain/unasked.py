"""What people are told without having asked: so many messages a week, and the rest gathered into one.

Replies, answers, offers and changes of what somebody takes part in are not counted: they are waited for.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, delete, literal, select, update
from sqlalchemy.orm import Session

from bot.domain import agenda, notices
from bot.domain.agenda import Item
from bot.domain.house import house_of
from bot.domain.messages import Choice, Message, facts, numbered
from bot.domain.persons import people
from db.claims import insert_into, put_if_missing, table_of
from db.models import Conversation, DigestItem, OutboxKind, Person, UnaskedCount

DIGEST = "unasked.digest"
"""The duty that tells what was gathered."""

_COUNT = table_of(UnaskedCount)
_PERSON = table_of(Person)
_ITEM = table_of(DigestItem)
_CONVERSATION = table_of(Conversation)
_EVENING = time(18, 0)
_SHOWN = 4
_LINE = 60


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person who did not ask for it; ``about`` is whom it concerns, by id."""

    to: int
    about: int
    template: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    choices: tuple[Choice, ...] = ()


def tell(
    db: Session, letters: Sequence[Letter], *, cause: str, kind: OutboxKind, now: datetime, until: datetime
) -> frozenset[int]:
    """Write letters that are of use ``until`` then; return who could not be reached anywhere, by id.

    Who had as many messages this week as they may is told in a digest instead.
    """
    addresses = people.best_addresses(db, {one.to for one in letters})
    reachable = [one for one in letters if one.to in addresses]
    counts = count(db, [one.to for one in reachable], now)
    large = reads_large(db, [one.id or 0 for one in addresses.values()])
    house = house_of(db)
    for one in sorted(reachable, key=lambda one: one.to):  # everybody holds back in one order: nobody blocks another
        text = house.renderer.render(one.template, one.values)
        if counts[one.to] > house.unasked_a_week:
            hold(db, one.to, f"{cause}:{one.about}", text, now=now, until=until)
            continue
        address = addresses[one.to]
        message = Message(
            template=one.template,
            text=text,
            choices=numbered(one.choices),
            large=(address.id or 0) in large,
            facts=facts(one.values),
        )
        notices.post(
            db, message, address, cause=f"{cause}:{one.about}", kind=kind, due_at=now, now=now, expires_at=until
        )
    return frozenset(one.to for one in letters if one.to not in addresses)


def forget(db: Session, whose: Select[int], cause_prefix: str) -> None:
    """Tell these people nothing of what was held back under a cause: it no longer holds."""
    waiting = (_ITEM.c.person_id.in_(whose), _ITEM.c.cause.startswith(cause_prefix, autoescape=True))
    db.execute(delete(_ITEM).where(*waiting, _ITEM.c.told_at.is_(None)))


def held(db: Session, whose: Select[int], cause_prefix: str) -> frozenset[int]:
    """Return for which of these people something is held back under a cause and not told yet, by id."""
    waiting = (_ITEM.c.person_id.in_(whose), _ITEM.c.cause.startswith(cause_prefix, autoescape=True))
    return frozenset(db.execute(select(_ITEM.c.person_id).where(*waiting, _ITEM.c.told_at.is_(None))).scalars())


def digest(db: Session, item: Item, now: datetime) -> None:
    """Tell somebody in one message what was one too many for their week."""
    person_id = int(item.payload["person_id"])
    waiting = select(_ITEM.c.id, _ITEM.c.line).where(_ITEM.c.person_id == person_id, _ITEM.c.told_at.is_(None))
    rows = db.execute(waiting.order_by(_ITEM.c.id).with_for_update()).all()
    if not rows:
        return
    lines = [row.line for row in rows]
    notices.tell(
        db,
        "unasked/digest",
        to=person_id,
        cause=f"digest:{item.id}",
        now=now,
        lines=lines[:_SHOWN],
        others=len(lines[_SHOWN:]),
    )
    db.execute(update(_ITEM).where(_ITEM.c.id.in_([row.id for row in rows])).values(told_at=now))


def pass_on(db: Session, gone: int, into: int) -> None:
    """Let what is held back for somebody be told to who they turned out to be."""
    agenda.amend(db, _digests_of(gone), person_id=into)


def week_of(db: Session, now: datetime) -> date:
    """Return the Monday of the week it is in the house's zone."""
    today = now.astimezone(house_of(db).zone).date()
    return today - timedelta(days=today.weekday())


def count(db: Session, person_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Count one more message for each of these people and return how many that makes this week."""
    if not person_ids:
        return {}
    week, one_more = literal(week_of(db, now), _COUNT.c.week.type), literal(1)
    theirs = (
        select(_PERSON.c.id, week, one_more).where(_PERSON.c.id.in_(sorted(set(person_ids)))).order_by(_PERSON.c.id)
    )
    counted = insert_into(db, _COUNT).from_select(["person_id", "week", "count"], theirs)
    counted = counted.on_conflict_do_update(
        index_elements=["person_id", "week"], set_={"count": _COUNT.c["count"] + 1}
    ).returning(_COUNT.c.person_id, _COUNT.c["count"])
    return {row["person_id"]: row["count"] for row in db.execute(counted).mappings()}


def hold(db: Session, person_id: int, cause: str, text: str, *, now: datetime, until: datetime) -> None:
    """Keep the first lines of a message for a digest this evening, or sooner when it would be of no use by then."""
    line = " ".join(text.splitlines()[:2])[:_LINE]
    values = {"person_id": person_id, "cause": cause, "line": line, "held_at": now}
    put_if_missing(db, DigestItem, values, key=("person_id", "cause"))
    zone = house_of(db).zone
    local = now.astimezone(zone)
    day = local.date() if local.time() < _EVENING else local.date() + timedelta(days=1)
    evening = datetime.combine(day, _EVENING, zone).astimezone(now.tzinfo)
    due = evening if evening < until else now
    key = _digests_of(person_id) + (day.isoformat() if evening < until else cause)
    is_planned = agenda.plan(db, key, DIGEST, due_at=due, person_id=person_id)
    if not is_planned and not agenda.move(db, key, due_at=due):  # it is told this moment, or was, without this
        agenda.plan(db, _digests_of(person_id) + cause, DIGEST, due_at=due, person_id=person_id)


def _digests_of(person_id: int) -> str:
    """Return what the causes of somebody's digests begin with."""
    return f"digest:{person_id}:"


def reads_large(db: Session, address_ids: Sequence[int]) -> frozenset[int]:
    """Return which of these addresses read large text."""
    enlarged = select(_CONVERSATION.c.address_id).where(
        _CONVERSATION.c.address_id.in_(address_ids), _CONVERSATION.c.large_text
    )
    return frozenset(db.execute(enlarged).scalars())
