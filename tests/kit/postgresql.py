"""A real PostgreSQL for one test run: started as another user when the tests run as root, removed afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "HONGYAN_TEST_POSTGRESQL"
"""Where the running server's socket folder is handed to xdist's workers."""


def programs() -> Path | None:
    """Return the folder of the server programs, the newest there is."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def server() -> Iterator[Path | None]:
    """Run a server on a socket in a folder of its own; ``None`` where there is no PostgreSQL."""
    where = programs()
    if where is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="hongyan-pg-"))
    owner = _owner(folder)
    data = folder / "data"
    try:
        subprocess.run(
            [where / "initdb", "-D", data, "-U", "hongyan", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **owner,
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=300 -c synchronous_commit=off"
        subprocess.run(
            [where / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **owner,
        )
        try:
            yield folder
        finally:
            subprocess.run(
                [where / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
                check=False,
                stdout=subprocess.DEVNULL,
                cwd=folder,
                **owner,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url(folder: str, name: str) -> str:
    """Return the URL of a database on that server."""
    return f"postgresql+psycopg://hongyan@/{name}?host={folder}"


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
