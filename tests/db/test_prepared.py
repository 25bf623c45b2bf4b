"""A prepared statement does what the same statement does through SQLAlchemy, value for value and error for error."""

import itertools
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Executable, Table, bindparam, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.orm import Session

from bot.errors import DatabaseUnavailable
from db.claims import named, table_of
from db.models import (
    AuditLine,
    Conversation,
    EntryRecord,
    EntryRevision,
    Origin,
    OutboxBody,
    OutboxKind,
    OutboxRow,
    OutboxState,
    Question,
    Version,
)
from db.prepared import Prepared
from db.sql import Database, undoable
from tests.kit.databases import PostgresqlMaker, SqliteMaker, opened

SHANGHAI = timezone(timedelta(hours=8))
MOMENT = datetime(2026, 11, 23, 1, 0, 0, 123456, tzinfo=UTC)
ROW: dict[str, Any] = {
    "cause": "post:1",
    "kind": OutboxKind.NOTICE,
    "priority": 10,
    "channel": "test",
    "account": "bot",
    "chat": "100% 'of' it :all ?",
    "reply_to": "",
    "content": {"text": "二次报销😀", "choices": [], "deep": {"a": [1, None, True, 0.5]}},
    "body_id": None,
    "offers": True,
    "state": OutboxState.PENDING,
    "due_at": MOMENT,
    "next_at": MOMENT,
    "expires_at": None,
    "waits_from": None,
    "attempts": 0,
    "lease_owner": "",
    "leased_until": None,
    "reason": "",
    "remote_id": "",
    "created_at": MOMENT,
    "ended_at": None,
}
OTHER_VALUES: list[dict[str, Any]] = [
    {},
    {"content": None},
    {"content": {}},
    {"offers": False},
    {"offers": None},
    {"due_at": datetime(2026, 1, 1, tzinfo=UTC)},
    {"due_at": datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=SHANGHAI)},
    {"due_at": datetime.max.replace(tzinfo=UTC)},
    {"expires_at": MOMENT, "leased_until": MOMENT, "ended_at": MOMENT},
    {"state": OutboxState.UNCERTAIN, "kind": OutboxKind.BROADCAST},
    {"chat": "潘一支部", "reason": "%s %(x)s ? :x \\ \" '"},
]
NUMBERS = itertools.count(1)


def table_and_values(database: Database, values: dict[str, Any]) -> tuple[Table, dict[str, Any]]:
    """Return the outbox and a row of it, which has a body where it has none of its own."""
    if values["content"] is None:
        database.run(lambda db: db.execute(insert(table_of(OutboxBody)).values(id=7, content={})))
        values = {**values, "body_id": 7}
    return table_of(OutboxRow), values


def as_kept(db: Session, table: Table, row_id: int) -> tuple[Any, ...]:
    """Return a row as the driver itself reads it, without its number and its cause."""
    names = ", ".join(column.name for column in table.columns if column.name not in {"id", "cause"})
    row = f"SELECT {names} FROM {table.name} WHERE id = {row_id}"  # noqa: S608  # names of our own
    return tuple(db.connection().exec_driver_sql(row).one())


def names_in(db: Session) -> list[str]:
    known = select(table_of(Version).c.name).where(table_of(Version).c.name != "schema.oldest_code")
    return sorted(db.execute(known).scalars())


PUT = Prepared(insert(table_of(Version)).values(named(Version, "name", "mark")))
MARK = Prepared(select(table_of(Version).c.mark).where(table_of(Version).c.name == bindparam("name")))
REMARK = Prepared(
    update(table_of(Version)).where(table_of(Version).c.name == bindparam("which")).values(named(Version, "mark"))
)


@pytest.mark.parametrize("other", OTHER_VALUES)
def test_values_go_in_as_they_do_through_sqlalchemy(database: Database, other: dict[str, Any]) -> None:
    table, values = table_and_values(database, {**ROW, **other})
    statement = insert(table).values(named(OutboxRow, *values)).returning(table.c.id)

    def both(db: Session) -> list[tuple[Any, ...]]:
        usual = db.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
        (prepared,) = Prepared(statement).row(db, **{**values, "cause": "post:2"}) or ()
        return [as_kept(db, table, one) for one in (usual, prepared)]

    usual, prepared = database.run(both)

    assert prepared == usual


@pytest.mark.parametrize("other", OTHER_VALUES)
def test_values_come_out_as_they_do_through_sqlalchemy(database: Database, other: dict[str, Any]) -> None:
    table, values = table_and_values(database, {**ROW, **other})
    whole = select(table).where(table.c.cause == bindparam("cause"))

    def both(db: Session) -> list[Any]:
        db.execute(insert(table).values(**values))
        usual = db.execute(whole, {"cause": "post:1"}).one()
        return [tuple(usual), Prepared(whole).row(db, cause="post:1")]

    usual, prepared = database.run(both)

    assert [(type(one), one) for one in prepared] == [(type(one), one) for one in usual]
    assert prepared[1:] == tuple(values.values())


def test_a_number_with_a_point_goes_in_and_a_truth_comes_out(database: Database) -> None:
    question, conversation = table_of(Question), table_of(Conversation)
    asked = {"address_id": None, "text": "", "outcome": "x", "entry_id": "", "score": 0.1234, "asked_at": MOMENT}
    met = {"channel": "t", "account": "b", "chat": "c", "sender": "s", "large_text": True, "burst_count": 0}

    def work(db: Session) -> list[Any]:
        Prepared(insert(question).values(named(Question, *asked))).run(db, **asked)
        Prepared(insert(conversation).values(named(Conversation, *met))).run(db, **met)
        chosen = select(conversation.c.large_text, conversation.c.open_form)
        return [db.execute(select(question.c.score)).scalar_one(), *(Prepared(chosen).row(db) or ())]

    assert database.run(work) == [0.1234, True, None]


def test_a_moment_without_a_zone_is_refused_as_everywhere(database: Database) -> None:
    due_at = table_of(OutboxRow).c.due_at
    statement = Prepared(update(table_of(OutboxRow)).values(due_at=bindparam("at", type_=due_at.type)))

    with pytest.raises(ValueError, match="a moment without a time zone is ambiguous"):
        database.run(lambda db: statement.run(db, at=MOMENT.replace(tzinfo=None)))


def test_a_missing_value_is_a_type_error_that_names_it_and_writes_nothing(database: Database) -> None:
    def work(db: Session) -> list[str]:
        with pytest.raises(TypeError, match="no value for mark"):
            PUT.run(db, name="a")
        with pytest.raises(TypeError, match="no value for mark, name"):
            PUT.run_many(db, [{"name": "a", "mark": ""}, {}])
        return names_in(db)

    assert database.run(work) == []


def test_what_the_statement_sets_itself_need_not_be_given_and_may_be(database: Database) -> None:
    table = table_of(Version)
    statement = Prepared(insert(table).values(**named(Version, "name"), mark="its own").returning(table.c.mark))

    def work(db: Session) -> list[Any]:
        return [statement.row(db, name="a"), statement.row(db, name="b", mark="given")]

    assert database.run(work) == [("its own",), ("given",)]


def test_a_row_that_is_not_there_is_none_and_rows_are_all_of_them(database: Database) -> None:
    table = table_of(Version)
    ordered = Prepared(select(table.c.name, table.c.mark).where(table.c.mark == "x").order_by(table.c.name))

    def work(db: Session) -> list[Any]:
        before = [MARK.row(db, name="a"), ordered.rows(db)]
        PUT.run_many(db, ({"name": name, "mark": "x"} for name in "cab"))
        return [*before, MARK.row(db, name="a"), ordered.rows(db)]

    assert database.run(work) == [None, [], ("x",), [("a", "x"), ("b", "x"), ("c", "x")]]


def test_running_tells_how_many_rows_changed_and_many_of_none_changes_none(database: Database) -> None:
    everything = Prepared(delete(table_of(Version)).where(table_of(Version).c.name != "schema.oldest_code"))

    def work(db: Session) -> list[Any]:
        PUT.run_many(db, [])
        PUT.run_many(db, [{"name": name, "mark": ""} for name in "ab"])
        changed = [REMARK.run(db, which=which, mark="x") for which in ("a", "nobody")]
        return [*changed, MARK.row(db, name="a"), everything.run(db), names_in(db)]

    assert database.run(work) == [1, 0, ("x",), 2, []]


def broken(name: str) -> Executable:
    """Return a statement each database refuses for another reason."""
    outbox = table_of(OutboxRow)
    statements: dict[str, Executable] = {
        "taken": insert(table_of(Version)).values(name="schema.oldest_code", mark=""),
        "no such table": select(text("1")).select_from(text("nowhere")),
        "nobody": insert(table_of(AuditLine)).values(actor_id=404, act="a", subject="身份证4406", at=MOMENT),
        "nothing": insert(outbox).values(**{**ROW, "chat": None}),
        "too large": insert(outbox).values(**{**ROW, "priority": 2**70}),
    }
    return statements[name]


@pytest.mark.parametrize("name", ["taken", "no such table", "nobody", "nothing", "too large"])
def test_an_error_is_the_one_sqlalchemy_raises(database: Database, name: str) -> None:
    def error_of(run: Any) -> tuple[Any, ...]:
        try:
            database.run(run)
        except (DBAPIError, DatabaseUnavailable, OverflowError) as error:
            cause = error.__cause__ if isinstance(error, DatabaseUnavailable) else error
            return type(error), type(cause), type(getattr(cause, "orig", None))
        raise AssertionError("it is refused")

    assert error_of(lambda db: Prepared(broken(name)).run(db)) == error_of(lambda db: db.execute(broken(name)))


def test_an_error_does_not_quote_what_people_said(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        database.run(lambda db: Prepared(broken("nobody")).run(db))

    assert "4406" not in f"{caught.value}"


def test_a_locked_sqlite_is_unavailable(sqlite_maker: SqliteMaker) -> None:
    url = sqlite_maker.make()
    here, there = opened(url, lock_timeout_ms=20), opened(url)

    with there.transaction(), pytest.raises(DatabaseUnavailable) as caught:
        here.run(lambda db: PUT.run(db, name="a", mark=""), write=False)

    here.close()
    there.close()
    assert str(caught.value) == "OperationalError: database is locked"


def test_a_locked_row_on_postgresql_is_unavailable(postgresql_maker: PostgresqlMaker) -> None:
    database = opened(postgresql_maker.make(), lock_timeout_ms=20)
    database.run(lambda db: PUT.run(db, name="a", mark=""))

    with database.transaction() as holder:
        REMARK.run(holder, which="a", mark="x")
        with pytest.raises(DatabaseUnavailable) as caught:
            database.run(lambda db: REMARK.run(db, which="a", mark="y"))

    database.close()
    assert str(caught.value) == "LockNotAvailable: canceling statement due to lock timeout"


def write(db: Session, how: str) -> None:
    name = f"{how}{next(NUMBERS)}"
    if how == "prepared":
        PUT.run(db, name=name, mark="")
    elif how == "orm":
        db.add(Version(name=name))
    elif how == "core":
        db.execute(insert(table_of(Version)).values(name=name, mark=""))


@pytest.mark.parametrize("first", ["nothing", "prepared", "orm", "core"])
def test_inside_undoable_its_writes_are_undone_with_the_rest(database: Database, first: str) -> None:
    """Whatever went before, in the session without and in the one within."""

    def write_and_break(db: Session) -> None:
        with undoable(db) as inner:
            write(inner, first)
            PUT.run(inner, name="inner", mark="")
            raise ZeroDivisionError

    def work(db: Session) -> tuple[list[str], list[str]]:
        write(db, first)
        before = names_in(db)
        with pytest.raises(ZeroDivisionError):
            write_and_break(db)
        return before, names_in(db)

    before, after = database.run(work)

    assert after == before
    assert database.run(names_in) == before


def test_the_outer_session_goes_on_with_prepared_statements_after_an_undone_one(database: Database) -> None:
    def work(db: Session) -> None:
        PUT.run(db, name="before", mark="")
        with pytest.raises(DBAPIError), undoable(db) as inner:
            PUT.run(inner, name="before", mark="")
        PUT.run(db, name="after", mark="")

    database.run(work)

    assert database.run(names_in) == ["after", "before"]


@pytest.mark.parametrize("is_inner", [True, False])
def test_a_session_whose_flush_failed_writes_nothing_more(database: Database, is_inner: bool) -> None:  # noqa: FBT001  # drawn
    """What it wrote is undone; a statement that went on would stay, outside the savepoint or the transaction."""

    def fail_and_go_on(db: Session) -> None:
        PUT.run(db, name="a", mark="")
        db.add(Version(name="schema.oldest_code"))
        with pytest.raises(DBAPIError):
            db.flush()
        PUT.run(db, name="b", mark="")

    def work(db: Session) -> None:
        if not is_inner:
            fail_and_go_on(db)
        with pytest.raises(InvalidRequestError), undoable(db) as inner:
            fail_and_go_on(inner)

    if is_inner:
        database.run(work)
    else:
        with pytest.raises(InvalidRequestError):
            database.run(work)

    assert database.run(names_in) == []


def test_what_a_session_holds_is_written_before_as_sqlalchemy_does(database: Database) -> None:
    """An entry's record first, then what refers to it; a change first, then what reads or replaces it."""
    revision = {"entry_id": "e", "number": 1, "origin": Origin.LOCAL, "body": {}, "created_at": MOMENT}

    def work(db: Session) -> list[Any]:
        db.add(EntryRecord(id="e", revision=1))
        Prepared(insert(table_of(EntryRevision)).values(named(EntryRevision, *revision))).run(db, **revision)
        held = Version(name="a", mark="1")
        db.add(held)
        seen = [MARK.row(db, name="a")]
        held.mark = "2"
        REMARK.run(db, which="a", mark="3")
        return seen

    assert database.run(work) == [("1",)]
    assert database.run(lambda db: MARK.row(db, name="a")) == ("3",)


def test_a_statement_is_built_and_compiled_once_for_each_kind_of_database(
    sqlite_maker: SqliteMaker, request: pytest.FixtureRequest
) -> None:
    built: list[bool] = []

    def build(is_postgresql: bool) -> Executable:  # noqa: FBT001  # `Prepared` calls it
        built.append(is_postgresql)
        return select(table_of(Version).c.name).where(table_of(Version).c.mark == bindparam("mark"))

    statement = Prepared(build)
    makers = [sqlite_maker, request.getfixturevalue("postgresql_maker")]
    for database in [opened(maker.make()) for maker in (*makers, *makers)]:
        for mark in ("0001", "no"):
            database.run(lambda db, mark=mark: statement.rows(db, mark=mark))
        database.close()

    assert built == [False, True]


def test_an_enum_it_sets_itself_is_kept_by_its_value(database: Database) -> None:
    table = table_of(OutboxRow)
    values = {name: value for name, value in ROW.items() if name != "state"}
    statement = insert(table).values(**named(OutboxRow, *values), state=OutboxState.UNCERTAIN).returning(table.c.state)

    def work(db: Session) -> list[Any]:
        return [Prepared(statement).row(db, **values), db.execute(text("SELECT state FROM outbox_row")).scalar_one()]

    assert database.run(work) == [(OutboxState.UNCERTAIN,), "uncertain"]
