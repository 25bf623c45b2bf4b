"""What stands before Hongyan sends nothing twice, hides the numbers, and lets the chat's stream through as it comes.

The real Caddy with the real files, in front of small servers on loopback that count what reaches them.
"""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kit.processes import free_port
from tests.kit.sources import ROOT

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not shutil.which("caddy"), reason="no Caddy on this machine: the proxy was not tried"),
]
SAYING = "/chat/messages"
STREAM = "/chat/stream"
FIRST_EVENT = b"retry: 2000\n\n"
FILES = ["Caddyfile", "Caddyfile.replicas"]
KEEPS_BODIES = (2, 11, 2)
"""The first Caddy that can send a body once it is connected after it was not; older ones answer 502 or 503."""


@dataclass
class Replica:
    """A server that counts what reaches it, and goes wrong as it is told."""

    port: int = field(default_factory=free_port)
    is_ready: bool = True
    hangs_up: bool = False
    begun: int = 0
    seen: list[str] = field(default_factory=list[str])
    hosts: set[str] = field(default_factory=set[str])
    left: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator["Replica"]:
        server = Server(self)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield self
        server.shutdown()
        server.server_close()
        thread.join()

    def said(self) -> int:
        """How often a saying has reached it."""
        return self.seen.count(f"POST {SAYING}")


class Handler(BaseHTTPRequestHandler):
    """Answers for the replica its server stands for."""

    protocol_version = "HTTP/1.1"

    @property
    def replica(self) -> Replica:
        assert isinstance(self.server, Server)
        return self.server.replica

    def do_GET(self) -> None:
        if self.path == "/readyz":
            self.answer(200 if self.replica.is_ready else 503)
        elif self.path == STREAM:
            self.stream()
        else:
            self.note_and_answer()

    def do_POST(self) -> None:
        self.replica.begun += 1
        length = int(self.headers["Content-Length"])
        if len(self.rfile.read(length)) == length:
            self.note_and_answer()
        else:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass

    def note_and_answer(self) -> None:
        self.replica.seen.append(f"{self.command} {self.path}")
        self.replica.hosts.add(self.headers["Host"])
        if self.replica.hangs_up:
            self.close_connection = True
        else:
            self.answer(200)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        try:
            self.wfile.write(FIRST_EVENT)
            while True:
                time.sleep(0.1)
                self.wfile.write(b": still here\n\n")
        except OSError:
            self.replica.left.set()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        super().__init__(("127.0.0.1", replica.port), Handler)


@contextmanager
def caddy(name: str, folder: Path, *replicas: Replica) -> Iterator[httpx.Client]:
    """Run Caddy with one of our files in front of some servers, and return a client of it."""
    port = free_port()
    upstreams = " ".join(f"127.0.0.1:{one.port}" for one in replicas)
    places = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    environment = {
        "PATH": os.environ["PATH"],
        "HONGYAN_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "UPSTREAM": upstreams,
        "UPSTREAMS": upstreams,
        **places,
    }
    ours = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    (folder / name).write_text("{\n\tadmin off\n}\n" + ours, encoding="utf-8")  # its port is the same for all
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", folder / name]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            wait_until_up(client)
            yield client
    finally:
        process.terminate()
        process.wait(20)


def wait_until_up(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            client.get("/metrics")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("Caddy does not listen")


def waits_with_a_body() -> bool:
    told = subprocess.run([shutil.which("caddy") or "", "version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", told)[:3])) >= KEEPS_BODIES


def say(client: httpx.Client) -> int:
    return client.post(SAYING, json={"text": "二次报销"}).status_code


def test_a_replica_that_is_not_there_costs_nobody_an_answer(tmp_path: Path) -> None:
    here, gone = Replica(), Replica()
    with here.running(), caddy("Caddyfile.replicas", tmp_path, gone, here) as client:
        at_once = [client.get("/").status_code for _ in range(10)]
        time.sleep(1)
        answers = [say(client) for _ in range(10)]

    assert (at_once, answers, here.said()) == ([200] * 10, [200] * 10, 10)


def test_a_saying_that_was_sent_is_never_sent_again(tmp_path: Path) -> None:
    one, other = Replica(hangs_up=True), Replica(hangs_up=True)
    with one.running(), other.running(), caddy("Caddyfile.replicas", tmp_path, one, other) as client:
        answer = say(client)

    assert (answer, one.said() + other.said(), one.begun + other.begun) == (502, 1, 1)


def test_what_only_asks_is_asked_of_another(tmp_path: Path) -> None:
    one, other = Replica(hangs_up=True), Replica()
    with one.running(), other.running(), caddy("Caddyfile.replicas", tmp_path, one, other) as client:
        answers = [client.get("/").status_code for _ in range(10)]

    assert (answers, other.seen.count("GET /")) == ([200] * 10, 10)


@pytest.mark.parametrize("name", FILES)
def test_while_hongyan_restarts_its_readers_wait(name: str, tmp_path: Path) -> None:
    replica, answers = Replica(), list[int]()
    with caddy(name, tmp_path, replica) as client:
        asking = threading.Thread(target=lambda: answers.append(client.get("/").status_code))
        asking.start()
        time.sleep(1.5)
        with replica.running():
            asking.join()

    assert (answers, replica.seen) == ([200], ["GET /"])


@pytest.mark.parametrize("name", FILES)
def test_what_is_said_while_hongyan_restarts_arrives_once_or_is_repeated_by_its_sender(
    name: str, tmp_path: Path
) -> None:
    replica, answers = Replica(), list[int]()
    with caddy(name, tmp_path, replica) as client:
        asking = threading.Thread(target=lambda: answers.append(say(client)))
        asking.start()
        time.sleep(1.5)
        with replica.running():
            asking.join()

    arrived_once = (answers, replica.said()) == ([200], 1)
    to_be_repeated = answers[0] in {502, 503} and replica.said() == 0
    assert (arrived_once, to_be_repeated) == (waits_with_a_body(), not waits_with_a_body())


def test_a_replica_that_is_not_ready_gets_no_turns(tmp_path: Path) -> None:
    ready, unready = Replica(), Replica(is_ready=False)
    with ready.running(), unready.running(), caddy("Caddyfile.replicas", tmp_path, unready, ready) as client:
        time.sleep(1)
        answers = [say(client) for _ in range(10)]

    assert (answers, unready.said(), ready.said()) == ([200] * 10, 0, 10)


@pytest.mark.parametrize("name", FILES)
def test_the_stream_comes_as_it_is_sent_and_ends_when_its_reader_goes(name: str, tmp_path: Path) -> None:
    replica = Replica()
    with replica.running(), caddy(name, tmp_path, replica) as client:
        began = time.monotonic()
        with client.stream("GET", STREAM, headers={"Accept-Encoding": "gzip"}) as answer:
            first = next(answer.iter_raw())
            waited = time.monotonic() - began
        is_left = replica.left.wait(3)

    assert (first, waited < 1, is_left) == (FIRST_EVENT, True, True)


@pytest.mark.parametrize("name", FILES)
def test_the_numbers_are_hidden_and_the_name_is_passed_on(name: str, tmp_path: Path) -> None:
    replica = Replica()
    hidden = ("/metrics", "/metrics/", "/METRICS", "/%6detrics", "/metrics?x=1", "/x/../metrics")
    with replica.running(), caddy(name, tmp_path, replica) as client:
        answers = [client.get(path).status_code for path in hidden]
        shown = client.get("/")

    assert (answers, shown.status_code, replica.seen) == ([404] * len(hidden), 200, ["GET /"])
    assert replica.hosts == {shown.request.url.netloc.decode()}


@pytest.mark.parametrize("name", FILES)
def test_a_body_larger_than_any_photo_is_refused(name: str, tmp_path: Path) -> None:
    replica = Replica()
    with replica.running(), caddy(name, tmp_path, replica) as client:
        photo = client.post("/chat/photos", content=bytes(20 * 1024 * 1024)).status_code
        film = client.post("/chat/photos", content=bytes(26 * 1000 * 1000)).status_code

    assert (photo, film in {413, 502}, replica.seen) == (200, True, ["POST /chat/photos"])
