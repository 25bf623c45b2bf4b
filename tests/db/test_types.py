from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime, String, cast, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlmodel import Session, col

from db.claims import table_of
from db.models import Conversation, InboxRecord, InboxState
from db.sql import Database
from db.types import UtcDateTime
from tests.kit.talk import MORNING

INBOX = table_of(InboxRecord)
CHINA = timezone(timedelta(hours=8))
SQLITE = sqlite.dialect()
DIALECTS = (SQLITE, postgresql.dialect())

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2999, 1, 1), timezones=offsets)  # noqa: DTZ001  # bounds are naive by contract


def kept(database: Database, **values: Any) -> InboxRecord:
    """Write a row and read it back in another transaction."""
    row: dict[str, Any] = {"channel": "test", "account": "bot", "sender": "li", "message_id": "m", "taken_at": MORNING}

    def put(db: Session) -> int | None:
        made = InboxRecord(**(row | values))
        db.add(made)
        db.flush()
        return made.id

    row_id = database.run(put)
    return database.run(lambda db: db.get_one(InboxRecord, row_id))


@pytest.mark.parametrize(
    "moment",
    [
        MORNING,
        datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=CHINA),
        datetime(2026, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=-11, minutes=-30))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(database: Database, moment: datetime) -> None:
    found = kept(database, taken_at=moment).taken_at

    assert (found, found.tzinfo) == (moment, UTC)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="a moment without a time zone is ambiguous"):
        kept(database, taken_at=datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001  # it is what must not pass


def test_no_moment_stays_none(database: Database) -> None:
    def put(db: Session) -> None:
        db.add(Conversation(channel="test", account="bot", chat="li", sender="li"))

    database.run(put)

    assert database.run(lambda db: db.execute(select(Conversation.last_turn_at)).scalar_one()) is None


def test_moments_are_compared_by_when_they_are_not_by_how_they_are_written(database: Database) -> None:
    kept(database, taken_at=datetime(2026, 11, 23, 9, 0, tzinfo=CHINA))
    before = select(InboxRecord.id).where(col(InboxRecord.taken_at) < datetime(2026, 11, 23, 1, 1, tzinfo=UTC))
    after = select(InboxRecord.id).where(col(InboxRecord.taken_at) > datetime(2026, 11, 23, 8, 59, tzinfo=CHINA))

    assert database.run(lambda db: [len(db.execute(one).all()) for one in (before, after)]) == [1, 1]


@given(moments)
def test_any_moment_survives_both_dialects(moment: datetime) -> None:
    column = UtcDateTime()

    found = [column.result_processor(one, None)(column.bind_processor(one)(moment)) for one in DIALECTS]

    assert found == [moment, moment]


@given(moments)
def test_sqlite_is_given_the_same_text_as_by_its_own_dialect(moment: datetime) -> None:
    ours, theirs = (one.dialect_impl(SQLITE).bind_processor(SQLITE) for one in (UtcDateTime(), DateTime()))

    assert ours
    assert theirs
    assert ours(moment) == theirs(moment.astimezone(UTC).replace(tzinfo=None))


@pytest.mark.parametrize("state", list(InboxState))
def test_a_word_is_kept_by_its_value_and_read_as_itself(database: Database, state: InboxState) -> None:
    assert kept(database, state=state).state is state
    assert database.run(lambda db: db.execute(select(cast(INBOX.c.state, String))).scalar_one()) == state.value


def test_a_word_nobody_knows_is_refused_when_it_is_read(database: Database) -> None:
    row = kept(database)
    database.run(lambda db: db.execute(update(INBOX).values(state=literal("dreamt", String))))

    with pytest.raises(LookupError):
        database.run(lambda db: db.get_one(InboxRecord, row.id))


@pytest.mark.parametrize("number", [1, 2**31, 2**62])
def test_a_big_number_is_kept_whole(database: Database, number: int) -> None:
    assert kept(database, id=number, outbox_id=number).outbox_id == number


def test_a_key_counts_by_itself(database: Database) -> None:
    assert [kept(database, message_id=one).id for one in ("m1", "m2")] == [1, 2]


@pytest.mark.parametrize(
    "plain",
    [{}, {"名": "李雷", "list": [1, 2.5, None, True, {"a": "\u2028 \U0001f600"}]}, {"long": "长" * 10_000}, None],
    ids=["empty", "nested", "long", "none"],
)
def test_plain_data_comes_back_as_it_was(database: Database, plain: dict[str, Any] | None) -> None:
    def put(db: Session) -> None:
        db.add(Conversation(channel="test", account="bot", chat="li", sender="li", open_form=plain))

    database.run(put)

    assert database.run(lambda db: db.execute(select(Conversation.open_form)).scalar_one()) == plain
