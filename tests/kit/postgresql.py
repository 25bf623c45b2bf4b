"""A real PostgreSQL for one test run: started as another user when the tests run as root, removed afterwards.

The one all tests share forgives itself what only a broken machine would notice. Whoever restarts a server, or measures
one, starts another that is durable.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "HONGYAN_TEST_POSTGRESQL"
"""Where the running server's socket folder is handed to xdist's workers."""

_HASTE = "-c fsync=off -c synchronous_commit=off"
_WATCH = """
import os, pathlib, shutil, signal, sys
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
try:
    os.kill(int((folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
except OSError:
    pass
shutil.rmtree(folder, ignore_errors=True)
"""
"""Stops a server whose test run was killed: the pipe it reads ends with the run, however that ends."""


def programs() -> Path | None:
    """Return the folder of the server programs, the newest there is."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def server(*, is_durable: bool = False) -> Iterator[Path | None]:
    """Run a server on a socket in a folder of its own; ``None`` where there is no PostgreSQL.

    One that ``is_durable`` keeps what it acknowledged, as it does in production.
    """
    where = programs()
    if where is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="hongyan-pg-"))
    owner = _owner(folder)
    data = folder / "data"
    watchman = subprocess.Popen([sys.executable, "-c", _WATCH, folder], stdin=subprocess.PIPE, start_new_session=True)
    try:
        subprocess.run(
            [where / "initdb", "-D", data, "-U", "hongyan", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **owner,
        )
        options = f"-k {folder} -c listen_addresses='' -c max_connections=300 {'' if is_durable else _HASTE}"
        _control(where, folder, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield folder
        finally:
            _control(where, folder, "-m", "immediate", "stop", check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        watchman.communicate()


def restart(folder: Path, *, mode: str = "fast") -> None:
    """Stop a server as ``mode`` says (smart, fast, immediate) and start it again with the options it had."""
    where = programs()
    if where is None:
        raise AssertionError("it runs, so its programs are there")
    _control(where, folder, "-w", "-l", str(folder / "log"), "-m", mode, "restart")


def url(folder: str, name: str) -> str:
    """Return the URL of a database on that server."""
    return f"postgresql+psycopg://hongyan@/{name}?host={folder}"


def _control(where: Path, folder: Path, *arguments: str, check: bool = True) -> None:
    subprocess.run(
        [where / "pg_ctl", "-D", folder / "data", *arguments],
        check=check,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **_owner(folder),
    )


def _owner(folder: Path) -> dict[str, str]:
    """Return who runs the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    name = next(name for name in ("postgres", "nobody") if _exists(name))
    shutil.chown(folder, user=name)
    return {"user": name}


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
