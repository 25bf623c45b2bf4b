"""The agenda is worked off an item a transaction, and one that breaks stops no other."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, audit
from bot.domain.agenda import Item
from bot.jobs.schedule import Schedule
from db.models import AgendaItem, AgendaState, AuditLine
from tests.kit.post import Post


def note(db: Session, item: Item, now: datetime) -> None:
    audit.note(db, "test.note", str(item.payload["number"]), actor_id=None, now=now)


def break_down(db: Session, item: Item, now: datetime) -> None:
    note(db, item, now)
    raise KeyError(item.id)


@pytest.fixture
def schedule(post: Post) -> Schedule:
    return Schedule(post.database, {"note": note, "broken": break_down}, clock=post.clock)


def plan(post: Post, number: int, *, kind: str = "note", wait: timedelta = timedelta(0)) -> None:
    def work(db: Session) -> None:
        agenda.plan(db, f"test:{number}", kind, due_at=post.now + wait, number=number)

    post.database.run(work)


def noted(post: Post) -> list[str]:
    lines = select(AuditLine.subject).order_by(col(AuditLine.id))
    return post.database.run(lambda db: list(db.execute(lines).scalars()))


def states(post: Post) -> list[AgendaState]:
    kept = select(AgendaItem.state).order_by(col(AgendaItem.id))
    return post.database.run(lambda db: list(db.execute(kept).scalars()))


async def test_what_is_due_is_done_once_in_the_order_of_its_time(post: Post, schedule: Schedule) -> None:
    plan(post, 1, wait=timedelta(minutes=2))
    plan(post, 2, wait=timedelta(minutes=1))
    plan(post, 3, wait=timedelta(hours=1))
    post.clock.turn(timedelta(minutes=2))

    assert await schedule.sweep() == 2
    assert await schedule.sweep() == 0
    assert noted(post) == ["2", "1"]


async def test_an_item_that_breaks_changes_nothing_and_stops_no_other(post: Post, schedule: Schedule) -> None:
    plan(post, 1, kind="broken")
    plan(post, 2, kind="unheard of")
    plan(post, 3)

    assert await schedule.sweep() == 3
    assert noted(post) == ["3"]
    assert states(post) == [AgendaState.PENDING, AgendaState.PENDING, AgendaState.DONE]


async def test_what_is_done_again_and_again_is_planned_first_of_all(post: Post) -> None:
    def begin(db: Session, now: datetime) -> None:
        agenda.plan(db, "test:begin", "note", due_at=now, number=7)

    schedule = Schedule(post.database, {"note": note}, clock=post.clock, begin=begin)

    assert (await schedule.sweep(), await schedule.sweep()) == (1, 0)
    assert noted(post) == ["7"]
