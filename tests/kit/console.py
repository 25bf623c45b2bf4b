"""A cadre at the console: a browser without a screen, and the chat they come in by."""

import dataclasses
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import col

from bot.admin.console import add_console
from bot.admin.desk import Wiring
from bot.admin.look import Look
from bot.domain import access, units
from bot.domain.files import IncomingFile
from bot.domain.library import Shelf
from bot.domain.persons import people
from bot.settings import load_settings
from db.models import AuditLine, FileKind, Role, Unit, UnitKind
from db.sql import Database
from tests.kit.branch import enter
from tests.kit.databases import HOUSE, ZONE, quickened
from tests.kit.talk import Talk, World

PUBLIC_URL = "http://console.test"
_TOKEN = re.compile(r'name="_token" value="([^"]+)"')
_SAID = re.compile(r'<p class="said[^"]*" role="(?:status|alert)">(.*?)</p>', re.DOTALL)


def opened(url: str, **more: Any) -> Database:
    """Open a database whose house knows where the console is reached."""
    house = dataclasses.replace(HOUSE, public_url=PUBLIC_URL, shelf=Shelf(), **more)
    return quickened(Database(url, info={"house": house}))


@dataclass
class Shown:
    """A page as it came."""

    status: int
    text: str
    headers: httpx.Headers
    data: bytes = b""

    @property
    def said(self) -> str:
        """The sentence with which the page answers, if any."""
        found = _SAID.search(self.text)
        return unescape(found[1]) if found else ""

    @property
    def words(self) -> str:
        """What can be read on it."""
        return unescape(re.sub(r"<[^>]+>", " ", self.text))


@dataclass
class Desk:
    """A town with two villages and branches; whoever is hired has a role there and a browser."""

    world: World
    site: FastAPI = field(default_factory=FastAPI)
    units: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        wiring = Wiring(
            database=self.world.database,
            keys=HOUSE.keys,
            clock=self.world.clock,
            look=Look(ZONE),
            settings=load_settings(secret_key="a secret for tests only, 32 bytes", public_url=PUBLIC_URL),
            public_url=PUBLIC_URL,
        )
        add_console(self.site, wiring)
        self.world.run(self._found_units)

    def hire(self, name: str, role: Role = Role.ADMIN, unit: str = "石湾镇街道党工委") -> Talk:
        """Give somebody a role; return the one who talks."""
        talk = self.world.person(name)

        def give(db: Any) -> None:
            person = talk.record(db)
            people.set_name(person, name)
            db.add(person)
            access.grant(db, person, role, db.get_one(Unit, self.units[unit]))

        self.world.run(give)
        return talk

    def enlist(self, name: str, unit: str = "潘一支部", *, mobile: int = 0) -> int:
        """Put somebody on the roster of a branch; return their id."""
        talk = self.world.person(f"member {name}")

        def join(db: Any) -> int:
            person = talk.record(db)
            enter(db, person, db.get_one(Unit, self.units[unit]), name, mobile=mobile)
            return person.id or 0

        return self.world.run(join)

    def report(self, name: str, said: str, village: str = "番村", *, photo: bytes = b"") -> Talk:
        """Let somebody report something that is broken in a village, with a photo or without; return them."""
        talk = self.world.person(name)
        if photo:
            digest = HOUSE.store.keep(photo)
            sent = IncomingFile(kind=FileKind.PHOTO, digest=digest, media_type="image/jpeg", size=len(photo))
            talk.sends(talk.inbound("", files=(sent,)))
        heard = talk.says(said)
        if heard == "cases/which_village":
            heard = talk.says(village)
        if heard == "grid/seen_already":
            heard = talk.says("2")
        talk.presses(heard, "提交")
        return talk

    def audit(self) -> list[tuple[str, str]]:
        """Every line of the audit but those of coming in."""
        lines = select(AuditLine.act, AuditLine.subject).order_by(col(AuditLine.id))
        return self.world.run(
            lambda db: [(act, subject) for act, subject in db.execute(lines) if act != "console.enter"]
        )

    def _found_units(self, db: Any) -> None:
        town = units.add(db, "石湾镇街道党工委", UnitKind.COMMITTEE)
        for village, branches in {"番村": ("潘一支部", "潘二支部"), "深村": ("深一支部",)}.items():
            below = units.add(db, village, UnitKind.VILLAGE, town)
            self.units[village] = below.id or 0
            for branch in branches:
                self.units[branch] = units.add(db, branch, UnitKind.BRANCH, below).id or 0
        self.units[town.name] = town.id or 0


class Browser:
    """Somebody's browser: it keeps cookies, follows where it is sent, and sends forms as a page's own."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> Shown:
        return _shown(await self.client.get(path, headers=headers, follow_redirects=True))

    async def post(self, path: str, *, origin: str = PUBLIC_URL, **fields: Any) -> Shown:
        """Send a form as it stands, without what proves that it is the page's own."""
        answer = await self.client.post(path, data=fields, headers={"Origin": origin}, follow_redirects=True)
        return _shown(answer)

    async def fill(self, path: str, *, page: str = "", files: Any = None, **fields: Any) -> Shown:
        """Open a page and send its form."""
        token = _TOKEN.search((await self.get(page or path)).text)
        assert token, f"{page or path} has no form"
        answer = await self.client.post(
            path,
            data={"_token": token[1], **fields},
            files=files,
            headers={"Origin": PUBLIC_URL},
            follow_redirects=True,
        )
        return _shown(answer)

    async def enter(self, talk: Talk) -> Shown:
        """Come in by the link somebody gets in their chat."""
        return await self.post(link_in(talk.says("后台").text))


def link_in(text: str) -> str:
    """Return where a link in a message leads, from the root of the site."""
    found = re.search(rf"{PUBLIC_URL}(/admin/in/\S+)", text)
    assert found, text
    return found[1]


@asynccontextmanager
async def browser(desk: Desk) -> AsyncIterator[Browser]:
    """Open a browser of its own."""
    transport = httpx.ASGITransport(app=desk.site)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield Browser(client)


def _shown(answer: httpx.Response) -> Shown:
    return Shown(answer.status_code, answer.text, answer.headers, answer.content)
