"""Every statement a database is given, heard at its driver, and which tables a statement reads from end to end."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.orm import Session

from db.sql import Database

_EXPLAINED = ("select", "insert", "update", "delete", "with")
_SCAN = re.compile(r"\bSCAN (\w+)")
_ALIAS = re.compile(r"_\d+$")
_CONDITIONS = ("Index Cond", "Recheck Cond", "TID Cond")
_OPEN = (
    *(
        "ix_agenda_item_due",
        "ix_dispute_open",
        "ix_grid_report_ongoing",
        "ix_household_nobodys",
        "ix_outbox_due",
        "ix_outbox_leased",
    ),
    *("ix_pledge_open", "ix_points_objection_open"),
)
"""Indexes that hold what is still to be done and nothing else: they do not grow, and may be read whole."""


@dataclass
class Listener:
    """What was said to a database while it was listened to, each with the name of what was going on."""

    database: Database
    heard: dict[str, tuple[str, Any]] = field(default_factory=dict[str, tuple[str, Any]])
    going_on: str = ""

    def __post_init__(self) -> None:
        self.database.engine.dispose()  # so that every connection is one that is listened to
        event.listen(self.database.engine, "connect", self._listen)

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Listen while something goes on."""
        self.going_on = name
        yield
        self.going_on = ""

    def scans(self, tables: frozenset[str]) -> list[str]:
        """Return every statement that reads one of these tables from end to end."""
        find = _scanned_by_sqlite if self.database.is_sqlite else _scanned_by_postgresql
        found: list[str] = []
        for statement, (name, values) in self.heard.items():
            scanned = self.database.run(lambda db, it=(statement, values): find(db, *it)) & tables
            found += [f"{name}: {', '.join(sorted(scanned))} in {statement}"] if scanned else []
        return found

    def _hear(self, statement: str, values: Any = None) -> None:
        if self.going_on and statement.lstrip(" (").lower().startswith(_EXPLAINED):
            self.heard.setdefault(statement, (self.going_on, values))

    def _listen(self, connection: Any, _record: object) -> None:
        if self.database.is_sqlite:
            connection.set_trace_callback(self._hear)
            return
        hear = self._hear

        class Cursor(psycopg.Cursor[Any]):
            def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
                hear(str(query), params)
                return super().execute(query, params, **how)

            def executemany(self, query: Any, params_seq: Any, **how: Any) -> None:
                several = list(params_seq)
                if several:
                    hear(str(query), several[0])
                super().executemany(query, several, **how)

        connection.cursor_factory = Cursor


def _scanned_by_sqlite(db: Session, statement: str, _values: None) -> set[str]:
    rows = db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    return {_ALIAS.sub("", found[1]) for row in rows if (found := _SCAN.match(row[-1])) and not row[-1].endswith(_OPEN)}


def _scanned_by_postgresql(db: Session, statement: str, values: Any) -> set[str]:
    """Return what is scanned although it is told to find row by row; an index that is read whole is a scan."""
    cursor: Any = db.connection().connection.cursor()
    for way in ("seqscan", "hashjoin", "mergejoin"):
        cursor.execute(f"SET LOCAL enable_{way} = off")
    cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
    return set(_scanned(cursor.fetchone()[0][0]["Plan"]))


def _scanned(plan: dict[str, Any]) -> Iterator[str]:
    if (
        plan["Node Type"].endswith(" Scan")
        and "Relation Name" in plan
        and not any(one in plan for one in _CONDITIONS)
        and plan.get("Index Name") not in _OPEN
    ):
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _scanned(inner)
