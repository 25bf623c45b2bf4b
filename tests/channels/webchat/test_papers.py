"""Papers with personal data: a link and a code in the chat of whom they are for, and a page that wants both, once."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import col

from bot.channels.base import InDoubt
from bot.channels.webchat.papers import PaperPages
from bot.clock import TurnableClock
from bot.conversation.turn import Traits
from bot.domain import files, papers
from bot.domain.files import FileStore
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from bot.jobs.delivery import Delivery
from content.web import sentence
from db.models import AuditLine, OutboxKind
from db.sql import Database
from tests.kit.channels import FakeChannel
from tests.kit.databases import HOUSE
from tests.kit.talk import MORNING

NAME = "联系名单.xlsx"
BYTES = b"names and phones"


@dataclass
class Office:
    """A masked channel, delivery to it, and the page behind the links."""

    database: Database
    store: FileStore
    clock: TurnableClock
    channel: FakeChannel

    def person(self, chat: str) -> int:
        return self.database.run(lambda db: people.known_at(db, target(chat), now=self.clock.now())[0].id or 0)

    async def sends_list(self, *, to: str = "li", chat: str = "", kind: PaperKind = PaperKind.CALL_LIST) -> str:
        """Order a paper for somebody, make it, send it, and return what arrived in the chat."""
        person = self.person(to)
        now = self.clock.now()
        paper = self.database.run(lambda db: papers.order(db, kind, "1", name=NAME, to=person, now=now))
        digest = self.store.keep(BYTES)
        self.database.run(lambda db: files.arrived(db, paper.file_id, digest, len(BYTES)))
        message = Message(template="t", text="名单在这里。", attachments=(paper,))
        draft = Draft(f"list:{paper.file_id}", OutboxKind.NOTICE, target(chat or to), message, now)
        self.database.run(lambda db: outbox.write(db, draft, now=now))
        delivery = Delivery(self.database, {"test": self.channel}, clock=self.clock, owner="here")
        await delivery.sweep()
        return self.channel.texts[-1]

    def audited(self) -> list[tuple[str, str, int | None]]:
        lines = select(AuditLine.act, AuditLine.subject, AuditLine.actor_id).order_by(col(AuditLine.id))
        return [tuple(row) for row in self.database.run(lambda db: db.execute(lines).all())]


def target(chat: str) -> Target:
    return Target("test", "bot", chat)


def link_and_code(text: str) -> tuple[str, str]:
    found = re.search(r"http://test(/papers/\S+)\n验证码：(\d{6})（", text)
    assert found, text
    return found.group(1), found.group(2)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    store = FileStore(tmp_path)
    database = Database(database_url, info={"house": replace(HOUSE, public_url="http://test", store=store)})
    channel = FakeChannel(traits=Traits(carries_personal_data=False))
    yield Office(database, store, TurnableClock(start=MORNING, running=False), channel)
    database.close()


@pytest.fixture
async def client(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    site = FastAPI()
    site.include_router(PaperPages(office.database, office.store, HOUSE.keys, office.clock, "http://test").router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://test") as opened:
        yield opened


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def give(client: httpx.AsyncClient, link: str, code: str) -> httpx.Response:
    return await client.post(link, data={"code": code}, headers={"origin": "http://test"})


async def test_a_masked_channel_gets_a_link_and_a_code_instead_of_the_paper(office: Office) -> None:
    link, code = link_and_code(await office.sends_list())

    assert office.channel.texts == [
        f"名单在这里。\n【{NAME}】里有个人信息，请在网页上看：\nhttp://test{link}\n验证码：{code}（15分钟内有效，只能开一次）"
    ]


async def test_a_channel_that_carries_personal_data_gets_the_paper(office: Office) -> None:
    office.channel.traits = Traits()

    assert await office.sends_list() == "名单在这里。"


@pytest.mark.parametrize("carries", [True, False])
async def test_a_group_and_somebody_else_get_neither(office: Office, *, carries: bool) -> None:
    office.channel.traits = Traits(carries_personal_data=carries)
    office.person("wang")

    for chat in ("a group", "wang"):
        said = await office.sends_list(to="li", chat=chat)
        assert said == f"名单在这里。\n【{NAME}】里有个人信息，不能发到这里。\n请单独找我，再要一次。"


async def test_a_paper_without_personal_data_goes_along_anywhere(office: Office) -> None:
    assert await office.sends_list(chat="a group", kind=PaperKind.CALENDAR) == "名单在这里。"


async def test_link_and_code_open_the_paper_once(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())
    assert (await client.get(link)).status_code == 200

    let_in = await give(client, link, f" {code[:3]} {code[3:]} ")
    shown = await client.get(let_in.headers["location"])
    fetched = await client.get(f"{link}/file")

    assert (let_in.status_code, shown.status_code, fetched.content) == (303, 200, BYTES)
    assert fetched.headers["cache-control"] == "no-store"
    assert fetched.headers["content-disposition"].startswith("attachment")
    person = office.person("li")
    assert office.audited() == [("open_paper", "call_list:1@1", person), ("fetch_paper", "call_list:1@1", person)]
    client.cookies.clear()
    assert (await give(client, link, code)).status_code == 410
    assert (await client.get(f"{link}/file")).status_code == 403


async def test_wide_digits_are_digits(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())

    assert (await give(client, link, "".join(chr(ord(one) + 0xFEE0) for one in code))).status_code == 303


async def test_after_five_wrong_codes_the_right_one_is_wrong_too(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())

    tried = [await give(client, link, wrong(code)) for _ in range(5)]

    assert [one.status_code for one in tried] == [403, 403, 403, 403, 410]
    assert sentence("paper_wrong").format(left=4) in tried[0].text
    assert (await give(client, link, code)).status_code == 410
    assert office.audited() == []


async def test_codes_tried_at_once_are_counted_one_by_one(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())

    tried = await asyncio.gather(*(give(client, link, wrong(code)) for _ in range(12)))

    assert sorted(one.status_code for one in tried) == [403] * 4 + [410] * 8


async def test_the_right_code_given_twice_at_once_opens_once(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())

    tried = await asyncio.gather(*(give(client, link, code) for _ in range(4)))

    assert sorted(one.status_code for one in tried) == [303, 410, 410, 410]
    assert len(office.audited()) == 1


async def test_after_a_quarter_of_an_hour_the_link_is_over(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())
    office.clock.turn(timedelta(minutes=15))

    assert ((await client.get(link)).status_code, (await give(client, link, code)).status_code) == (410, 410)


async def test_the_paper_may_be_fetched_for_five_minutes(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())
    await give(client, link, code)
    office.clock.turn(timedelta(minutes=5))

    assert (await client.get(f"{link}/file")).status_code == 403


async def test_a_code_of_another_link_opens_nothing(office: Office, client: httpx.AsyncClient) -> None:
    link, _ = link_and_code(await office.sends_list())
    _, other = link_and_code(await office.sends_list())

    assert (await give(client, link, other)).status_code == 403


async def test_an_altered_link_leads_nowhere(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())

    for altered in (link[:-1] + ("A" if link[-1] != "A" else "B"), link.replace("/1.", "/2."), "/papers/1"):
        assert [(await client.get(altered)).status_code, (await give(client, altered, code)).status_code] == [404, 404]


async def test_a_form_of_another_site_is_refused(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())

    sent = await client.post(link, data={"code": code}, headers={"origin": "https://evil.example"})
    posted = await client.post(link, data={"code": code}, headers={"sec-fetch-site": "cross-site"})

    assert (sent.status_code, posted.status_code, office.audited()) == (403, 403, [])


@pytest.mark.parametrize("body", [b"", b"code=", b"code=\xff\xfe", b"code=%00", b"x" * 1025, b"code=" + b"9" * 900])
async def test_nonsense_opens_nothing(office: Office, client: httpx.AsyncClient, body: bytes) -> None:
    link, _ = link_and_code(await office.sends_list())

    assert (await client.post(link, content=body)).status_code in {403, 413}


async def test_the_page_is_strict_and_names_no_code(office: Office, client: httpx.AsyncClient) -> None:
    link, code = link_and_code(await office.sends_list())

    shown = await client.get(link)

    assert code not in shown.text
    assert shown.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert (shown.headers["cache-control"], shown.headers["referrer-policy"]) == ("no-store", "same-origin")


async def test_a_message_that_is_sent_again_has_the_same_link(office: Office) -> None:
    office.channel.misbehave("li", InDoubt("no answer"), arrives=True)
    await office.sends_list()
    office.clock.turn(timedelta(minutes=1))
    delivery = Delivery(office.database, {"test": office.channel}, clock=office.clock, owner="here")
    await delivery.sweep()

    first, second = office.channel.texts
    assert first == second


async def test_without_an_address_of_ours_the_web_chat_is_named(database: Database, tmp_path: Path) -> None:
    channel = FakeChannel(traits=Traits(carries_personal_data=False))
    office = Office(database, FileStore(tmp_path), TurnableClock(start=MORNING, running=False), channel)

    said = await office.sends_list()

    assert said == f"名单在这里。\n【{NAME}】里有个人信息，这里不能发。\n请打开鸿雁的网页聊天再要一次。"


def test_a_paper_with_personal_data_is_for_somebody(database: Database) -> None:
    with pytest.raises(ValueError, match="for somebody"):
        database.run(lambda db: papers.order(db, PaperKind.ROSTER, "1", name=NAME, to=None, now=MORNING))
