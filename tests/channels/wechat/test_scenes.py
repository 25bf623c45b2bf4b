"""Codes our posters show: had from WeChat by whoever makes the poster, and done without where WeChat says no."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.channels.wechat.channel import WeChat
from bot.domain import codes, scenes
from bot.domain.papers import PaperKind
from bot.papers.posters import Poster, for_activity
from bot.papers.press import Circumstances, Paper, Press
from db.models import Activity, CodePurpose, OccasionState, Unit, UnitKind
from db.sql import Database
from tests.channels.wechat.conftest import MORNING, MakePost, Post
from tests.kit import databases
from tests.kit.databases import HOUSE
from tests.kit.wechat_calls import APP_ID
from tests.kit.wechat_server import CODES, WechatServer, drops, says

SCENE = "http://weixin.qq.com/q/kZgf"


@pytest.fixture
def database(sqlite_maker: databases.SqliteMaker) -> Iterator[Database]:
    url = sqlite_maker.make()
    opened = Database(url, info={"house": replace(HOUSE, wechat_account=APP_ID)})
    yield opened
    opened.close()
    sqlite_maker.drop(url)


@dataclass
class Printer:
    """A press that asks WeChat beforehand, and an activity to make posters about."""

    post: Post
    activity_id: int

    @property
    def channel(self) -> WeChat:
        return self.post.channel

    async def says(self) -> Poster:
        """Make a poster and return what it says."""
        drawn: list[Poster] = []

        def draw(facts: Any) -> bytes:
            drawn.append(facts)
            return b"x"

        circumstances = Circumstances(self.post.clock)
        made = {PaperKind.POSTER: Paper(for_activity, draw)}
        press = Press(self.post.database, lambda: made, circumstances, beforehand=self.channel.scenes.make_ready)
        await press.fetch(f"{PaperKind.POSTER}:{self.activity_id}")
        return drawn[0]


@pytest.fixture
def printer(make: MakePost, database: Database) -> Printer:
    return Printer(make(), database.run(lambda db: hold(db, days=5)))


def hold(db: Session, *, days: int, lasts: timedelta | None = None) -> int:
    unit = Unit(name="番村", kind=UnitKind.VILLAGE, path="1/")
    db.add(unit)
    db.flush()
    begins = MORNING + timedelta(days=days)
    row = Activity(
        title="清理村道",
        unit_id=unit.id or 0,
        audience_unit_id=unit.id or 0,
        place="村委门口",
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
        signup_until=begins,
        state=OccasionState.PUBLISHED,
        created_at=MORNING,
    )
    db.add(row)
    db.flush()
    codes.make(db, CodePurpose.POSTER, row.id or 0, now=MORNING, lasts=lasts)
    return row.id or 0


async def test_a_poster_has_its_code_from_wechat_once(printer: Printer, server: WechatServer) -> None:
    first, again = await printer.says(), await printer.says()

    [asked] = server.called(CODES)
    assert ([one.address for one in first.links], again) == ([SCENE], first)
    assert asked.body == {
        "expire_seconds": int(timedelta(days=6, hours=2).total_seconds()),
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": first.code}},
    }


async def test_what_lasts_longer_than_a_month_has_a_code_for_ever(make: MakePost, server: WechatServer) -> None:
    post = make()
    printer = Printer(post, post.database.run(lambda db: hold(db, days=60)))

    await printer.says()

    assert [call.body["action_name"] for call in server.called(CODES)] == ["QR_LIMIT_STR_SCENE"]


async def test_the_code_of_a_place_is_for_ever(printer: Printer, server: WechatServer) -> None:
    printer.post.database.run(lambda db: codes.make(db, CodePurpose.STATION, 7, now=MORNING))

    await printer.channel.scenes.make_ready(PaperKind.STATION, "7")

    assert [call.body["action_name"] for call in server.called(CODES)] == ["QR_LIMIT_STR_SCENE"]


@pytest.mark.parametrize("code", [48001, 45009, 40164])
async def test_an_account_that_may_not_make_codes_is_asked_no_more_for_a_while(
    printer: Printer, server: WechatServer, code: int
) -> None:
    server.misbehave(CODES, says(code))

    posters = [await printer.says() for _ in range(2)]

    assert [(one.links, len(one.code)) for one in posters] == [((), 8)] * 2
    assert (printer.post.shut(), len(server.called(CODES))) == ([("codes", code)], 1)


async def test_without_wechat_a_poster_shows_its_own_code(printer: Printer, server: WechatServer) -> None:
    await printer.channel.api.tokens.current()
    server.misbehave(CODES, drops())

    first, second = await printer.says(), await printer.says()

    assert (first.links, [one.address for one in second.links]) == ((), [SCENE])


async def test_only_papers_with_codes_are_asked_about(printer: Printer, server: WechatServer) -> None:
    for kind, subject in ((PaperKind.CARD, "1"), (PaperKind.CALENDAR, "activity/1"), (PaperKind.VENUE, "4711")):
        await printer.channel.scenes.make_ready(kind, subject)

    assert server.calls == []


def test_what_a_code_stands_for_can_be_read_by_nobody_else(printer: Printer) -> None:
    def kept(db: Session) -> list[str]:
        wanted = scenes.wanted(db, CodePurpose.POSTER, printer.activity_id, now=MORNING)
        assert wanted
        scenes.keep(db, wanted.code_id, SCENE, lasts=None, now=MORNING)
        db.info["house"] = replace(HOUSE, wechat_account="another")
        return [scenes.address_of(db, wanted.code, now=MORNING)]

    assert printer.post.database.run(kept) == [""]
