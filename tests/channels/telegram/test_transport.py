"""The transport against servers that misbehave on the wire: nothing is sent twice, and what was sent is known."""

import asyncio
import gzip
import socket
import ssl
import struct
import traceback
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from telegram import Bot, InputFile
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.channels.telegram.api import CONNECTIONS, Api
from bot.channels.telegram.faults import NeverSent, TooLarge
from bot.channels.telegram.transport import LONGEST_ANSWER, Transport, certificates
from bot.domain.files import LARGEST
from tests.kit.telegram_server import ApiCall, SentFile, TelegramServer
from tests.kit.telegram_updates import TOKEN

SECRET_HALF = TOKEN.partition(":")[2]
HANG, CUT, RESET = b"hang", b"cut", b"reset"
NOBODY = "http://127.0.0.1:9"


def answer(payload: bytes, *, status: int = 200, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\n{more}Content-Length: {len(payload)}\r\n\r\n".encode() + payload


FINE = answer(b'{"ok":true,"result":true}')


@dataclass
class Wire:
    """A server that follows a script, after which all goes well; it counts what reaches it."""

    script: deque[bytes] = field(default_factory=deque[bytes])
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    heads: list[str] = field(default_factory=list[str])
    opened: int = 0
    open_now: int = 0
    most_at_once: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.open_now += 1
        self.most_at_once = max(self.most_at_once, self.open_now)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while (said := await self._next(reader)) not in (CUT, RESET):
                writer.write(said)
                await writer.drain()
            if said == RESET:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        self.open_now -= 1

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-l")), "0")
        await reader.readexactly(int(length))
        self.heads.append(head)
        await self.gate.wait()
        said = self.script.popleft() if self.script else FINE
        return said if said != HANG else await asyncio.sleep(3600, CUT)


@asynccontextmanager
async def listening(wire: Wire, *, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Wire]:
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        handlers.add(task)
        await wire.serve(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls, backlog=512)
    wire.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield wire
    server.close()
    for task in handlers:
        task.cancel()
    await asyncio.gather(*handlers, return_exceptions=True)
    await asyncio.sleep(0.01)


Speak = Callable[..., Awaitable[Wire]]


@pytest.fixture
async def speak() -> AsyncGenerator[Speak]:
    """Start a server that follows a script."""
    async with AsyncExitStack() as stack:

        async def start(*script: bytes, tls: ssl.SSLContext | None = None) -> Wire:
            wire = await stack.enter_async_context(listening(Wire(deque(script)), tls=tls))
            wire.gate.set()
            return wire

        yield start


@asynccontextmanager
async def calling(url: str, *, wait: float = 20) -> AsyncGenerator[Api]:
    api = Api(TOKEN, url=url, timeout=wait)
    await api.open()
    try:
        yield api
    finally:
        await api.close()


@asynccontextmanager
async def carrying(url: str, *, connections: int = 1, wait: float = 20) -> AsyncGenerator[Transport]:
    transport = Transport(url, connections=connections, timeout=wait)
    try:
        yield transport
    finally:
        await transport.shutdown()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110  # a server in this loop counts
            await asyncio.sleep(0.005)


async def trouble_with(url: str, *, wait: float = 20) -> TelegramError:
    """Call once, and return the error, in which the token stands nowhere."""
    async with calling(url, wait=wait) as api:
        with pytest.raises(TelegramError) as caught:
            await api.call("sendMessage", {"text": "a"})
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert (SECRET_HALF in said, caught.value.__cause__, caught.value.__context__) == (False, None, None)
    return caught.value


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 that vouches for itself."""

    path: Path
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    unlocked = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unlocked)
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return Certificate(path, context)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Trust the certificate as an operator does, and return what serves it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    certificates.cache_clear()
    yield certificate.context
    certificates.cache_clear()


async def test_a_connection_is_kept_and_no_more_are_opened_than_allowed(speak: Speak) -> None:
    wire = await speak()

    async with carrying(wire.url, connections=4) as transport:
        for _ in range(2):
            results = await asyncio.gather(*(transport.post(wire.url) for _ in range(20)))

    assert (results, len(wire.heads), wire.opened, wire.most_at_once) == ([True] * 20, 40, 4, 4)


async def test_calls_have_256_connections_and_polling_its_own(speak: Speak) -> None:
    wire = await speak()
    wire.gate.clear()

    async with calling(wire.url) as api:
        polling = asyncio.create_task(api.call("getUpdates", {}))
        calls = [asyncio.create_task(api.call("sendMessage", {"text": "a"})) for _ in range(CONNECTIONS + 20)]
        await until(lambda: len(wire.heads) == CONNECTIONS + 1)
        wire.gate.set()
        await asyncio.gather(polling, *calls)

    assert (CONNECTIONS, wire.opened, len(wire.heads)) == (256, 257, 277)


@pytest.mark.parametrize(
    ("ends", "reason"), [(CUT, "ServerDisconnectedError"), (RESET, "ClientOSError: ECONNRESET"), (HANG, "Timed out")]
)
async def test_what_was_written_to_a_connection_that_ends_is_never_written_again(
    speak: Speak, ends: bytes, reason: str
) -> None:
    wire = await speak(FINE, ends)
    async with calling(wire.url, wait=1) as api:
        await api.call("sendMessage", {"text": "a"})

        with pytest.raises(NetworkError) as caught:
            await api.call("sendMessage", {"text": "b"})
        await asyncio.sleep(0.05)

    assert (isinstance(caught.value, NeverSent), str(caught.value)) == (False, reason)
    assert (len(wire.heads), wire.opened) == (2, 1)


async def test_a_connection_the_server_closed_meanwhile_is_not_used_again(speak: Speak) -> None:
    wire = await speak(answer(b'{"ok":true,"result":1}', more="Connection: close\r\n"))

    async with calling(wire.url) as api:
        results = [await api.call("sendMessage", {"text": "a"}) for _ in range(2)]

    assert (results, wire.opened) == ([1, True], 2)


AFTERWARDS: dict[str, tuple[bytes, type[TelegramError], str]] = {
    "no answer": (HANG, TimedOut, "Timed out"),
    "cut": (CUT, NetworkError, "ServerDisconnectedError"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", NetworkError, "ClientResponseError"),
    "half an answer": (FINE[:-1], TimedOut, "Timed out"),
    "no JSON": (answer(b"<html>"), TelegramError, "Invalid server response"),
    "without a bottom": (answer(b"[" * 200_000), TelegramError, "Invalid server response"),
    "zipped unasked": (
        answer(gzip.compress(b'{"ok":true,"result":true}'), more="Content-Encoding: gzip\r\n"),
        TelegramError,
        "Invalid server response",
    ),
    "a gateway's page": (answer(b"<html>" * 99, status=502), NetworkError, "Bad Gateway (502)"),
    "a gateway's patience": (answer(b"<html>", status=504), NetworkError, "Gateway Timeout (504)"),
    "elsewhere": (answer(b"", status=302, more=f"Location: {NOBODY}/\r\n"), NetworkError, "Found (302)"),
    "too large": (answer(b"<html>", status=413), TooLarge, "Request Entity Too Large"),
    "announces too much": (
        b"HTTP/1.1 200 X\r\nContent-Length: 104857600\r\n\r\n" + bytes(LONGEST_ANSWER + 1),
        NetworkError,
        "the answer is too long",
    ),
    "does not end": (
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + b"100000\r\n%b\r\n" % bytes(0x100000) * 17,
        NetworkError,
        "the answer is too long",
    ),
}


@pytest.mark.parametrize(("said", "kind", "reason"), AFTERWARDS.values(), ids=AFTERWARDS)
async def test_what_goes_wrong_once_a_request_is_out_leaves_it_in_doubt(
    speak: Speak, said: bytes, kind: type[TelegramError], reason: str
) -> None:
    wire = await speak(said)

    error = await trouble_with(wire.url, wait=1 if kind is TimedOut else 20)

    assert (type(error), str(error), len(wire.heads)) == (kind, reason, 1)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (NOBODY, "ClientConnectorError: "),
        ("http://nobody.invalid", "ClientConnectorDNSError: "),
        ("ftp://127.0.0.1", "NonHttpUrlClientError: no address of a server"),
        ("nowhere", "InvalidUrlClientError: no address of a server"),
        ("http://[", "InvalidUrlClientError: no address of a server"),
        ("http://a b", "ClientConnectorDNSError: "),
    ],
)
async def test_without_a_server_nothing_was_sent(url: str, reason: str) -> None:
    error = await trouble_with(url)

    assert (type(error), str(error)[: len(reason)]) == (NeverSent, reason)


async def test_a_connection_that_never_comes_about_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes the connection and never greets
        error = await trouble_with(f"https://127.0.0.1:{silent.getsockname()[1]}", wait=0.4)

    assert (type(error), str(error)) == (NeverSent, "TimeoutError: no connection in time")


async def test_a_server_nobody_vouches_for_is_sent_nothing(speak: Speak, certificate: Certificate) -> None:
    wire = await speak(tls=certificate.context)

    error = await trouble_with(wire.url)

    assert (type(error), str(error).split(":")[0], wire.heads) == (NeverSent, "ClientConnectorCertificateError", [])


async def test_a_server_the_operator_vouches_for_is_spoken_to(speak: Speak, trusted: ssl.SSLContext) -> None:
    wire = await speak(tls=trusted)

    async with calling(wire.url) as api:
        assert await api.call("sendMessage", {"text": "a"}) is True


async def test_who_waits_in_vain_for_a_free_connection_was_not_sent(speak: Speak) -> None:
    wire = await speak(HANG)

    async with carrying(wire.url, wait=1) as transport:
        errors = await asyncio.gather(*(transport.post(wire.url) for _ in range(2)), return_exceptions=True)

    assert ([type(error) for error in errors], len(wire.heads)) == ([TimedOut, NeverSent], 1)


async def test_when_it_is_shut_what_is_out_is_in_doubt_and_what_waits_was_not_sent(speak: Speak) -> None:
    wire = await speak(HANG)
    async with carrying(wire.url) as transport:
        tasks = [asyncio.create_task(transport.post(wire.url)) for _ in range(2)]
        await until(lambda: len(wire.heads) == 1)

        await transport.shutdown()
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(NeverSent):
            await transport.post(wire.url)
        await transport.initialize()
        again = await transport.post(wire.url)

    assert ([type(error) for error in errors], again) == ([NetworkError, NeverSent], True)


async def test_who_is_cancelled_while_waiting_is_cancelled(speak: Speak) -> None:
    wire = await speak(HANG)

    async with carrying(wire.url) as transport:
        first, second = (asyncio.create_task(transport.post(wire.url)) for _ in range(2))
        await until(lambda: len(wire.heads) == 1)
        for task in (second, first):
            task.cancel()
            await asyncio.wait([task])

    assert (first.cancelled(), second.cancelled()) == (True, True)


async def test_of_a_file_no_more_is_read_than_shows_that_it_is_too_large(speak: Speak) -> None:
    wire = await speak(answer(bytes(LARGEST + 5000)), answer(bytes(70_000)))

    async with calling(wire.url) as api:
        sizes = [len(await api.download(path)) for path in ("large", "a b")]

    assert (sizes, wire.heads[1].split()[1]) == ([LARGEST + 1, 70_000], f"/file/bot{TOKEN}/a%20b")


async def test_the_environments_proxy_is_used_and_told_who_asks(speak: Speak, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, wire = await speak(), await speak()
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//goose:feather@"))

    async with calling("http://telegram.invalid") as api:
        await api.call("getMe", {})
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with calling(wire.url) as api:
        await api.call("getMe", {})

    assert (len(proxy.heads), len(wire.heads)) == (1, 1)
    assert proxy.heads[0].startswith(f"POST http://telegram.invalid/bot{TOKEN}/getMe HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic Z29vc2U6ZmVhdGhlcg==\r\n" in proxy.heads[0]


async def test_through_a_proxy_only_the_server_can_read(
    speak: Speak, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = await speak(tls=trusted)
    heads: list[bytes] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", int(wire.url.rpartition(":")[2]))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as proxy:
        monkeypatch.setenv("all_proxy", f"127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        async with calling(wire.url) as api:
            result = await api.call("getMe", {})
        await asyncio.sleep(0.01)

    assert (result, len(wire.heads), [TOKEN.encode() in head for head in heads]) == (True, 1, [False])


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(b"", status=407), "ClientHttpProxyError: 407"),
        (CUT, "ServerDisconnectedError"),
        (HANG, "TimeoutError: no connection in time"),
    ],
)
async def test_a_proxy_that_does_not_let_through_was_sent_nothing(
    speak: Speak, monkeypatch: pytest.MonkeyPatch, said: bytes, reason: str
) -> None:
    proxy = await speak(said)
    monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//goose:feather@"))

    error = await trouble_with("https://telegram.invalid", wait=1)

    assert (type(error), str(error), proxy.heads[0].split()[0]) == (NeverSent, reason, "CONNECT")


@pytest.mark.parametrize("proxy", [NOBODY, "socks5://goose:feather@127.0.0.1:9", "http://["])
async def test_a_proxy_that_cannot_be_used_is_sent_nothing(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", proxy)

    error = await trouble_with("https://telegram.invalid")

    assert (type(error), "feather" in str(error)) == (NeverSent, False)


@pytest.mark.parametrize("text", ["", "&=+%\r\n?#", "您好😀", '{"a": 1}', "x" * 4096])
async def test_every_word_arrives_as_it_was(server: TelegramServer, text: str) -> None:
    async with calling(server.url) as api:
        await api.call("getMe", {"text": text, "drop_pending_updates": True, "allowed_updates": ["一"], "none": None})

    expected = {"text": text, "drop_pending_updates": True, "allowed_updates": ["一"]}
    assert server.calls == [ApiCall("getMe", expected)]


@pytest.mark.parametrize(
    ("name", "arrives"),
    [("路灯.pdf", "路灯.pdf"), ('a "b" c\\d;=.pdf', 'a "b" c\\d;=.pdf'), ("a\r\nX: y\0.pdf", "a__X: y_.pdf")],
)
async def test_a_large_file_arrives_under_its_name(server: TelegramServer, name: str, arrives: str) -> None:
    data = bytes(range(33, 127)) * 30_000

    async with calling(server.url) as api:
        await api.call("sendDocument", {"chat_id": "1", "document": InputFile(data, filename=name)})

    assert server.calls == [
        ApiCall("sendDocument", {"chat_id": "1"}, {"document": SentFile(arrives, "application/pdf", data)})
    ]


async def test_the_librarys_own_bot_can_use_it(server: TelegramServer) -> None:
    polling, usual = (Transport(server.url, connections=1, timeout=20) for _ in range(2))
    bot = Bot(TOKEN, base_url=f"{server.url}/bot", get_updates_request=polling, request=usual)

    async with bot:
        sent = await bot.send_message(4242, "您好", read_timeout=3, connect_timeout=3)

    assert (sent.message_id, server.delivered[0].text) == (501, "您好")
