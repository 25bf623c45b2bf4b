"""Papers on their way: into a browser's mailbox and to Telegram, made in between, masked where they have to be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.channels.telegram.channel import Telegram
from bot.channels.webchat.channel import WebChat
from bot.clock import TurnableClock
from bot.domain import papers, units
from bot.domain.files import PRESS, FileStore
from bot.domain.messages import Attachment, Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from bot.jobs.delivery import Delivery
from bot.jobs.fetching import Fetching
from bot.papers.kinds import PAPERS
from bot.papers.press import Circumstances, Press
from db.models import MeetingKind, OccasionState, OutboxKind, StudySession, UnitKind
from db.sql import Database
from tests.kit.databases import HOUSE
from tests.kit.talk import MORNING
from tests.kit.telegram_server import TelegramServer
from tests.kit.telegram_updates import TOKEN

WEB = Target("web", "web", "a visitor")
TELEGRAM = Target("telegram", TOKEN.partition(":")[0], "4242")


@dataclass
class Post:
    """Both channels over one database, with a press."""

    database: Database
    clock: TurnableClock
    webchat: WebChat
    delivery: Delivery
    pressing: Fetching

    def sends(self, kind: PaperKind, subject: object, to: Target, *, name: str) -> None:
        """Order a paper for whoever is in a chat and write the message it goes with."""

        def write(db: Session) -> None:
            person = people.known_at(db, to, now=self.clock.now())[0]
            paper: Attachment = papers.order(db, kind, str(subject), name=name, to=person.id, now=self.clock.now())
            message = Message(template="t", text="给您。", attachments=(paper,))
            draft = Draft(f"paper:{paper.file_id}", OutboxKind.NOTICE, to, message, self.clock.now())
            outbox.write(db, draft, now=self.clock.now())

        self.database.run(write)

    async def goes(self) -> None:
        """Send what can be sent, make what was ordered, and send again a moment later."""
        await self.delivery.sweep()
        await self.pressing.sweep()
        self.clock.turn(timedelta(seconds=1))
        await self.delivery.sweep()

    def session(self) -> int:
        def found(db: Session) -> int:
            unit = units.add(db, "潘一支部", UnitKind.BRANCH)
            when = {"starts_at": MORNING, "ends_at": MORNING + timedelta(hours=2), "created_at": MORNING}
            held = {"unit_id": unit.id, "audience_unit_id": unit.id, "place": "活动室"}
            row = StudySession(
                title="主题党日",
                state=OccasionState.PUBLISHED,
                kind=MeetingKind.PARTY_DAY,
                uid="one@hongyan",
                **when,
                **held,
            )
            db.add(row)
            db.flush()
            return row.id or 0

        return self.database.run(found)


@pytest.fixture
def server() -> TelegramServer:
    return TelegramServer()


@pytest.fixture
async def post(database_url: str, server: TelegramServer, tmp_path: Path) -> AsyncIterator[Post]:
    store, clock = FileStore(tmp_path), TurnableClock(start=MORNING, running=False)
    house = replace(HOUSE, public_url="https://hongyan.example.cn", store=store)
    database = Database(database_url, info={"house": house})
    webchat = WebChat(database, clock=clock)
    with server:
        telegram = Telegram(TOKEN, api_url=server.url, files=store, database=database, timeout=2.0)
        await telegram.start()
        delivery = Delivery(database, {"web": webchat, "telegram": telegram}, clock=clock, owner="here")
        press = Press(database, lambda: PAPERS, Circumstances(clock, public_url="https://hongyan.example.cn"))
        yield Post(database, clock, webchat, delivery, Fetching(database, {PRESS: press}, store, clock=clock))
        await telegram.stop()
    database.close()


async def test_a_visitor_hears_nothing_until_the_poster_is_there(post: Post) -> None:
    post.sends(PaperKind.SESSION_VENUE, post.session(), WEB, name="签到码.png")
    await post.delivery.sweep()
    assert await post.webchat.mailbox.read("a visitor", 0) == []

    await post.goes()

    [told] = await post.webchat.mailbox.read("a visitor", 0)
    assert (told.content["text"], [one["name"] for one in told.content["attachments"]]) == ("给您。", ["签到码.png"])


async def test_a_visitor_gets_papers_with_personal_data_as_files(post: Post) -> None:
    post.sends(PaperKind.CALL_LIST, post.session(), WEB, name="联系名单.xlsx")

    await post.goes()

    [told] = await post.webchat.mailbox.read("a visitor", 0)
    assert [one["name"] for one in told.content["attachments"]] == ["联系名单.xlsx"]


async def test_a_poster_goes_to_telegram_as_a_photo_and_a_calendar_as_a_document(
    post: Post, server: TelegramServer
) -> None:
    session = post.session()
    post.sends(PaperKind.SESSION_VENUE, session, TELEGRAM, name="签到码.png")
    post.sends(PaperKind.CALENDAR, session, TELEGRAM, name="会议.ics")

    await post.goes()

    [photo], [document] = server.called("sendPhoto"), server.called("sendDocument")
    assert (photo.files["photo"].data[:4], document.files["document"].name) == (b"\x89PNG", "会议.ics")
    assert document.files["document"].data.startswith(b"BEGIN:VCALENDAR")


async def test_a_call_list_goes_to_telegram_as_a_link_and_a_code(post: Post, server: TelegramServer) -> None:
    post.sends(PaperKind.CALL_LIST, post.session(), TELEGRAM, name="联系名单.xlsx")

    await post.goes()

    assert server.called("sendDocument") == []
    [said] = server.called("sendMessage")
    lines = said.text.splitlines()
    assert lines[:2] == ["给您。", "【联系名单.xlsx】里有个人信息，请在网页上看："]
    assert lines[2].startswith("https://hongyan.example.cn/papers/1.")
