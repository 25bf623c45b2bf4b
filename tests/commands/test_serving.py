"""What is refused before anything is served, and what a server does with whoever is rude or slow."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.commands.conftest import CommandLine
from tests.kit.processes import environment, eventually, free_port, hongyan, stop_politely, wait_until_ready
from tests.kit.sources import ROOT

STALLED = """
from bot.commands import serving
serving.serving_settings = lambda: print("starting", flush=True) or input()
serving.worker()
"""


@pytest.mark.parametrize("left", ["files/ab", "hongyan.sqlite3-wal"])
@pytest.mark.parametrize("command", [["serve"], ["worker"]])
def test_a_database_that_is_gone_is_not_begun_anew(
    installed: CommandLine, tmp_path: Path, command: list[str], left: str
) -> None:
    (tmp_path / "data" / left).mkdir(parents=True)

    ran = installed(*command)

    assert (ran.code, ran.out, len(ran.complaints)) == (1, "", 1)
    assert "hongyan migrate" in ran.err
    assert not (tmp_path / "data" / "hongyan.sqlite3").exists()


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path, installed: CommandLine) -> None:
    port = free_port()
    with hongyan("demo", "--no-browser", "--port", str(port), folder=tmp_path) as first:
        wait_until_ready(f"http://127.0.0.1:{port}", first)

        second = installed("demo", "--no-browser", "--port", str(free_port()))
        rebound = httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
        shown = httpx.head(f"http://localhost:{port}/")
        alive = httpx.head(f"http://127.0.0.1:{port}/healthz")
        ended = stop_politely(first)

    assert (second.code, len(second.complaints), "HONGYAN_DATA_DIR" in second.err, "--port" in second.err) == (
        1,
        1,
        True,
        True,
    )
    assert (rebound.status_code, shown.status_code, alive.status_code, ended) == (421, 200, 200, 0)


def ended_by(port: int, sent: bytes, *, seconds: float) -> bytes:
    """Send something and return what comes until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as line:
        heard = b""
        try:
            line.sendall(sent)
            while piece := line.recv(65536):
                heard += piece
        except ConnectionError:
            pass
        return heard


def test_a_server_takes_headers_of_some_length_and_notices_that_its_database_is_gone(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with hongyan("serve", "--port", str(port), folder=tmp_path) as process:
        wait_until_ready(url, process)
        endless = ended_by(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 300_000, seconds=10)
        (tmp_path / "data" / "hongyan.sqlite3").rename(tmp_path / "moved")
        is_noticed = eventually(lambda: httpx.get(f"{url}/readyz").status_code == 503)
        said = httpx.post(f"{url}/chat/messages", json={"id": "a", "text": "你好"})
        ended = stop_politely(process)

    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert (endless.startswith(b"HTTP/1.1 2"), is_noticed, said.status_code, ended) == (False, True, 503, 0)
    assert not (tmp_path / "data" / "hongyan.sqlite3").exists()
    assert ("Traceback" in log, "你好" in log, "moved away" in log) == (False, False, True)


def test_a_server_does_not_wait_for_headers_for_ever(tmp_path: Path) -> None:
    port, began = free_port(), time.monotonic()
    script = "import bot.listening; bot.listening._HEADER_SECONDS = 0.5; from bot.__main__ import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment(tmp_path),
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        began = time.monotonic()
        silent = ended_by(port, b"", seconds=5)
        slow = ended_by(port, b"GET / HTTP/1.1\r\nX-Slow: ", seconds=5)
        with httpx.Client() as client:
            twice = [client.get(f"http://127.0.0.1:{port}/healthz").text for _ in range(2)]
    finally:
        process.kill()
        process.wait()

    assert (silent, slow, twice, time.monotonic() - began < 4) == (b"", b"", ["ok", "ok"], True)


def test_being_told_to_stop_while_starting_is_no_fault(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STALLED],
        cwd=ROOT,
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        assert process.stdout.readline() == "starting\n"
        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0
