"""Every list page of the console with a township's rows behind it, beside the same page with a thousand.

    .venv/bin/python tests/bench/bench_console.py [--quick]

Big: 100,000 people on 200 rosters, 22,797 questions, 1,000,000 messages of which some thousands failed, 100,000 lines
of audit, 5,000 activities and 9,000 sessions. A figure is the least of several whole requests, log-in and rendering
included, against the application without a network between; the promise is judged by their ratio. PostgreSQL has looked
at its tables, SQLite has not, as in production. Quick: a tenth of it.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from db import schema
from tests.bench.kit.places import Place, places
from tests.bench.kit.stage import perform, say
from tests.bench.kit.tables import show, times
from tests.kit import console
from tests.kit.console import Desk
from tests.kit.talk import World

PROMISED = 3.0
ROUNDS = 9
HEAD = ("page", "ms, few", "ms, many", "times")
PAGES = (
    *("/admin", "/admin/questions", "/admin/questions?state=open", "/admin/questions?text=祠堂"),
    *("/admin/people", "/admin/people?sort=entered", "/admin/people?name=陈1", "/admin/people?unit=30"),
    *("/admin/people?bound=no", "/admin/people?kind=volunteer", "/admin/entries", "/admin/activities"),
    *("/admin/study", "/admin/broadcasts", "/admin/audit", "/admin/audit?area=people", "/admin/health"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are of what."""

    people: int
    cases: int
    messages: int
    audit: int
    activities: int
    sessions: int


FEW = Size(1_000, 1_000, 1_000, 1_000, 100, 100)
MANY = Size(100_000, 22_797, 1_000_000, 100_000, 5_000, 9_000)
QUICK = Size(10_000, 5_000, 100_000, 10_000, 1_000, 1_000)

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
_AT = "'2026-10-01 00:00:00'"
_FILL: Sequence[tuple[str, str]] = (
    (
        "people",
        """INSERT INTO unit (name, kind, parent_id, path) {numbers}
        SELECT '第' || i || '支部', 'branch', 1, '/1/' || (i + 6) || '/' FROM n WHERE i <= 200""",
    ),
    (
        "people",
        """INSERT INTO person (name, name_key, mobile_sealed, unit_id, created_at) {numbers}
        SELECT '陈' || i, '陈' || i, '', 7 + i % 200, {at} FROM n""",
    ),
    (
        "people",
        """INSERT INTO member
        (person_id, unit_id, kind, category, state, is_probationary, gender, created_at, changed_at)
        SELECT id, unit_id, CASE WHEN id % 50 = 0 THEN 'volunteer' ELSE 'party_member' END, 'regular', 'active',
        false, '', {at}, {at} FROM person WHERE name LIKE '陈%'""",
    ),
    (
        "cases",
        """INSERT INTO "case"
        (kind, state, question, entry_id, files, unit_id, asker_id, address_id, answer, opened_at, topic) {numbers}
        SELECT 'question', CASE WHEN i % 100 = 0 THEN 'open' ELSE 'answered' END, '第' || i || '个问题', '', '[]',
        7 + i % 200, 1, 1, '', {at}, '' FROM n""",
    ),
    (
        "messages",
        """INSERT INTO outbox_row (cause, kind, priority, channel, account, chat, reply_to, state, due_at, next_at,
        attempts, lease_owner, reason, remote_id, created_at) {numbers}
        SELECT 'bench:' || i, 'broadcast', 30, 'test', 'bot', 'c' || i, '',
        CASE WHEN i % 500 = 0 THEN 'failed' ELSE 'sent' END, {at}, {at}, 1, '', '', '', {at} FROM n""",
    ),
    (
        "audit",
        """INSERT INTO audit_line (actor_id, act, subject, at) {numbers}
        SELECT 1, CASE WHEN i % 20 = 0 THEN 'people.look' ELSE 'cases.answer' END, 'W' || i, {at} FROM n""",
    ),
    (
        "activities",
        """INSERT INTO activity (title, unit_id, audience_unit_id, place, starts_at, ends_at, state, reason, details,
        sequence, created_at, kind, signup_until, has_waitlist) {numbers}
        SELECT '清理村道', 7 + i % 200, 1, '村委', {at}, {at}, 'published', '', '', 0, {at}, 'volunteering', {at}, true
        FROM n""",
    ),
    (
        "sessions",
        """INSERT INTO study_session (title, unit_id, audience_unit_id, place, starts_at, ends_at, state, reason,
        details, sequence, created_at, kind, credit_hours, uid) {numbers}
        SELECT '主题党日', 7 + i % 200, 7 + i % 200, '活动室', {at}, {at}, 'closed', '', '', 0, {at}, 'party_day', 2,
        'u' || i FROM n""",
    ),
)


def filled(place: Place, size: Size) -> Desk:
    """Make a town with so many rows."""
    database = console.opened(place.fresh())
    schema.migrate(database)
    desk = Desk(World(database))
    desk.hire("周敏")

    def fill(db: Session) -> None:
        for what, statement in _FILL:
            count = max(getattr(size, what), 200)
            db.execute(text(statement.format(numbers=_NUMBERS.format(count=count), at=_AT)))

    began = time.monotonic()
    database.run(fill)
    if not database.is_sqlite:
        engine = create_engine(database.url).execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()
    say(f"{place.name}: {size.people:,} people, {size.messages:,} messages in {time.monotonic() - began:.0f} s")
    return desk


async def measured(desk: Desk) -> dict[str, float]:
    """Ask for every page some times over and return the least each took, in ms."""
    least: dict[str, float] = {}
    async with console.browser(desk) as browser:
        await browser.enter(desk.world.person("周敏"))
        for path in PAGES:
            for _ in range(ROUNDS):
                began = time.perf_counter()
                shown = await browser.get(path)
                took = 1000 * (time.perf_counter() - began)
                assert shown.status == 200, (path, shown.status)
                least[path] = min(took, least.get(path, took))
    return least


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Measure both towns on each database."""
    with places(folder) as ready:
        for place in ready:
            desks = [filled(place, size) for size in (FEW, QUICK if options.quick else MANY)]
            few, many = (asyncio.run(measured(desk)) for desk in desks)
            rows: list[list[object]] = [[one, few[one], many[one], times(many[one], few[one])] for one in PAGES]
            show(f"List pages of the console, {place.name}", HEAD, rows)
            worst = max(PAGES, key=lambda path: many[path] / few[path])
            over = [path for path in PAGES if many[path] / few[path] > PROMISED]
            most, named = many[worst] / few[worst], ", ".join(over) or "none"
            say(f"{place.name}: at most {most:.2f}× ({worst}); over {PROMISED:.0f}×: {named}")
            for desk in desks:
                desk.world.database.close()


if __name__ == "__main__":
    perform(bench, __doc__)
