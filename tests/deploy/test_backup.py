"""The nightly backup: a new file each time, the newest fourteen kept, nothing lost when it fails."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import databases
from tests.kit.processes import environment
from tests.kit.sources import ROOT

pytestmark = pytest.mark.integration
OLDER = [f"hongyan-202001{day:02}T030000Z.zip" for day in range(1, 21)]
PROGRAMS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


@pytest.fixture
def database_file(sqlite_maker: databases.SqliteMaker) -> Iterator[str]:
    url = sqlite_maker.make()
    yield url
    sqlite_maker.drop(url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with twenty older backups, half of another one, and something else."""
    place = tmp_path / "backups of hongyan"
    place.mkdir()
    for name in (*OLDER, ".hongyan-20200121T030000Z.zip.3f2a.part", "notes.txt"):
        (place / name).touch()
    return place


def back_up(folder: Path, database_url: str, **more: str) -> int:
    settings = environment(folder.parent, HONGYAN_DATABASE_URL=database_url, PATH=PROGRAMS, **more)
    return subprocess.run(
        [ROOT / "deploy" / "backup.sh", folder], env=settings, cwd=folder.parent, check=False
    ).returncode


def test_a_backup_is_made_and_the_newest_fourteen_are_kept(folder: Path, database_file: str) -> None:
    done = back_up(folder, database_file)

    kept = sorted(path.name for path in folder.iterdir())
    assert (done, kept[:13], len(kept), kept[-1]) == (0, OLDER[7:], 15, "notes.txt")
    assert (folder / kept[13]).stat().st_size > 0
    assert (folder / kept[13]).stat().st_mode & 0o077 == 0


def test_a_backup_that_fails_says_so_and_removes_none(folder: Path, tmp_path: Path) -> None:
    done = back_up(folder, f"sqlite:///{tmp_path}/there is no database")

    assert (done != 0, sorted(path.name for path in folder.iterdir())) == (True, [*OLDER, "notes.txt"])


def test_a_good_backup_is_told_to_whoever_watches(folder: Path, database_file: str, tmp_path: Path) -> None:
    watched = tmp_path / "watched"
    watched.mkdir()

    done = back_up(folder, database_file, METRICS_FOLDER=str(watched))

    [told] = watched.iterdir()
    name, moment = told.read_text(encoding="utf-8").splitlines()[-1].split()
    assert (done, told.name, name) == (0, "hongyan_backup.prom", "hongyan_backup_last_success_timestamp_seconds")
    assert int(moment) == pytest.approx(told.stat().st_mtime, abs=5)
    assert told.stat().st_mode & 0o777 == 0o644
