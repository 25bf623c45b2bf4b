"""A durable turn as one would write it with SQLModel's asynchronous sessions: four statements and a commit."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Integer, UniqueConstraint, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_POOL = 16
_EVERYBODY = """
    WITH RECURSIVE everybody(chat) AS (
        SELECT CAST(:first AS INTEGER) UNION ALL SELECT chat + 1 FROM everybody WHERE chat < CAST(:last AS INTEGER)
    )
    INSERT INTO conversation (channel, account, chat, sender, turns)
    SELECT 'telegram', 'bot', CAST(chat AS VARCHAR), CAST(chat AS VARCHAR), 0 FROM everybody
"""


def _key() -> Any:
    return Field(default=None, sa_column=Column(_NUMBER, primary_key=True))


def _moment(*, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), index=index))


class Inbox(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("channel", "account", "sender", "message_id"),)

    id: int | None = _key()
    channel: str
    account: str
    sender: str
    message_id: str
    taken_at: datetime | None = _moment(index=True)


class Conversation(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("channel", "account", "chat", "sender"),)

    id: int | None = _key()
    channel: str
    account: str
    chat: str
    sender: str
    state: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    turns: int = 0
    last_turn_at: datetime | None = _moment()


class Note(SQLModel, table=True):
    id: int | None = _key()
    act: str
    subject: str
    at: datetime | None = _moment(index=True)


class Outbox(SQLModel, table=True):
    id: int | None = _key()
    cause: str = Field(unique=True)
    kind: str
    channel: str
    account: str
    chat: str
    content: dict[str, Any] = Field(sa_column=Column(JSON))
    state: str = Field(default="pending", index=True)
    created_at: datetime | None = _moment()


def opened(url: str) -> AsyncEngine:
    """Open a database; SQLite as safe as ours, with the one writer it can have."""
    if url.startswith("postgresql"):
        return create_async_engine(url, pool_size=_POOL, max_overflow=0)
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


async def make_tables(engine: AsyncEngine, first_chat: int, chats: int) -> None:
    """Make the tables, and so many people known."""
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
        await connection.execute(text(_EVERYBODY), {"first": first_chat, "last": first_chat + chats - 1})
        await connection.execute(text("ANALYZE"))


async def take(engine: AsyncEngine, *, sender: str, message_id: str, words: str) -> None:
    """Take one turn; a redelivery changes nothing."""
    now = datetime.now(UTC)
    key = {"channel": "telegram", "account": "bot", "sender": sender, "message_id": message_id}
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    claim = insert(Inbox).values(**key, taken_at=now).on_conflict_do_nothing().returning(_table(Inbox).c.id)
    async with AsyncSession(engine, expire_on_commit=False) as db:
        taken = (await db.execute(claim)).scalar_one_or_none()
        if taken is None:
            return
        where = (Conversation.channel == "telegram", Conversation.account == "bot", Conversation.chat == sender)
        held = select(Conversation).where(*where, Conversation.sender == sender).with_for_update()
        conversation = (await db.exec(held)).one_or_none()
        if conversation is None:
            conversation = Conversation(channel="telegram", account="bot", chat=sender, sender=sender)
        conversation.turns += 1
        conversation.last_turn_at = now
        db.add(conversation)
        db.add(Note(act="bench.note", subject=words, at=now))
        reply = {"template": "noted", "text": "好的，已经记下了。", "choices": []}
        db.add(
            Outbox(
                cause=f"reply:{taken}", kind="reply", channel="telegram", account="bot",
                chat=sender, content=reply, created_at=now,
            )
        )  # fmt: skip
        await db.commit()


def closing(engine: AsyncEngine) -> Callable[[object], AsyncIterator[None]]:
    """Return what lets the connections go when an aiohttp site ends."""

    async def life(_site: object) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    return life


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _table(model: type[SQLModel]) -> Any:
    return vars(model)["__table__"]
