"""The whole way: a callback, the engine, the reply in its answer, and what waited in the box."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.app import App, bring_up_to_date, compose
from bot.channels.wechat import box
from bot.channels.wechat.answers import Answers
from bot.channels.wechat.inbound import understand
from bot.channels.wechat.markup import read, write
from bot.clock import TurnableClock
from bot.domain import files
from bot.domain.files import IncomingFile
from bot.domain.messages import Attachment, Choice, Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from bot.server import web
from bot.settings import Settings
from db.models import FileKind, OutboxKind, OutboxRow, OutboxState
from tests.channels.wechat.conftest import Wechat
from tests.kit import databases
from tests.kit.processes import SECRET as HOUSE_SECRET
from tests.kit.talk import MORNING
from tests.kit.wechat_calls import AES_KEY, APP_ID, LI, SECRET, TOKEN, WANG, event, said, tapped
from tests.kit.wechat_server import WechatServer

AT_HOME = Target("wechat", APP_ID, LI)


@dataclass
class House:
    """A composed application, WeChat before its door and WeChat's API behind it."""

    app: App
    wechat: Wechat
    numbers: int = 0

    def leave(self, text: str, kind: OutboxKind = OutboxKind.BROADCAST, **more: object) -> int:
        """Write a message nobody can push."""
        self.numbers += 1
        message = Message.model_validate({"template": "t", "text": text, **more})
        now = self.app.clock.now()
        draft = Draft(f"left:{self.numbers}", kind, AT_HOME, message, now)
        return self.app.database.run(lambda db: outbox.write(db, draft, now=now)) or 0

    async def sweep(self) -> None:
        await self.app.delivery.sweep()

    def row(self, row_id: int) -> OutboxRow:
        return self.app.database.run(lambda db: db.get_one(OutboxRow, row_id), write=False)

    def replies(self) -> list[OutboxRow]:
        mine = select(OutboxRow).where(col(OutboxRow.kind) == OutboxKind.REPLY).order_by(col(OutboxRow.id))
        return list(self.app.database.run(lambda db: db.execute(mine).scalars().all(), write=False))

    async def hears(self, text: str) -> str:
        self.turn()
        heard = await self.wechat.hears(said(text))
        await self.app.delivery.send([])
        return heard

    def turn(self, by: timedelta = timedelta(seconds=3)) -> None:
        assert isinstance(self.app.clock, TurnableClock)
        self.app.clock.turn(by)


@pytest.fixture
async def house(sqlite_maker: databases.SqliteMaker, tmp_path: Path, server: WechatServer) -> AsyncIterator[House]:
    settings = Settings(
        database_url=sqlite_maker.make(),
        secret_key=HOUSE_SECRET,
        data_dir=tmp_path,
        wechat_app_id=APP_ID,
        wechat_app_secret=SECRET,
        wechat_token=TOKEN,
        wechat_aes_key=AES_KEY,
        wechat_api_url=server.url,
        public_url="https://hongyan.example.cn",
    )
    clock = TurnableClock(start=MORNING, running=False)
    app = compose(settings, clock)
    bring_up_to_date(app.database, clock)
    site = web(app, with_worker=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://bot") as client:
        yield House(app, Wechat(client, clock, Answers.__new__(Answers)))
    await app.close()


async def test_a_question_is_answered_and_its_row_is_told(house: House, server: WechatServer) -> None:
    heard = await house.hears("二次报销怎么办")

    [row] = house.replies()
    assert "石湾各村正加大对二次报销的投入" in heard
    assert (row.state, row.remote_id, server.calls) == (OutboxState.SENT, "told", [])


async def test_who_follows_gets_the_menu(house: House) -> None:
    heard = await house.wechat.hears(event("subscribe"))

    assert heard.count("weixin://bizmsgmenu") >= 3


async def test_an_unknown_scene_gets_one_clear_sentence(house: House) -> None:
    heard = await house.wechat.hears(event("subscribe", EventKey="qrscene_ABCD2345"))

    assert heard.splitlines()[0] == "这个码没有用，或者已经过期。"


async def test_a_line_that_is_tapped_is_picked(house: House) -> None:
    await house.hears("路灯坏了没人修")
    [row] = house.replies()
    assert row.content
    choice = row.content["choices"][0]

    house.turn()
    tapped_ = await house.wechat.hears(tapped(f"{row.id}:{choice['key']}", label=choice["label"]))

    assert "太久" not in tapped_
    assert tapped_ != row.content["text"]


async def test_a_line_that_was_offered_to_somebody_else_picks_nothing(house: House) -> None:
    await house.hears("路灯坏了没人修")
    [row] = house.replies()
    assert row.content
    key = row.content["choices"][0]["key"]

    heard = [
        await house.wechat.hears(tapped(made_up, sender=WANG))
        for made_up in (f"{row.id}:{key}", f"{'9' * 30}:{key}", f"-{row.id}:{key}", f"{row.id}:{key}" * 50)
    ]

    assert {one.splitlines()[0] for one in heard} == {"这个选项已经过时了。请重新问我，或发“菜单”。"}


async def test_whoever_guesses_scenes_is_stopped_after_a_few(house: House) -> None:
    guesses = [event("SCAN", EventKey=f"ABCD{number}") for number in range(2222, 2229)]

    heard = [await house.wechat.hears(one) for one in guesses]

    assert [one.splitlines()[0] for one in heard[:5]] == ["这个码没有用，或者已经过期。"] * 5
    assert [one.splitlines()[0] for one in heard[5:]] == ["今天试的次数多了，请明天再来。"] * 2


async def test_what_waited_is_shown_with_the_next_reply_and_only_once(house: House) -> None:
    row_id = house.leave("明天停水，请提前存水。")
    await house.sweep()
    before = house.row(row_id).state

    first, second = await house.hears("二次报销怎么办"), await house.hears("二次报销怎么办")

    assert (before, house.row(row_id).state, house.row(row_id).remote_id) == (
        OutboxState.PENDING,
        OutboxState.SENT,
        "shown",
    )
    assert first.endswith("—— 您还没看到的消息 ——\n明天停水，请提前存水。")
    assert "停水" not in second


async def test_the_same_reply_asked_for_again_shows_the_same(house: House) -> None:
    house.leave("明天停水")
    await house.sweep()
    question = said("二次报销怎么办")

    replies = [await house.wechat.hears(question)]
    house.leave("后天停电")
    await house.sweep()
    replies += [await house.wechat.hears(question) for _ in range(2)]

    assert (len(set(replies)), "明天停水" in replies[0], len(house.replies())) == (1, True, 1)


async def test_what_is_too_long_to_be_shown_is_shown_in_short_with_where_to_read_it(house: House) -> None:
    row_id = house.leave("请大家带身份证到村委会登记。" * 50)
    await house.sweep()

    heard = await house.hears("二次报销怎么办")

    shown = heard.partition("—— 您还没看到的消息 ——\n")[2]
    beginning, link = shown.split("\n")
    assert (beginning.startswith("请大家带身份证"), len(beginning) <= 61, beginning[-1]) == (True, True, "…")
    assert link.startswith(f'<a href="https://hongyan.example.cn/wechat/read/{row_id}.')
    assert house.row(row_id).state is OutboxState.SENT


async def test_two_messages_at_once_show_what_waits_once(house: House) -> None:
    row_id = house.leave("明天停水")
    await house.sweep()

    heard = await asyncio.gather(*(house.wechat.hears(said(one)) for one in ("二次报销怎么办", "大家常问")))
    await house.app.delivery.send([])

    assert sum(one.count("明天停水") for one in heard) == 1
    assert house.row(row_id).state is OutboxState.SENT


async def test_what_was_put_below_a_reply_nobody_heard_is_shown_with_a_later_one(house: House) -> None:
    row_id = house.leave("明天停水")
    await house.sweep()
    house.turn()
    await lost_on_the_way(house, said("二次报销怎么办"))

    at_once = await house.hears("大家常问")
    house.turn(timedelta(seconds=30))
    later = await house.hears("大家常问")

    assert (at_once.count("明天停水"), later.count("明天停水")) == (0, 1)
    assert house.row(row_id).state is OutboxState.SENT


async def test_what_may_be_picked_from_the_box_has_numbers_only_where_no_others_are_meant(house: House) -> None:
    choices = (Choice(key="1", label="去", go="menu"), Choice(key="2", label="不去", go="menu"))
    for text in ("第一个会", "第二个会"):
        house.leave(text, choices=[one.model_dump() for one in choices])
    await house.sweep()

    heard = await house.hears("二次报销怎么办")

    shown = heard.partition("第一个会")[2]
    assert shown.count("msgmenucontent=去&") == 2
    assert ">1 去<" not in shown


async def test_what_does_not_fit_is_sent_while_there_is_a_right_to(house: House, server: WechatServer) -> None:
    long = "请大家带身份证到村委会办理登记手续。" * 20
    ids = [house.leave(f"{number}{long}", OutboxKind.NOTICE) for number in range(3)]
    await house.sweep()

    heard = await house.hears("二次报销怎么办")
    house.turn()
    await house.sweep()

    assert (heard.count("0请大家"), heard.count("2请大家")) == (1, 0)
    assert [house.row(one).state for one in ids] == [OutboxState.SENT] * 3
    assert [text[0] for text in server.texts(LI)] == ["1", "2"]
    assert "请大家" not in await house.hears("二次报销怎么办")


async def test_a_picture_follows_the_words_it_belongs_to(house: House, server: WechatServer) -> None:
    png = b"\x89PNG\r\n\x1a\n small"
    given = IncomingFile(FileKind.PHOTO, digest=house.app.store.keep(png), media_type="image/png", size=len(png))
    now = house.app.clock.now()
    [file_id] = house.app.database.run(
        lambda db: files.note(db, [given], person_id=None, source=Target("web", "web", "x"), now=now)
    )
    house.leave("看图", OutboxKind.NOTICE, attachments=[Attachment(kind="photo", file_id=file_id).model_dump()])
    await house.sweep()

    heard = await house.hears("二次报销怎么办")

    assert heard.endswith(">打开文件</a>")
    assert f"https://hongyan.example.cn/wechat/open/{file_id}." in heard
    assert server.sent == []


async def test_a_reply_whose_answer_was_lost_goes_by_a_message_when_nobody_asks_again(
    house: House, server: WechatServer
) -> None:
    heard = house.wechat.caller.sealed(said("二次报销怎么办"), at=house.wechat.moment)
    answer = await lost(house, *heard)
    while not house.replies():  # noqa: ASYNC110  # the turn goes on behind the connection that was cut
        await asyncio.sleep(0.01)
    house.turn(timedelta(seconds=21))
    await house.sweep()

    [row] = house.replies()
    assert (answer, row.state, row.remote_id, len(server.texts(LI))) == ([], OutboxState.SENT, "custom", 1)


async def lost_on_the_way(house: House, fields: Mapping[str, str | int]) -> None:
    """Put what waits below a reply that is then not written back."""
    heard = understand(read(write(fields).encode()), account=APP_ID, now=house.app.clock.now())
    assert heard.inbound
    answer = await house.app.reception.answer(heard.inbound)
    assert answer.parcel
    parcel = answer.parcel

    def below(db: Session) -> None:
        now = house.app.clock.now()
        box.take(db, box.waiting(db, APP_ID, LI, reply=parcel.id, now=now), reply=parcel.id, now=now)

    house.app.database.run(below)


async def lost(house: House, query: str, body: bytes) -> list[object]:
    """Post a callback whose caller leaves before the answer; return what was written all the same."""
    written: list[object] = []
    events = iter([{"type": "http.request", "body": body}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, object]:
        return next(events)

    async def send(message: object) -> None:
        written.append(message)

    scope = {"type": "http", "method": "POST", "path": "/wechat", "query_string": query.encode(), "headers": []}
    transport = house.wechat.client._transport  # noqa: SLF001  # the same site
    await transport.app(scope, receive, send)  # pyright: ignore[reportAttributeAccessIssue]  # an ASGI transport
    await house.app.delivery.send([])
    return written
