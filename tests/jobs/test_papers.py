"""Papers go with their messages: made by the press meanwhile, waited for, and left out when they cannot be made."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.domain import papers
from bot.domain.duties import DUTIES
from bot.domain.files import PRESS, FileStore
from bot.domain.messages import Attachment, Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft
from bot.domain.papers import PaperKind
from bot.jobs.delivery import Delivery
from bot.jobs.fetching import Fetching
from bot.jobs.schedule import Schedule
from bot.jobs.worker import Worker
from bot.papers.press import Circumstances, Paper, Press
from db.models import FileState, OutboxKind, OutboxState, StoredFile
from db.sql import Database
from tests.kit.channels import FakeChannel
from tests.kit.databases import HOUSE
from tests.kit.post import Post, target

REGRET = "您要的表\n文件没能做好，抱歉。请稍后再要一次。"


def gather(db: Session, subject: str, press: Circumstances) -> str:
    del db, press
    if subject == "missing":
        raise LookupError(subject)
    return subject


PAPERS = {kind: Paper(gather, str.encode) for kind in (PaperKind.CALENDAR, PaperKind.CALL_LIST)}


@pytest.fixture
def pressing(post: Post, tmp_path: Path) -> Fetching:
    press = Press(post.database, lambda: PAPERS, Circumstances(post.clock))
    return Fetching(post.database, {PRESS: press}, FileStore(tmp_path), clock=post.clock)


def order(post: Post, subject: str, kind: PaperKind = PaperKind.CALENDAR) -> Attachment:
    return post.database.run(lambda db: papers.order(db, kind, subject, name="会议.ics", to=None, now=post.now))


def write_with(post: Post, paper: Attachment) -> int:
    message = Message(template="tests/post", text="您要的表", attachments=(paper,))
    draft = Draft(f"post:{paper.file_id}", OutboxKind.NOTICE, target("li"), message, post.now)
    return post.database.run(lambda db: outbox.write(db, draft, now=post.now)) or 0


def state(post: Post, paper: Attachment) -> FileState:
    return post.database.run(lambda db: db.get_one(StoredFile, paper.file_id).state)


async def test_a_sheet_is_made_for_whom_it_was_ordered(post: Post) -> None:
    def for_whom(db: Session, subject: str, press: Circumstances) -> str:
        del db
        return f"{subject} for {press.by}"

    press = Press(post.database, lambda: {PaperKind.CALL_LIST: Paper(for_whom, str.encode)}, Circumstances(post.clock))

    made = [await press.fetch(one) for one in ("call_list:12@7", "call_list:12")]

    assert made == [b"12 for 7", b"12 for None"]


async def test_a_message_waits_for_its_paper_and_goes_as_soon_as_it_is_there(
    post: Post, channel: FakeChannel, delivery: Delivery, pressing: Fetching
) -> None:
    paper = order(post, "12")
    row_id = write_with(post, paper)

    await delivery.sweep()
    assert (channel.arrived, post.state(row_id)) == ([], OutboxState.PENDING)

    await pressing.sweep()
    post.clock.turn(timedelta(seconds=0.2))
    await delivery.sweep()
    assert (channel.texts, post.state(row_id), state(post, paper)) == (["您要的表"], OutboxState.SENT, FileState.KEPT)


async def test_a_running_worker_makes_a_paper_and_sends_its_message_by_itself(
    post: Post, channel: FakeChannel, delivery: Delivery, pressing: Fetching
) -> None:
    worker = Worker(
        post.database, Schedule(post.database, {}, clock=post.clock), delivery, [pressing], clock=post.clock
    )
    post.database.on_ring = lambda _kinds: worker.wake()
    working = asyncio.create_task(worker.run())
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    write_with(post, order(post, "12"))

    while not channel.arrived and asyncio.get_running_loop().time() - began < 4:
        await asyncio.sleep(0.02)
        post.clock.turn(timedelta(seconds=0.02))

    await worker.stop()
    await working
    assert channel.texts == ["您要的表"]


async def test_a_paper_that_cannot_be_made_is_left_out_and_the_message_says_so(
    post: Post, channel: FakeChannel, delivery: Delivery, pressing: Fetching
) -> None:
    paper = order(post, "missing")
    write_with(post, paper)
    for _ in range(4):
        await pressing.sweep()
        await delivery.sweep()
        post.clock.turn(timedelta(seconds=5))

    assert (state(post, paper), channel.texts) == (FileState.LOST, [REGRET])


async def test_a_kind_nobody_makes_is_a_paper_that_cannot_be_made(post: Post, pressing: Fetching) -> None:
    paper = order(post, "12", PaperKind.POSTER)
    for _ in range(4):
        await pressing.sweep()
        post.clock.turn(timedelta(seconds=5))

    assert state(post, paper) is FileState.LOST


async def test_a_paper_in_somebody_elses_hand_is_not_made_twice(post: Post, tmp_path: Path) -> None:
    made: list[str] = []
    papers_that_count = {PaperKind.CALENDAR: Paper(gather, lambda facts: made.append(facts) or facts.encode())}
    press = Press(post.database, lambda: papers_that_count, Circumstances(post.clock))
    workers = [Fetching(post.database, {PRESS: press}, FileStore(tmp_path), clock=post.clock) for _ in range(3)]
    for number in range(5):
        order(post, str(number))

    await asyncio.gather(*(one.sweep() for one in workers))

    assert sorted(made) == ["0", "1", "2", "3", "4"]


async def test_a_paper_with_personal_data_is_kept_for_a_day(post: Post, pressing: Fetching, tmp_path: Path) -> None:
    person = post.meet("li")
    database = Database(post.database.url, info={"house": replace(HOUSE, store=FileStore(tmp_path))})
    ordering = {"name": "名单.xlsx", "to": person, "now": post.now}
    paper = database.run(lambda db: papers.order(db, PaperKind.CALL_LIST, "12", **ordering))
    await pressing.sweep()
    schedule = Schedule(database, DUTIES, clock=post.clock)
    await schedule.sweep()
    assert (state(post, paper), len(kept_in(tmp_path))) == (FileState.KEPT, 1)

    post.clock.turn(timedelta(days=1))
    await schedule.sweep()

    assert (state(post, paper), kept_in(tmp_path)) == (FileState.LOST, [])
    database.close()


def kept_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
