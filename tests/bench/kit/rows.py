"""Rows by the hundred thousand, made by the database itself from one real row of each table."""

from collections.abc import Mapping

from sqlalchemy import Connection, create_engine, inspect, text

from tests.bench.kit.load import CHATS, FIRST_CHAT, STRIDE

_DAYS = 20
"""Over how long the past is spread."""

_CACHE_KIB = 500_000


def known_chats(url: str, chats: int = CHATS) -> None:
    """Make everybody known who will write; the first of them is."""
    chat = f"CAST({FIRST_CHAT} + i AS VARCHAR)"
    number = "i + 1"
    _multiply(url, "person", chats, {"id": number}, first=1)
    _multiply(url, "address", chats, {"id": number, "person_id": number, "external_id": chat}, first=1)
    _multiply(url, "conversation", chats, {"id": number, "address_id": number, "chat": chat, "sender": chat}, first=1)


def audience(url: str, count: int) -> None:
    """Make so many addresses that can be written to, all of one person."""
    chat = f"CAST({FIRST_CHAT} + i AS VARCHAR)"
    _multiply(url, "address", count, {"id": "i + 1", "external_id": chat}, first=1)


def forget_mail(url: str) -> None:
    """Take away what ``kit/mailing.py`` wrote."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox_row WHERE cause LIKE 'bench:%'"))
    engine.dispose()


def villagers(url: str, count: int) -> None:
    """Make so many people, each with one address that can be written to; the first row of both is there already."""
    chat = f"CAST({FIRST_CHAT} + i AS VARCHAR)"
    _multiply(url, "person", count, {"id": "i + 1", "name": "'p' || i"}, first=1)
    _multiply(url, "address", count, {"id": "i + 1", "person_id": "i + 1", "external_id": chat}, first=1)


def past_turns(url: str, count: int) -> None:
    """Make so many turns of theirs that were taken, answered and sent in the last days."""
    who = f"CAST({FIRST_CHAT} + CAST(i AS BIGINT) * {STRIDE} % {CHATS} AS VARCHAR)"
    then = _moment(url, count)
    number = f"{count} + i"
    inbox = {"id": number, "sender": who, "message_id": "CAST(1000000000 + i AS VARCHAR)", "taken_at": then}
    sent = {"state": "'sent'", "lease_owner": "''", "leased_until": "NULL", "chat": who}
    moments = dict.fromkeys(("due_at", "next_at", "created_at", "ended_at"), then)
    outbox = {"id": number, "cause": "'past:' || CAST(1000000000 + i AS VARCHAR)", **sent, **moments}
    _multiply(url, "inbox_record", count, inbox | {"outbox_id": number})
    _multiply(url, "outbox_row", count, outbox)


def count(url: str, table: str, where: str = "1 = 1") -> int:
    """Return how many rows of a table there are, or how many of a kind."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()  # noqa: S608  # ours
    engine.dispose()
    return found


def settle_down(url: str) -> None:
    """Let the database do now what it would do in the background while it is measured."""
    engine = create_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if url.startswith("sqlite"):
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            connection.execute(text("ANALYZE"))
        else:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
    engine.dispose()


def _multiply(url: str, table: str, count: int, changes: Mapping[str, str], *, first: int = 0) -> None:
    """Repeat a table's first row with what changes from row to row, as SQL over ``i``."""
    engine = create_engine(url)
    with engine.begin() as connection:
        _hurry(connection)
        columns = [one["name"] for one in inspect(connection).get_columns(table)]
        values = ", ".join(changes.get(name, f"model.{name}") for name in columns)
        statement = f"""
            WITH RECURSIVE numbers(i) AS (
                SELECT {first} UNION ALL SELECT i + 1 FROM numbers WHERE i < {count - 1}
            )
            INSERT INTO {table} ({", ".join(columns)})
            SELECT {values} FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) AS model, numbers
        """  # noqa: S608  # nothing in it comes from outside
        connection.execute(text(statement))
        _count_on(connection, table)
    engine.dispose()


def _hurry(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL synchronous_commit = off"))
    else:
        connection.execute(text(f"PRAGMA cache_size = -{_CACHE_KIB}"))


def _count_on(connection: Connection, table: str) -> None:
    """Let a PostgreSQL key go on behind the rows that were given theirs."""
    if connection.dialect.name != "postgresql":
        return
    sequence = f"pg_get_serial_sequence('{table}', 'id')"
    connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))"))  # noqa: S608  # as above


def _moment(url: str, count: int) -> str:
    seconds = _DAYS * 86400 / count
    if url.startswith("sqlite"):
        return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (({count} - i) * {seconds}) || ' seconds') || '000'"
    return f"now() - ({count} - i) * interval '{seconds} seconds'"
