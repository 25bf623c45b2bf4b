"""Every route of the console there is, tried by whoever has no business there: nothing is shown, nothing is changed."""

import inspect
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from bot.domain.persons import people
from content.loader import load_entries
from db.claims import table_of
from db.models import (
    Activity,
    Address,
    Attendance,
    Broadcast,
    Case,
    Dispute,
    DisputeState,
    DraftState,
    EntryDraft,
    OccasionState,
    Petition,
    Role,
    RosterImport,
    ServiceRecord,
    StudySession,
)
from tests.kit import console
from tests.kit.any_row import put
from tests.kit.console import PUBLIC_URL, Browser, Desk
from tests.kit.flows import learn
from tests.kit.photos import photo
from tests.kit.talk import MORNING, Talk

DOORS = {"/admin/login", "/admin/wait", "/admin/in/{token}", "/admin/{rest:path}"}
ENTRY = "shiwan.red_station"
OPEN_TO_ALL = {"/admin/entries/{entry_id}"}
"""What anybody may ask the bot, whoever's it is."""

KEPT_OF_LOOKING = {"audit_line", "console_key"}


@dataclass(frozen=True)
class Theirs:
    """What belongs to another village: a number for each part of an address, and what forms would need."""

    numbers: dict[str, int | str]
    fields: dict[str, str]


@pytest.fixture
async def theirs(desk: Desk) -> AsyncIterator[Theirs]:
    """One of everything in 深村, and its secretary in the console."""
    learn(desk.world, ENTRY)
    deep = desk.hire("李深", Role.SECRETARY, "深村")
    member = desk.enlist("何深", "深一支部", mobile=2299)
    desk.report("李婶", "村口路灯坏了", "深村", photo=photo())
    async with console.browser(desk) as opened:
        await opened.enter(deep)
        yield desk.world.run(lambda db: found(db, desk, deep, member))


def found(db: Session, desk: Desk, deep: Talk, member: int) -> Theirs:
    """Put one of everything into 深村, and return the numbers."""
    unit_id, by = desk.units["深村"], deep.record(db).id
    address = db.execute(select(col(Address.id)).where(col(Address.person_id) == by)).scalars().first()
    body = next(one for one in load_entries() if one.id == ENTRY).model_dump(mode="json")
    in_force = {"unit_id": unit_id, "state": OccasionState.PUBLISHED, "starts_at": MORNING, "ends_at": MORNING}
    activity = put(db, table_of(Activity), created_by=by, **in_force)["id"]
    session = put(db, table_of(StudySession), created_by=by, **in_force)["id"]
    record = put(db, table_of(ServiceRecord), activity_id=activity, person_id=member)["id"]
    dispute = {"record_id": record, "person_id": member, "state": DisputeState.OPEN}
    asked = {"unit_id": unit_id, "asker_id": member, "address_id": address}
    draft = {"author_id": by, "unit_id": unit_id, "body": body, "entry_id": ENTRY, "state": DraftState.WAITING}
    petition = {"person_id": member, "address_id": address, "unit_id": unit_id}
    numbers: dict[str, int | str] = {
        "case_id": put(db, table_of(Case), **asked)["id"],
        "report_id": 1,
        "file_id": 1,
        "draft_id": put(db, table_of(EntryDraft), **draft)["id"],
        "petition_id": put(db, table_of(Petition), **petition)["id"],
        "person_id": member,
        "activity_id": activity,
        "session_id": session,
        "dispute_id": put(db, table_of(Dispute), **dispute)["id"],
        "broadcast_id": put(db, table_of(Broadcast), unit_id=unit_id, author_id=by, audience={"units": [unit_id]})[
            "id"
        ],
        "entry_id": ENTRY,
    }
    fields = {
        "unit_id": str(unit_id),
        "to_unit": str(unit_id),
        "other_id": "1",
        "part_id": str(put(db, table_of(Attendance), session_id=session, person_id=member)["id"]),
        "import_id": str(put(db, table_of(RosterImport), actor_id=by)["id"]),
        "stay_id": "1",
        "where": "other",
        "suggestion_id": "1",
        "letter_id": "1",
        "audience": "深一支部",
        "scope": "深村",
        "category": "lamp",
        "kind": "party_day",
        "starts_at": "2026-12-01 19:30到21:00",
        "moved_to": "2026-12-02 19:30到21:00",
        "check_by": "2027-12-31",
        **dict.fromkeys(("text", "title", "answer", "reason", "reply", "words", "place"), "别村的事"),
        **dict.fromkeys(("seats", "minutes", "run"), "3"),
        "with": str(numbers["case_id"]),
        **{name: str(numbers[name]) for name in ("person_id", "file_id")},
    }
    return Theirs(numbers, fields)


def routes(desk: Desk) -> list[tuple[str, str]]:
    """Every method and address the console answers, as it is wired."""
    return sorted((method, one.path) for one in wired(desk.site.routes) for method in one.methods)


def wired(among: Sequence[Any]) -> Iterator[APIRoute]:
    """Every route, whether it was put onto the site itself or with a router."""
    for one in among:
        if isinstance(one, APIRoute):
            yield one
        elif hasattr(one, "original_router"):
            yield from wired(one.original_router.routes)


def deeds(route: APIRoute) -> list[str]:
    """What a page's buttons may ask for: every word its module knows, and none."""
    takes = route.endpoint.args[0].takes  # type: ignore[attr-defined]  # the page a route was made for
    return [
        "",
        *sorted(
            set(re.findall(r'(?:case|[|]|[!=]=) "([a-z_]+)"', inspect.getsource(inspect.getmodule(takes) or takes)))
        ),
    ]


def filled(path: str, theirs: Theirs) -> str:
    """An address with the numbers of what is theirs; a new part of an address needs a number above."""
    return re.sub(r"{(\w+)}", lambda part: str(theirs.numbers[part[1]]), path)


def kept(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the database but what looking leaves behind."""
    tables = [one for one in SQLModel.metadata.sorted_tables if one.name not in KEPT_OF_LOOKING]
    return desk.world.run(
        lambda db: {one.name: sorted(map(tuple, db.execute(select(one))), key=repr) for one in tables}
    )


async def test_nobody_is_shown_more_than_the_doors(desk: Desk, theirs: Theirs, browser: Browser) -> None:
    behind = [(method, filled(path, theirs)) for method, path in routes(desk) if path not in DOORS]
    headers = {"Origin": PUBLIC_URL, "Cookie": "hongyan_console=guessed"}
    before = kept(desk)

    came = [await browser.client.request(method, path, headers=headers) for method, path in behind]

    assert {path for _, path in routes(desk)} >= DOORS
    assert len(behind) > 45
    assert {(one.status_code, one.headers["location"]) for one in came} == {(303, "/admin/login")}
    assert kept(desk) == before


@pytest.mark.parametrize("role", [None, Role.GRID_WORKER])
async def test_who_has_no_business_there_gets_no_key(desk: Desk, role: Role | None) -> None:
    desk.enlist("陈大文", mobile=2236)
    talk = desk.hire("李明", role, "番村") if role else desk.world.person("member 陈大文")

    heard = talk.says("后台")

    assert PUBLIC_URL not in heard.text
    assert desk.world.run(lambda db: db.execute(select(SQLModel.metadata.tables["console_key"])).all()) == []


async def test_a_secretary_finds_nothing_of_another_village(desk: Desk, theirs: Theirs, browser: Browser) -> None:
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))
    shown = [
        (path, (await browser.get(filled(path, theirs))).status)
        for method, path in routes(desk)
        if method == "GET" and "{" in path and path not in DOORS | OPEN_TO_ALL
    ]

    assert len(shown) > 10
    assert [one for one in shown if one[1] != 404] == []


async def test_a_secretary_changes_nothing_of_another_village(desk: Desk, theirs: Theirs, browser: Browser) -> None:
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))
    token = (await browser.get("/admin/devices")).text.split('name="_token" value="')[1].split('"')[0]
    before = kept(desk)

    tried = [
        (one.path, deed, await browser.post(filled(one.path, theirs), _token=token, do=deed, **theirs.fields))
        for one in wired(desk.site.routes)
        if "POST" in one.methods and one.path not in DOORS
        for deed in deeds(one)
    ]

    assert kept(desk) == before
    assert (await browser.get("/admin/devices")).text.count('class="card"') == 1
    of_theirs = [(path, deed, one.status) for path, deed, one in tried if "{" in path]
    assert [one for one in of_theirs if one[2] not in {404, 422}] == []


async def test_names_and_phones_of_another_village_stand_on_no_page(
    desk: Desk, theirs: Theirs, browser: Browser
) -> None:
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))
    unit = f"?unit={theirs.fields['unit_id']}"
    lists = [path for method, path in routes(desk) if method == "GET" and "{" not in path and path not in DOORS]

    shown = {path: (await browser.get(path + query)).words for path in lists for query in ("", unit)}

    assert len(shown) > 15
    assert [
        path for path, words in shown.items() if "何深" in words or "2299" in words or "村口路灯坏了" in words
    ] == []
    assert desk.world.run(lambda db: people.by_id(db, int(theirs.numbers["person_id"])).name) == "何深"
