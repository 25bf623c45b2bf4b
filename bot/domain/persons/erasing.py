"""Erasing somebody: what names them goes, what counts stays as a number without a name.

At once go name, phone, consents, tries, grants, petitions, proxies, what they wrote, and every address; future sign-ups
are cancelled. An hour later, when the last reply has gone out, go the messages to and from their addresses
(:func:`forget_traces`). What stays: attendances, minutes and points of somebody without a name, and that they were a
member. What others were told stays in their chats until it is forgotten with everything else (retention).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from bot.domain import agenda, audit, files
from bot.domain.grid import returning
from bot.domain.house import house_of
from bot.domain.persons import identity, people, proxies
from bot.domain.visits import leaving
from bot.domain.volunteers import seats
from content.words import label
from db.claims import table_of
from db.models import (
    Address,
    AliasVote,
    AnswerTold,
    Attendance,
    BindingTry,
    CallItem,
    CardText,
    Case,
    CaseState,
    Code,
    CodePurpose,
    Consent,
    ConsoleKey,
    ConsoleStay,
    ContactCard,
    Conversation,
    DigestItem,
    Dispute,
    Enrolment,
    FileState,
    Grant,
    GridReport,
    GridReporter,
    InboxRecord,
    MatterFollower,
    Member,
    MemberState,
    OutboxRow,
    PaperLink,
    Person,
    Petition,
    PointsObjection,
    Question,
    ReportOptOut,
    Resident,
    RosterChange,
    StarRating,
    StoredFile,
    StudySession,
    TopicHolder,
    UnaskedCount,
    WebMessage,
    WebVisitor,
    WechatContact,
    WechatGrant,
    WechatPromise,
    WechatUnread,
)

TRACES = "my_data.traces"
"""The kind of item that forgets what was said, on the agenda."""

_LATER = timedelta(hours=1)
_SOON = timedelta(seconds=1)
_PAGE = 2000
_GONE: tuple[type[SQLModel], ...] = (
    *(AliasVote, AnswerTold, CallItem, CardText, Consent, ConsoleKey, ConsoleStay, ContactCard, DigestItem, Enrolment),
    *(Grant, GridReporter, MatterFollower),
    *(PaperLink, Petition, PointsObjection, ReportOptOut, Resident, RosterChange, StarRating, TopicHolder),
    UnaskedCount,
)
_OF_OPENIDS: tuple[type[SQLModel], ...] = (WechatContact, WechatGrant, WechatPromise, WechatUnread)


def erase(db: Session, person: Person, *, now: datetime) -> None:
    """Erase somebody; whoever speaks from their addresses is nobody known from now on."""
    person_id = person.id or 0
    for signup, _ in seats.mine(db, person_id, now=now):
        seats.cancel(db, signup.id or 0, now=now, by_id=person_id)
    proxies.end_all(db, person, now=now)
    mine = identity.addresses_of(db, person_id)
    address_ids = [one.id or 0 for one in mine]
    leaving.forget(db, person)
    _forget_words(db, person_id, address_ids)
    _forget_files(db, person_id)
    _forget_rows(db, person_id, address_ids)
    returning.give_back(db, person, now=now)
    _leave_roster(db, person_id, now)
    _expect_no_more(db, person_id, now)
    people.forget_who(person)
    db.add(person)
    for address in mine:
        identity.unbind(db, address, act="my_data.unbind", by_id=person_id, now=now)
    audit.note(db, "my_data.erase", f"person:{person_id}", actor_id=person_id, now=now)
    agenda.plan(
        db,
        f"erased:{person_id}:{int(now.timestamp())}",
        TRACES,
        due_at=now + _LATER,
        address_ids=address_ids,
        erased_at=now.isoformat(),
        after_id=0,
    )


def forget_traces(db: Session, item: agenda.Item, now: datetime) -> None:
    """Forget what was said to and from addresses before they were erased, a page of the outbox at a time."""
    erased_at = datetime.fromisoformat(item.payload["erased_at"])
    found = select(Address).where(col(Address.id).in_(item.payload["address_ids"])).order_by(col(Address.id))
    addresses = db.execute(found).scalars().all()
    last_id = _forget_sent(db, addresses, erased_at, item.payload["after_id"])
    if last_id is not None:
        agenda.again(db, item, at=now + _SOON, after_id=last_id)
        return
    for address in addresses:
        _forget_address(db, address, erased_at)


def _forget_words(db: Session, person_id: int, address_ids: list[int]) -> None:
    asked, written = table_of(Case), label("erased")
    mine = asked.c.asker_id == person_id
    db.execute(update(asked).where(mine).values(question=written, answer="", files=[]))
    db.execute(update(asked).where(mine, asked.c.state == CaseState.OPEN).values(state=CaseState.CLOSED))
    for table, column, words in (
        (table_of(Dispute), "person_id", {"words": ""}),
        (table_of(Attendance), "person_id", {"leave_words": "", "make_up_words": ""}),
    ):
        db.execute(update(table).where(table.c[column] == person_id).values(**words))
    seen = table_of(GridReport)
    forgotten: dict[str, Any] = {"words": written, "files": [], "latitude": None, "longitude": None}
    db.execute(update(seen).where(seen.c.opener_id == person_id).values(**forgotten))
    questions = table_of(Question)
    db.execute(update(questions).where(questions.c.address_id.in_(address_ids)).values(text="", address_id=None))


def _forget_files(db: Session, person_id: int) -> None:
    """Forget what somebody sent or was sent; bytes that nobody else sent as well go."""
    table = table_of(StoredFile)
    mine = table.c.person_id == person_id
    digests = set(db.execute(select(table.c.digest).where(mine, table.c.digest != "")).scalars())
    gone: dict[str, Any] = {"state": FileState.LOST, "digest": "", "name": "", "remote_id": "", "person_id": None}
    db.execute(update(table).where(mine).values(**gone))
    for digest in digests:
        files.drop_unused(db, house_of(db).store, digest)


def _forget_rows(db: Session, person_id: int, address_ids: list[int]) -> None:
    for model in _GONE:
        table = table_of(model)
        db.execute(delete(table).where(table.c.person_id == person_id))
    tries = table_of(BindingTry)
    for column, ids in ((tries.c.address_id, address_ids), (tries.c.person_id, [person_id])):
        db.execute(delete(tries).where(column.in_(ids)))
    db.execute(delete(tries).where(tries.c.found_id == person_id))
    codes = table_of(Code)
    db.execute(delete(codes).where(codes.c.purpose == CodePurpose.INVITE, codes.c.subject_id == person_id))


def _leave_roster(db: Session, person_id: int, now: datetime) -> None:
    table = table_of(Member)
    left = {"state": MemberState.LEFT, "gender": "", "born_on": None, "joined_on": None, "changed_at": now}
    db.execute(update(table).where(table.c.person_id == person_id).values(**left))
    db.expire_all()


def _expect_no_more(db: Session, person_id: int, now: datetime) -> None:
    """Take somebody off the lists of sessions to come: nobody without a name is waited for or called."""
    table, session = table_of(Attendance), table_of(StudySession)
    ahead = select(session.c.id).where(session.c.starts_at > now)
    db.execute(delete(table).where(table.c.person_id == person_id, table.c.session_id.in_(ahead)))


def _forget_sent(db: Session, addresses: Any, before: datetime, after_id: int) -> int | None:  # noqa: ANN401  # rows of a page
    table = table_of(OutboxRow)
    columns = (table.c.id, table.c.channel, table.c.account, table.c.chat, table.c.created_at)
    rows = db.execute(select(*columns).where(table.c.id > after_id).order_by(table.c.id).limit(_PAGE)).all()
    chats = {(one.channel, one.account, one.external_id) for one in addresses}
    meant = [row.id for row in rows if (row.channel, row.account, row.chat) in chats and row.created_at <= before]
    _delete(db, table, meant)
    return rows[-1].id if len(rows) == _PAGE else None


def _forget_address(db: Session, address: Address, before: datetime) -> None:
    talks, inbox, told = table_of(Conversation), table_of(InboxRecord), table_of(WebMessage)
    own = (inbox.c.channel == address.channel, inbox.c.account == address.account)
    db.execute(delete(inbox).where(*own, inbox.c.sender == address.external_id, inbox.c.taken_at <= before))
    db.execute(delete(talks).where(talks.c.address_id == address.id, talks.c.last_turn_at <= before))
    db.execute(delete(told).where(told.c.visitor_id == address.external_id, told.c.told_at <= before))
    for table in map(table_of, _OF_OPENIDS):
        at = (table.c.account == address.account, table.c.openid == address.external_id)
        db.execute(delete(table).where(*at))
    has_come_back = db.execute(select(talks.c.id).where(talks.c.address_id == address.id).limit(1)).first()
    if has_come_back is None:
        visitors = table_of(WebVisitor)
        db.execute(delete(told).where(told.c.visitor_id == address.external_id))
        db.execute(delete(visitors).where(visitors.c.id == address.external_id))
        address.external_id, address.unreachable = f"erased:{address.id}", "erased"
        db.add(address)


def _delete(db: Session, table: Table, ids: list[int]) -> None:
    if ids:
        db.execute(delete(table).where(table.c.id.in_(ids)))
