"""Pages opened inside WeChat: by whom they are for, in the browser that asked, once, and by nobody else."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.app import App, bring_up_to_date, compose
from bot.channels.wechat.states import States
from bot.channels.wechat.tickets import Tickets
from bot.clock import TurnableClock
from bot.conversation.turn import Inbound
from bot.domain import access, units
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from bot.domain.volunteers import seats, volunteering
from bot.domain.volunteers.seats import Signing
from bot.domain.volunteers.volunteering import Plan
from bot.server import web
from bot.settings import Settings
from content.web import sentence
from content.words import label
from db.models import Role, UnitKind, WechatGrant, WechatOnce
from db.sql import Database
from tests.kit import databases
from tests.kit.databases import HOUSE
from tests.kit.processes import SECRET as HOUSE_SECRET
from tests.kit.talk import MORNING
from tests.kit.wechat_calls import AES_KEY, APP_ID, LI, SECRET, TOKEN, WANG
from tests.kit.wechat_server import LOGIN, WechatServer, drops

PUBLIC = "https://hongyan.example.cn"


@pytest.fixture
def server() -> Iterator[WechatServer]:
    with WechatServer() as running:
        running.logins = {
            "li": {"openid": LI, "access_token": "x"},
            "wang": {"openid": WANG},
            "snapshot": {"openid": LI, "is_snapshotuser": 1},
            "nobody": {"access_token": "x"},
        }
        yield running


@pytest.fixture
def app(sqlite_maker: databases.SqliteMaker, tmp_path: Path, server: WechatServer) -> App:
    settings = Settings.model_validate(
        {
            "database_url": sqlite_maker.make(),
            "secret_key": HOUSE_SECRET,
            "data_dir": tmp_path,
            "wechat_app_id": APP_ID,
            "wechat_app_secret": SECRET,
            "wechat_token": TOKEN,
            "wechat_aes_key": AES_KEY,
            "wechat_api_url": server.url,
            "wechat_one_time": "O1",
            "public_url": PUBLIC,
        }
    )
    made = compose(settings, TurnableClock(start=MORNING, running=False))
    bring_up_to_date(made.database, made.clock)
    return made


@pytest.fixture
async def page(app: App) -> AsyncIterator[httpx.AsyncClient]:
    site = web(app, with_worker=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url=PUBLIC) as client:
        yield client
    await app.close()


def ticket(app: App, subject: int = 7, openid: str = LI, *, kind: str = "open") -> str:
    return Tickets(app.keys, app.clock, public_url=PUBLIC, kind=kind).ticket(subject, openid)


async def asked(page: httpx.AsyncClient, path: str) -> dict[str, str]:
    """Open a page and return what WeChat is asked."""
    answer = await page.get(path)
    assert answer.status_code == 302, answer.text
    return {name: one for name, [one] in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def opened(page: httpx.AsyncClient, path: str, code: str) -> httpx.Response:
    """Open a page, be known by WeChat, and come back."""
    there = await asked(page, path)
    return await page.get(there["redirect_uri"], params={"code": code, "state": there["state"]})


async def test_whoever_opens_a_link_is_asked_by_wechat_who_they_are(page: httpx.AsyncClient, app: App) -> None:
    mine = ticket(app)

    answer = await page.get(f"/wechat/open/{mine}")

    there = urlsplit(answer.headers["location"])
    query = parse_qs(there.query)
    assert (answer.status_code, there.netloc, there.path) == (302, "open.weixin.qq.com", "/connect/oauth2/authorize")
    assert (there.fragment, LI in answer.headers["location"]) == ("wechat_redirect", False)
    assert query.pop("state")[0].isalnum()
    assert query == {
        "appid": [APP_ID],
        "redirect_uri": [f"{PUBLIC}/wechat/back/open/{mine}"],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
    }


async def test_whose_it_is_gets_the_file(page: httpx.AsyncClient, app: App) -> None:
    answer = await opened(page, f"/wechat/open/{ticket(app)}", "li")

    assert (answer.status_code, answer.headers["location"].partition("7.")[0]) == (303, "/files/")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("wang", "wechat_not_yours"),
        ("snapshot", "wechat_snapshot"),
        ("used up", "wechat_again"),
        ("nobody", "wechat_again"),
        ("", "link_ended"),
    ],
)
async def test_nobody_else_gets_it(page: httpx.AsyncClient, app: App, code: str, said: str) -> None:
    answer = await opened(page, f"/wechat/open/{ticket(app)}", code)

    assert (answer.status_code, "location" in answer.headers, sentence(said) in answer.text) == (403, False, True)


async def test_what_is_brought_back_opens_once(page: httpx.AsyncClient, app: App, server: WechatServer) -> None:
    there = await asked(page, f"/wechat/open/{ticket(app)}")

    back = {"code": "li", "state": there["state"]}
    statuses = [(await page.get(there["redirect_uri"], params=back)).status_code for _ in range(3)]

    assert (statuses, len(server.called(LOGIN))) == ([303, 403, 403], 1)


async def test_another_browser_cannot_come_back_instead(
    page: httpx.AsyncClient, app: App, server: WechatServer
) -> None:
    there = await asked(page, f"/wechat/open/{ticket(app)}")
    page.cookies.clear()

    answer = await page.get(there["redirect_uri"], params={"code": "li", "state": there["state"]})

    assert (answer.status_code, server.called(LOGIN)) == (403, [])


async def test_a_state_that_is_not_ours_or_for_something_else_or_old_is_refused(
    page: httpx.AsyncClient, app: App, server: WechatServer
) -> None:
    assert isinstance(app.clock, TurnableClock)
    other = await asked(page, f"/wechat/open/{ticket(app, 8)}")
    there = await asked(page, f"/wechat/open/{ticket(app)}")
    states = (other["state"], "file", "", there["state"][:-1], there["state"].replace("z", "Z"))
    statuses = [
        (await page.get(there["redirect_uri"], params={"code": "li", "state": one})).status_code for one in states
    ]

    app.clock.turn(timedelta(minutes=11))
    late = await page.get(there["redirect_uri"], params={"code": "li", "state": there["state"]})

    assert ([*statuses, late.status_code], server.called(LOGIN)) == ([403] * 6, [])


async def test_two_pages_opened_one_after_the_other_both_come_back(page: httpx.AsyncClient, app: App) -> None:
    theres = [await asked(page, f"/wechat/open/{ticket(app, number)}") for number in (7, 8)]

    statuses = [
        (await page.get(one["redirect_uri"], params={"code": "li", "state": one["state"]})).status_code
        for one in theres
    ]

    assert statuses == [303, 303]


async def test_a_link_ends_after_three_days(page: httpx.AsyncClient, app: App) -> None:
    assert isinstance(app.clock, TurnableClock)
    mine = ticket(app)
    there = await asked(page, f"/wechat/open/{mine}")
    app.clock.turn(timedelta(days=3, seconds=1))

    back = await page.get(there["redirect_uri"], params={"code": "li", "state": there["state"]})

    assert [(await page.get(f"/wechat/open/{mine}")).status_code, back.status_code] == [403, 403]


async def test_over_a_ticket_nobody_was_given_wechat_is_not_troubled(
    page: httpx.AsyncClient, app: App, server: WechatServer
) -> None:
    until = int((app.clock.now() + timedelta(days=1)).timestamp())
    mine = ticket(app)
    made_up = (f"1.{until}.x", f"1.{until}.{'x' * 12}.{'y' * 32}", "a.b.c.d", f"١.{until}.{'x' * 12}.y", "-")
    changed = [mine.replace(*one, 1) for one in (("7.", "8."), (".", "0."), ("", "x"))]

    answers = [await page.get(f"/wechat/{way}/{one}") for one in (*made_up, *changed) for way in ("open", "back/open")]

    assert {one.status_code for one in answers} == {403}
    assert server.called(LOGIN) == []


async def test_when_wechat_cannot_be_asked_that_is_said(
    page: httpx.AsyncClient, app: App, server: WechatServer
) -> None:
    server.misbehave(LOGIN, drops())

    assert (await opened(page, f"/wechat/open/{ticket(app)}", "li")).status_code == 503


def speaks(app: App, openid: str, *, role: Role | None = None) -> int:
    """Let somebody have spoken, with a role; return who they are."""

    def known(db: Session) -> int:
        person, _ = people.known_at(db, Target("wechat", APP_ID, openid), now=app.clock.now())
        if role:
            unit = units.root(db) or units.add(db, "石湾镇街道", UnitKind.COMMITTEE, None)
            access.grant(db, person, role, unit)
        return person.id or 0

    return app.database.run(known)


async def test_a_cadre_comes_into_the_console_by_being_known(page: httpx.AsyncClient, app: App) -> None:
    speaks(app, LI, role=Role.SECRETARY)

    answer = await opened(page, "/wechat/console", "li")
    door = answer.headers["location"]
    inside = await page.post(door, headers={"origin": PUBLIC})

    assert (answer.status_code, door.startswith("/admin/in/")) == (303, True)
    assert (inside.status_code, inside.headers["location"]) == (303, "/admin")


@pytest.mark.parametrize("code", ["li", "wang", "snapshot"])
async def test_nobody_else_comes_into_the_console(page: httpx.AsyncClient, app: App, code: str) -> None:
    speaks(app, LI)

    answer = await opened(page, "/wechat/console", code)

    said = "wechat_snapshot" if code == "snapshot" else "wechat_no_console"
    assert (answer.status_code, sentence(said) in answer.text) == (403, True)


async def test_of_whoever_comes_nothing_is_kept_but_that_they_came(page: httpx.AsyncClient, app: App) -> None:
    before = counted(app.database)

    await opened(page, "/wechat/console", "wang")

    after = counted(app.database)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {"wechat_once": 1}


def counted(database: Database) -> dict[str, int]:
    tables = WechatOnce.metadata.sorted_tables
    return database.run(
        lambda db: {one.name: db.execute(select(func.count()).select_from(one)).scalar_one() for one in tables},
        write=False,
    )


async def test_everybody_sees_a_calendar_of_their_own(page: httpx.AsyncClient) -> None:
    answer = await opened(page, "/wechat/calendar", "li")

    assert (answer.status_code, label("calendar_empty") in answer.text) == (200, True)


async def test_a_calendar_shows_what_was_signed_up_for(page: httpx.AsyncClient, app: App) -> None:
    person_id = speaks(app, LI)

    def sign_up(db: Session) -> None:
        now = app.clock.now()
        person, unit = people.by_id(db, person_id), units.add(db, "番村", UnitKind.VILLAGE, None)
        begins = now + timedelta(days=2)
        plan = Plan("清理村道", "村委门口", begins, begins + timedelta(hours=2), begins, {None: 3}, unit)
        activity = volunteering.draft(db, plan, unit=unit, by=None, now=now)
        volunteering.publish(db, activity.id or 0, by=None, now=now)
        seats.sign_up(db, activity.id or 0, Signing(person), now=now)

    app.database.run(sign_up)
    answer = await opened(page, "/wechat/calendar", "li")

    lines = [one.partition(">")[2].partition("<")[0] for one in answer.text.splitlines() if "said" in one]
    assert lines == ["清理村道", "11月25日 周三 9:00", "村委门口"]


async def test_a_long_message_is_read_in_full_by_whom_it_was_said_to(page: httpx.AsyncClient, app: App) -> None:
    row_id = await said_to(app, LI)

    answers = [await opened(page, f"/wechat/read/{ticket(app, row_id, kind='read')}", who) for who in ("li", "wang")]

    assert [(one.status_code, "菜单" in one.text) for one in answers] == [
        (200, True),
        (403, False),
    ]


async def said_to(app: App, openid: str) -> int:
    told = await app.reception.answer(
        Inbound("wechat", APP_ID, openid, "m1", openid, sent_at=app.clock.now(), text="怎么用")
    )
    assert told.parcel
    return told.parcel.id


def wishes(app: App) -> list[tuple[str, int | None]]:
    def found(db: Session) -> list[tuple[str, int | None]]:
        return [(one.template_id, one.sends_left) for one in db.execute(select(WechatGrant)).scalars()]

    return app.database.run(found, write=False)


async def wished(page: httpx.AsyncClient, app: App, **more: str) -> list[int]:
    """Ask to be told once, say yes twice, and return the statuses."""
    there = await asked(page, f"/wechat/wish/{ticket(app, 1003, kind='wish')}")
    back = {
        "openid": LI,
        "template_id": "O1",
        "action": "confirm",
        "reserved": there["reserved"],
        **more,
    }
    return [(await page.get(there["redirect_url"], params=back)).status_code for _ in range(2)]


async def test_a_wish_to_be_told_once_is_asked_for_on_wechats_own_page(page: httpx.AsyncClient, app: App) -> None:
    mine = ticket(app, 1003, kind="wish")

    answer = await page.get(f"/wechat/wish/{mine}")

    there = urlsplit(answer.headers["location"])
    query = {name: one for name, [one] in parse_qs(there.query).items()}
    reserved = query.pop("reserved")
    assert (there.netloc, there.path, there.fragment) == ("mp.weixin.qq.com", "/mp/subscribemsg", "wechat_redirect")
    assert (reserved.isalnum(), len(reserved) <= 128) == (True, True)
    assert query == {
        "action": "get_confirm",
        "appid": APP_ID,
        "scene": "1003",
        "template_id": "O1",
        "redirect_url": f"{PUBLIC}/wechat/wished/{mine}",
    }


async def test_a_wish_brought_back_twice_counts_once(page: httpx.AsyncClient, app: App) -> None:
    assert await wished(page, app) == [200, 403]
    assert wishes(app) == [("once:case_progress", 1)]


async def test_whoever_says_no_is_not_told(page: httpx.AsyncClient, app: App) -> None:
    assert await wished(page, app, action="cancel") == [200, 403]
    assert wishes(app) == []


@pytest.mark.parametrize("forged", [{"openid": WANG}, {"reserved": "x"}, {"openid": ""}])
async def test_nobody_wishes_for_somebody_else(page: httpx.AsyncClient, app: App, forged: dict[str, str]) -> None:
    assert await wished(page, app, **forged) == [403, 403]
    assert wishes(app) == []


def test_a_state_is_letters_and_digits_and_never_the_same(clock: TurnableClock) -> None:
    states = States(HOUSE.keys, clock)

    first, second = states.made("x"), states.made("x")

    assert (first.text.isalnum(), len(first.text) <= 128, first.text != second.text) == (True, True, True)
    assert (states.read("x", first.text), states.read("y", first.text)) == (first, None)


def test_without_an_address_of_ours_there_are_no_links(clock: TurnableClock) -> None:
    assert Tickets(HOUSE.keys, clock, public_url="").link(7, LI) == ""
