"""Raw requests become inbounds, or one sentence and nothing else."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.channels.webchat import saying
from bot.conversation.turn import Inbound
from bot.domain.files import LARGEST, IncomingFile
from bot.domain.messages import Pin
from bot.errors import DatabaseUnavailable
from bot.pictures import anew
from content.web import sentence
from db.models import FileKind
from tests.channels.webchat.desk import MORNING, PICTURES, Desk
from tests.kit.logged import our_lines

PHONE = "/demo/phones/villager"
POST = f"{PHONE}/chat/messages"
PHOTOS = f"{PHONE}/chat/photos?id=p1"
JPEG = PICTURES["image/jpeg"]


def from_phone(message_id: str, **said: Any) -> Inbound:
    return Inbound("web", "web", "phone-1", message_id, "phone-1", MORNING, **said)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"id": "a1", "text": "二次报销"}, from_phone("a1", text="二次报销")),
        ({"id": "a2", "text": " 两行\n字 <b>&"}, from_phone("a2", text=" 两行\n字 <b>&")),
        ({"id": "a3", "button": "12:1"}, from_phone("a3", button="12:1")),
        (
            {"id": "A-_4", "pin": {"latitude": 23, "longitude": 113.1}},
            from_phone("A-_4", pin=Pin(latitude=23, longitude=113.1)),
        ),
        ({"id": "a5", "text": "可以", "quotes": 7}, from_phone("a5", text="可以", quoted="7")),
        ({"id": "x" * 64, "text": "1", "button": None}, from_phone("x" * 64, text="1")),
    ],
)
async def test_what_a_page_posts_is_one_inbound(
    desk: Desk, client: httpx.AsyncClient, body: dict[str, Any], expected: Inbound
) -> None:
    answer = await client.post(POST, json=body)

    assert (answer.status_code, answer.json()) == (202, {"ok": True, "at": MORNING.isoformat()})
    assert desk.heard.inbounds == [expected]


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES)
async def test_a_photo_is_told_by_its_first_bytes_and_made_anew(
    desk: Desk, client: httpx.AsyncClient, data: bytes
) -> None:
    headers = {"Content-Type": "text/html"}

    answer = await client.post(f"{PHOTOS}&name=路灯/..%00.jpg", content=data, headers=headers)

    made = anew(data)
    digest = hashlib.sha256(made).hexdigest()
    photo = IncomingFile(FileKind.PHOTO, digest=digest, name="路灯...jpg", media_type="image/jpeg", size=len(made))
    assert answer.status_code == 202
    assert desk.heard.inbounds == [from_phone("p1", files=(photo,))]
    assert desk.wiring.files.path(digest).read_bytes() == made


async def test_a_photo_that_cannot_be_opened_is_refused(desk: Desk, client: httpx.AsyncClient) -> None:
    answer = await client.post(PHOTOS, content=JPEG[:-200])

    assert (answer.status_code, answer.json(), desk.heard.inbounds) == (415, {"error": sentence("not_a_photo")}, [])


@pytest.mark.parametrize(
    ("body", "headers", "refusal"),
    [
        (b'{"id":"a","text":"' + b"x" * 65536 + b'"}', {}, (413, "too_large")),
        (b'{"id":"a","text":"half', {}, (400, "unreadable")),
        (b"", {}, (400, "unreadable")),
        (b"\xff\xfe\x00", {}, (400, "unreadable")),
        (b"[1]", {}, (400, "unreadable")),
        (b"[" * 5000, {}, (400, "unreadable")),
        (b'{"id":"a"}', {}, (400, "unreadable")),
        (b'{"text":"no id"}', {}, (400, "unreadable")),
        (b'{"id":"","text":"x"}', {}, (400, "unreadable")),
        (b'{"id":"a b","text":"x"}', {}, (400, "unreadable")),
        (b'{"id":"a\\n","text":"x"}', {}, (400, "unreadable")),
        (b'{"id":"' + b"x" * 65 + b'","text":"x"}', {}, (400, "unreadable")),
        (b'{"id":"a","text":"x","sender":"admin"}', {}, (400, "unreadable")),
        (b'{"id":"a","text":"x","button":"1:1"}', {}, (400, "unreadable")),
        (b'{"id":"a","text":7}', {}, (400, "unreadable")),
        (b'{"id":"a","text":"nul \\u0000"}', {}, (400, "unreadable")),
        (b'{"id":"a","text":"half a pair \\ud800"}', {}, (400, "unreadable")),
        (b'{"id":"a","pin":{"latitude":91,"longitude":0}}', {}, (400, "unreadable")),
        (b'{"id":"a","pin":{"latitude":NaN,"longitude":0}}', {}, (400, "unreadable")),
        (b'{"id":"a","text":" \\n\\t"}', {}, (400, "empty")),
        (b'{"id":"a","text":"x"}', {"Content-Type": "text/plain"}, (415, "not_json")),
        (b"id=a&text=x", {"Content-Type": "application/x-www-form-urlencoded"}, (415, "not_json")),
        (b'{"id":"a","text":"x"}', {"Origin": "https://evil.example"}, (403, "foreign")),
        (b'{"id":"a","text":"x"}', {"Origin": "null"}, (403, "foreign")),
        (b'{"id":"a","text":"x"}', {"Origin": "http://["}, (403, "foreign")),
        (b'{"id":"a","text":"x"}', {"Origin": ""}, (403, "foreign")),
        (b'{"id":"a","text":"x"}', {"Content-Type": b"\xff"}, (415, "not_json")),
        (b'{"id":"a","text":"x"}', {"Origin": "http://test.evil.example"}, (403, "foreign")),
        (b'{"id":"a","text":"x"}', {"Sec-Fetch-Site": "cross-site"}, (403, "foreign")),
        (b'{"id":"a","text":"x"}', {"Sec-Fetch-Site": "same-site"}, (403, "foreign")),
    ],
)
async def test_a_bad_post_gets_one_sentence_and_changes_nothing(
    desk: Desk, client: httpx.AsyncClient, body: bytes, headers: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = await client.post(POST, content=body, headers={"Content-Type": "application/json", **headers})

    assert (answer.status_code, answer.json()["error"]) == (refusal[0], sentence(refusal[1]))
    assert desk.heard.inbounds == []


@pytest.mark.parametrize("origin", ["http://test", "https://hongyan.example.cn"])
async def test_our_own_page_may_post_behind_any_proxy(desk: Desk, client: httpx.AsyncClient, origin: str) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}

    answer = await client.post(POST, json={"id": "a", "text": "x"}, headers=headers)

    assert answer.status_code == 202
    assert len(desk.heard.inbounds) == 1


@pytest.mark.parametrize(
    ("url", "body", "refusal"),
    [
        (PHOTOS, b"%PDF-1.7", (415, "not_a_photo")),
        (PHOTOS, b"RIFF....AVI ", (415, "not_a_photo")),
        (PHOTOS, b"\xff\xd8\xff\xe0 and no picture", (415, "not_a_photo")),
        (PHOTOS, b"<svg xmlns='http://www.w3.org/2000/svg'/>", (415, "not_a_photo")),
        (PHOTOS, b"", (400, "empty")),
        (f"{PHONE}/chat/photos", JPEG, (400, "unreadable")),
        (f"{PHONE}/chat/photos?id=../a", JPEG, (400, "unreadable")),
        (f"{PHOTOS}&digest=0", JPEG, (400, "unreadable")),
    ],
)
async def test_what_is_no_photo_is_not_kept(
    desk: Desk, client: httpx.AsyncClient, url: str, body: bytes, refusal: tuple[int, str]
) -> None:
    answer = await client.post(url, content=body, headers={"Content-Type": "image/jpeg"})

    assert (answer.status_code, answer.json()["error"]) == (refusal[0], sentence(refusal[1]))
    assert desk.heard.inbounds == []
    assert not desk.folder.exists()


async def test_a_photo_without_an_end_is_stopped_at_the_limit(desk: Desk, client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10 * LARGEST:
            sent += 1 << 20
            yield JPEG.ljust(1 << 20)

    answer = await client.post(PHOTOS, content=endless())

    assert (answer.status_code, answer.json()) == (413, {"error": sentence("too_large")})
    assert desk.heard.inbounds == []


async def test_a_body_that_never_ends_is_given_up(
    desk: Desk, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saying, "_SECONDS_FOR_A_PHOTO", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield JPEG
        await asyncio.sleep(60)

    answer = await client.post(PHOTOS, content=slow())

    assert (answer.status_code, answer.json()) == (408, {"error": sentence("too_slow")})
    assert not desk.folder.exists()


async def test_a_connection_that_breaks_off_keeps_nothing(desk: Desk) -> None:
    sent: list[Any] = []
    parts = iter(
        [{"type": "http.request", "body": JPEG, "more_body": True}, {"type": "http.disconnect"}],
    )

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        sent.append(message)

    request = {
        "type": "http",
        "method": "POST",
        "path": f"{PHONE}/chat/photos",
        "query_string": b"id=p1",
        "headers": [],
    }
    await desk.site(request, receive, send)

    assert sent[0]["status"] == 400
    assert (desk.heard.inbounds, desk.folder.exists()) == ([], False)


async def test_only_so_many_photos_are_taken_at_once(client: httpx.AsyncClient) -> None:
    may_end = asyncio.Event()

    async def waiting() -> AsyncIterator[bytes]:
        yield JPEG
        await may_end.wait()

    slow = [asyncio.create_task(client.post(f"{PHOTOS}{place}", content=waiting())) for place in range(6)]
    await asyncio.sleep(0.1)

    seventh = await client.post(PHOTOS, content=JPEG)
    may_end.set()
    others = await asyncio.gather(*slow)

    assert (seventh.status_code, seventh.json()) == (503, {"error": sentence("busy")})
    assert [one.status_code for one in others] == [202] * 6
    assert (await client.post(PHOTOS, content=JPEG)).status_code == 202


async def test_a_photo_of_exactly_the_limit_is_taken(desk: Desk, client: httpx.AsyncClient) -> None:
    answer = await client.post(PHOTOS, content=JPEG.ljust(LARGEST))

    assert answer.status_code == 202
    assert len(desk.heard.inbounds[0].files) == 1


async def test_a_full_disk_says_so_and_hands_nothing_over(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.folder.write_text("a file where the folder should be")

    answer = await client.post(PHOTOS, content=JPEG)

    assert (answer.status_code, answer.json()) == (503, {"error": sentence("database")})
    assert desk.heard.inbounds == []


async def test_a_database_that_cannot_is_a_503_that_says_when_to_come_back(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    desk.heard.trouble = DatabaseUnavailable("locked")

    with our_lines() as logs:
        answer = await client.post(POST, json={"id": "a", "text": "二次报销"}, headers={"Host": "["})

    assert [(one["event"], one["reason"]) for one in logs] == [("request_refused", "locked")]
    assert "二次报销" not in str(logs)
    assert (answer.status_code, answer.json()) == (503, {"error": sentence("database")})
    assert answer.headers["retry-after"] == "3"


async def test_the_page_and_what_it_loads_run_nothing_of_others(client: httpx.AsyncClient) -> None:
    page, image = await client.head("/"), await client.get("/static/webchat/goose.svg")

    assert (page.status_code, image.status_code) == (200, 200)
    assert ["default-src 'none'" in one.headers["content-security-policy"] for one in (page, image)] == [True, True]


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("名册.XLSX", b"PK\x03\x04 rows", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("名册.csv", "姓名\n陈大文\n".encode(), "text/csv"),
    ],
)
async def test_a_table_is_kept_as_a_document(
    desk: Desk, client: httpx.AsyncClient, name: str, data: bytes, media_type: str
) -> None:
    answer = await client.post(f"{PHOTOS}&name={name}", content=data)

    digest = hashlib.sha256(data).hexdigest()
    table = IncomingFile(FileKind.DOCUMENT, digest=digest, name=name, media_type=media_type, size=len(data))
    assert answer.status_code == 202
    assert desk.heard.inbounds == [from_phone("p1", files=(table,))]


@pytest.mark.parametrize(
    ("name", "data"), [("名册.xlsx", b"rows"), ("名册.csv", b"a\0b"), ("名册.exe", b"PK\x03\x04"), ("csv", b"a,b")]
)
async def test_what_only_calls_itself_a_table_is_not_kept(
    desk: Desk, client: httpx.AsyncClient, name: str, data: bytes
) -> None:
    answer = await client.post(f"{PHOTOS}&name={name}", content=data)

    assert (answer.status_code, desk.heard.inbounds, desk.folder.exists()) == (415, [], False)
