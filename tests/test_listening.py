"""A real listener on loopback: what it does with whoever is rude, slow or long-winded."""

import asyncio
import contextlib
import gc
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from bot import listening
from bot.listening import Server
from tests.kit.processes import free_port

pytestmark = pytest.mark.e2e
HEADER_SECONDS = 0.5
GET = b"GET /again HTTP/1.1\r\nHost: bot\r\n\r\n"
CHUNKED = b"POST /never HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n"


class Echo(FastAPI):
    """Answers with the path and the length of the body: at once at /refuse, late at /slow."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        length, names = 0, len(scope["headers"])
        more = scope["path"] != "/refuse"
        while more:
            event = await receive()
            length += len(event.get("body", b""))
            more = event.get("more_body", False)
        if scope["path"] == "/slow":
            await asyncio.sleep(3 * HEADER_SECONDS)
        said = f"<{scope['path']} {length}{' trailed' if len(scope['headers']) > names else ''}>".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})


@pytest.fixture(scope="module")
def site() -> Echo:
    return Echo()


@pytest.fixture(scope="module", autouse=True)
def _usual_garbage() -> Iterator[None]:
    """Let garbage of later tests be found as before: a server goes with its process elsewhere."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.fixture(scope="module")
def port(site: Echo) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listening, "_HEADER_SECONDS", HEADER_SECONDS)
        server = Server(site, host="127.0.0.1", port=free_port(), before_exit=lambda: None)
        running = threading.Thread(target=server.listen)
        running.start()
        while not server.started:
            time.sleep(0.01)
        yield server.config.port
        server.should_exit = True
        running.join()


@pytest.fixture
def line(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as made:
        yield made


def heard(line: socket.socket, *, until: bytes = b"") -> bytes:
    """Return what comes until the server hangs up, or has said ``until``."""
    said = b""
    try:
        while not until or not said.endswith(until):
            piece = line.recv(65536)
            if not piece:
                break
            said += piece
    except ConnectionError:
        pass
    return said


def send(line: socket.socket, data: bytes) -> None:
    """Send, whether or not the server still listens."""
    with contextlib.suppress(ConnectionError):
        line.sendall(data)


def get(path: str, *headers: bytes) -> bytes:
    """Return a whole request."""
    return b"\r\n".join([f"GET {path} HTTP/1.1".encode(), b"Host: bot", *headers, b"", b""])


def drip(line: socket.socket, data: bytes, *, every: float) -> int:
    """Send a byte at a time until the server has hung up, and return how many it took."""
    line.settimeout(every)
    for sent in range(len(data)):
        try:
            line.sendall(data[sent : sent + 1])
            if line.recv(65536) == b"":
                return sent + 1
        except TimeoutError:
            continue
        except ConnectionError:
            return sent + 1
    return len(data)


LONG = {
    "one header": get("/never", b"X: " + b"x" * 70_000),
    "many headers": get("/never", *[b"X-%d: %s" % (number, b"x" * 50) for number in range(1200)]),
    "many headers of nothing": get("/never", *[b"X:"] * 20_000),
    "an address": get("/never" + "x" * 70_000),
    "a name": get("/never", b"x" * 70_000 + b": x"),
    "headers without end": b"GET /never HTTP/1.1\r\nX: " + b"x" * 1_000_000,
    "headers without end, after another request": GET + b"GET /never HTTP/1.1\r\nX: " + b"x" * 1_000_000,
    "trailers without end": CHUNKED + b"1\r\nx\r\n0\r\nX: " + b"x" * 1_000_000,
    "an extension of a chunk without end": CHUNKED + b"1;" + b"x" * 1_000_000,
}


@pytest.mark.parametrize("request_", LONG.values(), ids=LONG)
def test_what_is_too_long_is_not_heard_out(line: socket.socket, request_: bytes) -> None:
    send(line, request_)

    assert b"</never" not in heard(line)


def test_headers_too_long_are_told_so(line: socket.socket) -> None:
    send(line, b"GET / HTTP/1.1\r\nX: " + b"x" * 60_000)

    assert heard(line).split(b"\r\n")[0] == b"HTTP/1.1 431 Request Header Fields Too Large"


def test_no_complaint_is_mixed_into_an_answer(line: socket.socket) -> None:
    send(line, get("/slow") + b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000)

    assert b"431" not in heard(line)


def test_headers_of_a_usual_browser_and_far_more_are_taken(line: socket.socket) -> None:
    for _ in range(3):
        send(line, get("/long", *[b"Cookie: " + b"x" * 4000] * 11))

        assert heard(line, until=b">").endswith(b"</long 0>")


def test_a_request_may_come_a_byte_at_a_time_if_it_comes_in_time(line: socket.socket) -> None:
    for _ in range(2):
        for at in range(len(GET)):
            line.sendall(GET[at : at + 1])

        assert heard(line, until=b">").endswith(b"</again 0>")


@pytest.mark.parametrize("before", [b"", GET], ids=["at first", "on a line that is kept"])
@pytest.mark.parametrize("slow", [b"GET / HTTP/1.1\r\nX: " + b"x" * 100, b"\r\n" * 60], ids=["headers", "blank lines"])
def test_a_request_that_comes_too_slowly_is_hung_up_on(line: socket.socket, before: bytes, slow: bytes) -> None:
    if before:
        send(line, before)
        assert heard(line, until=b">").endswith(b"</again 0>")

    began = time.monotonic()
    taken = drip(line, slow, every=0.05)

    assert (taken < len(slow), 0.8 <= (time.monotonic() - began) / HEADER_SECONDS < 5) == (True, True)


def test_silence_is_hung_up_on(line: socket.socket) -> None:
    assert heard(line) == b""


def test_a_request_refused_unread_is_not_waited_for(line: socket.socket) -> None:
    send(line, b"POST /refuse HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000\r\n\r\n")
    assert heard(line, until=b">").endswith(b"</refuse 0>")

    assert drip(line, b"x" * 100, every=0.05) < 100


def test_an_answer_may_take_longer_than_headers(line: socket.socket) -> None:
    send(line, get("/slow"))

    assert heard(line, until=b">").endswith(b"</slow 0>")


def test_an_answer_is_not_cut_short_by_what_comes_meanwhile(line: socket.socket) -> None:
    send(line, get("/slow") + b"\r\n")

    assert heard(line, until=b">").endswith(b"</slow 0>")


def test_requests_in_a_row_are_answered_in_their_order(line: socket.socket) -> None:
    send(line, get("/slow") + b"POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + get("/c"))

    said = heard(line, until=b"</c 0>")

    assert [said.count(one) for one in (b"HTTP/1.1 200", b"</slow 0>", b"</b 3>", b"</c 0>")] == [3, 1, 1, 1]
    assert said.index(b"</slow 0>") < said.index(b"</b 3>") < said.index(b"</c 0>")


def test_far_too_many_requests_in_a_row_are_not_even_begun(line: socket.socket) -> None:
    send(line, get("/slow") + GET * 5000)

    assert heard(line) == b""


def test_a_long_body_arrives_whole_and_the_next_request_after_it(line: socket.socket) -> None:
    body = b"x" * 1_000_003
    whole = b"POST /body HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    threading.Thread(target=send, args=(line, whole + get("/next", b"X: " + b"x" * 40_000))).start()

    said = heard(line, until=b"</next 0>")

    assert (b"</body 1000003>" in said, said.endswith(b"</next 0>")) == (True, True)


def test_what_follows_a_body_in_chunks_is_no_header_of_its_request(line: socket.socket) -> None:
    send(line, CHUNKED + b"3;x=y\r\nabc\r\n2\r\nde\r\n")
    time.sleep(0.1)
    send(line, b"0\r\nX-Trailer: x\r\n\r\n")

    assert heard(line, until=b">").endswith(b"</never 5>")


def test_an_upgrade_is_not_made_and_the_line_not_kept(line: socket.socket) -> None:
    send(line, get("/up", b"Connection: Upgrade", b"Upgrade: websocket") + GET)

    said = heard(line)

    assert (said.endswith(b"</up 0>"), b"connection: close" in said) == (True, True)


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"x" * 20_000],
)
def test_what_is_no_http_is_refused(line: socket.socket, garbage: bytes) -> None:
    send(line, garbage)

    assert heard(line).split(b"\r\n")[0] in {b"HTTP/1.1 400 Bad Request", b""}


def test_what_stands_when_a_server_begins_is_looked_through_for_garbage_no_more(site: Echo, port: int) -> None:
    assert port
    give_up_at = time.monotonic() + 10
    while gc.get_threshold() != (10_000, 20, 20) and time.monotonic() < give_up_at:
        time.sleep(0.01)  # it listens a moment before it spares anything

    assert not any(one is site for one in gc.get_objects())
    assert gc.get_threshold() == (10_000, 20, 20)
