"""The whole state in one file and out of it again, as an operator does it; what is wrong is refused in a sentence."""

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from bot.domain.files import FileStore
from bot.keys import Keys
from content.loader import dump_entries, load_entries
from db import schema
from db.claims import table_of
from db.dump.revisions import Revisions
from db.dump.writing import Source, write
from db.models import FileKind, FileState, Person, StoredFile, Unit, UnitKind
from db.schema import Standing
from db.sql import Database
from tests.commands.conftest import SECRET, CommandLine
from tests.kit import databases, processes
from tests.kit.talk import MORNING, World

KEY = Keys(SECRET).sign("backup", "secret key")
PHOTO = hashlib.sha256(b"a photo").hexdigest()
PERSON = "tables/person.jsonl"
DAMAGED = "is damaged: its bytes are not those that were written."
ROOT = Path(__file__).parents[2]
Parts = list[tuple[str, bytes]]
Change = Callable[[Parts], Parts]


def state_of(url: str) -> dict[str, int] | None:
    """How many rows each table has; nothing where there are no tables."""
    database = databases.opened(url)
    known = inspect(database.engine).get_table_names()
    counts = {
        one.name: database.run(lambda db, one=one: db.query(one).count(), write=False)
        for one in SQLModel.metadata.sorted_tables
        if one.name in known
    }
    database.close()
    return counts or None


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'hongyan.sqlite3'}"


def fill(database: Database, files: Path) -> None:
    """Leave two villages, three people and a photo."""
    digest = FileStore(files).keep(b"a photo")

    def work(db: Any) -> None:
        db.add(Unit(id=1, name="石湾镇街道", kind=UnitKind.COMMITTEE, path="/1/"))
        db.flush()
        db.add(Unit(id=2, name="黎冲村", kind=UnitKind.VILLAGE, path="/1/2/", parent_id=1))
        db.flush()
        db.add_all([Person(name=name, unit_id=2, created_at=MORNING) for name in ("李", "王", "陈")])
        kept = {"kind": FileKind.PHOTO, "state": FileState.KEPT, "channel": "test", "account": "bot"}
        db.add(StoredFile(**kept, digest=digest, created_at=MORNING, next_at=MORNING))

    database.run(work)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, sqlite_maker: databases.SqliteMaker) -> Path:
    """A backup that nothing is wrong with."""
    folder = tmp_path_factory.mktemp("sound")
    database = databases.opened(sqlite_maker.make())
    fill(database, folder / "files")
    source = Source("0.1.0", KEY, MORNING, folder / "files", FileStore(folder / "files").path)
    write(database, folder / "backup", source, revisions=Revisions())
    database.close()
    return folder / "backup"


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite"])
def move(
    request: pytest.FixtureRequest,
    sqlite_maker: databases.SqliteMaker,
    postgresql_maker: databases.PostgresqlMaker,
    tmp_path: Path,
) -> Iterator[tuple[str, str]]:
    """A migrated database, and a place for a new one of the other kind."""
    made, empty = postgresql_maker.make(), postgresql_maker.make_empty()
    yield (sqlite_maker.make(), empty) if request.param.startswith("sqlite") else (made, sqlite_url(tmp_path))
    for url in (made, empty):
        postgresql_maker.drop(url)


def altered(backup: Path, target: Path, change: Change) -> Path:
    """Write the backup anew with its parts changed."""
    with ZipFile(backup) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice
        for name, data in change(parts):
            archive.writestr(name, data)
    return target


def edited(edit: Callable[[dict[str, Any]], object]) -> Change:
    """Change the manifest and nothing else."""

    def change(parts: Parts) -> Parts:
        manifest = json.loads(dict(parts)["manifest.json"])
        edit(manifest)
        return [*without("manifest.json")(parts), ("manifest.json", json.dumps(manifest).encode())]

    return change


def rows_with(name: str, edit: Callable[[bytes], bytes]) -> Change:
    """Change the rows of a table so that size, count and digest agree with them."""

    def change(parts: Parts) -> Parts:
        data = edit(dict(parts)[f"tables/{name}.jsonl"])
        new = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "rows": data.count(b"\n")}
        kept = [(one, data if one == f"tables/{name}.jsonl" else old) for one, old in parts]
        return edited(lambda it: person(it, name).update(new))(kept)

    return change


def person(manifest: dict[str, Any], name: str = "person") -> dict[str, Any]:
    return next(one for one in manifest["tables"] if one["name"] == name)


def without(name: str) -> Change:
    return lambda parts: [part for part in parts if part[0] != name]


def with_part(name: str) -> Change:
    """Put in one more part, with the people in it."""
    return lambda parts: [*parts, (name, dict(parts)[PERSON])]


def table_with(**new: object) -> Change:
    return edited(lambda it: person(it).update(new))


def both(one: Change, other: Change) -> Change:
    return lambda parts: other(one(parts))


def test_a_backup_is_one_private_file_and_says_what_it_holds(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    database = databases.opened(sqlite_url(tmp_path / "data"))
    fill(database, tmp_path / "data" / "files")
    database.close()
    backup = tmp_path / "backup"

    done = installed("backup", backup)
    installed.set(data_dir=tmp_path / "new")
    back = installed("restore", backup)

    counts = state_of(sqlite_url(tmp_path / "data")) or {}
    told = f"{sum(counts.values())} rows, 1 files, {backup.stat().st_size} bytes.\n"
    assert (done.code, done.out, done.err) == (0, f"Backed up: {told}", "")
    assert (back.code, back.out, back.err) == (0, f"Restored: {told}", "")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert list(tmp_path.glob("*backup*")) == [backup]
    assert state_of(sqlite_url(tmp_path / "new")) == counts
    assert FileStore(tmp_path / "new" / "files").path(PHOTO).read_bytes() == b"a photo"
    assert installed("check").code == 0


def test_the_conversation_goes_on_in_a_database_of_the_other_kind(
    hongyan: CommandLine, move: tuple[str, str], tmp_path: Path
) -> None:
    old_url, new_url = move
    hongyan.set(secret_key=processes.SECRET, database_url=old_url)
    hongyan("migrate")
    old = World(databases.opened(old_url))
    old.person("wang").says("办事", "0")
    asked = old.person("li").inbound("报销")
    answer = old.engine.take(asked).reply
    assert answer is not None
    backup = hongyan("backup", tmp_path / "backup")
    hongyan.set(database_url=new_url, data_dir=tmp_path / "new")
    restore = hongyan("restore", tmp_path / "backup")

    new = World(databases.opened(new_url), clock=old.clock)
    again = new.engine.take(asked).reply
    on_old, on_new = old.person("li").says("1"), new.person("li").says("1")
    stranger = new.person("chen").says("你好")
    old.database.close()
    new.database.close()

    assert (backup.code, restore.code) == (0, 0)
    assert again is not None
    assert (again.id, again.message) == (answer.id, answer.message)
    assert (on_new, on_new.outbox_id, on_new.message) == (on_old, on_old.outbox_id, on_old.message)
    assert on_new.outbox_id > answer.id
    assert stranger.outbox_id > on_new.outbox_id


def test_a_backup_made_before_an_upgrade_is_brought_up_to_date(installed: CommandLine, tmp_path: Path) -> None:
    old, new = (databases.opened(sqlite_url(tmp_path / one)) for one in ("data", "new"))
    with old.migration() as connection:
        Revisions().climb(connection, "0001")
    made = installed("backup", tmp_path / "backup")
    installed.set(data_dir=tmp_path / "new")
    ran = installed("restore", tmp_path / "backup")

    marks = new.run(lambda db: db.execute(text("SELECT name FROM version")).scalars().all(), write=False)
    stood = [schema.standing(one) for one in (old, new)]
    old.close()
    new.close()

    assert (made.code, ran.code, stood) == (0, 0, [Standing.BEHIND, Standing.CURRENT])
    assert marks == ["schema.oldest_code"]


def test_a_file_that_is_there_is_not_replaced(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    (tmp_path / "backup").write_text("precious")

    ran = installed("backup", tmp_path / "backup")

    said = f"{tmp_path / 'backup'} is there already; a backup never replaces a file."
    assert (ran.code, ran.out, ran.complaints) == (1, "", [said])
    assert (tmp_path / "backup").read_text() == "precious"


def test_where_there_is_no_database_nothing_is_made(installed: CommandLine, tmp_path: Path) -> None:
    ran = installed("backup", tmp_path / "backup")

    file = tmp_path / "data" / "hongyan.sqlite3"
    assert (ran.code, ran.complaints) == (1, [f"There is nothing to back up: there is no database {file}."])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_without_the_secret_nothing_is_done(hongyan: CommandLine, sound: Path, tmp_path: Path, command: str) -> None:
    ran = hongyan(command, sound if command == "restore" else tmp_path / "backup")

    assert (ran.code, ran.complaints) == (1, ["HONGYAN_SECRET_KEY is missing or shorter than 32 characters."])
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_or_read_are_named(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    (tmp_path / "file").touch()
    places = [tmp_path / "nowhere" / "backup", tmp_path / "file" / "backup"]

    ran = [installed("backup", one) for one in places] + [installed("restore", one) for one in places]

    reasons = ["No such file or directory", "Not a directory"]
    assert [one.complaints for one in ran] == [
        [f"Cannot {act} {place}: {reason}."]
        for act in ("write", "read")
        for place, reason in zip(places, reasons, strict=True)
    ]


def test_files_that_are_gone_or_damaged_are_told(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    files = tmp_path / "data" / "files"
    database = databases.opened(sqlite_url(tmp_path / "data"))
    fill(database, files)
    database.close()
    FileStore(files).path(FileStore(files).keep(b"another")).write_bytes(b"touched")
    FileStore(files).path(PHOTO).unlink()

    told = installed("backup", tmp_path / "backup")
    installed.set(database_url=sqlite_url(tmp_path / "data"), data_dir=tmp_path / "elsewhere")
    refused = installed("backup", tmp_path / "second")

    assert (told.code, told.complaints) == (
        0,
        [
            f"1 files that are noted as kept are not in {files}; the backup lacks them too.",
            f"1 files in {files} are damaged; they are in the backup as they are.",
        ],
    )
    folder = tmp_path / "elsewhere" / "files"
    assert (refused.code, refused.complaints) == (
        1,
        [f"The database names 1 files but there is no folder {folder}; set HONGYAN_DATA_DIR."],
    )


def test_a_backup_that_fails_halfway_leaves_no_file(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    (FileStore(tmp_path / "data" / "files").path("f" * 64)).mkdir(parents=True)  # it cannot be read as a file

    ran = installed("backup", tmp_path / "backup")

    assert ran.complaints == [f"Cannot read {FileStore(tmp_path / 'data' / 'files').path('f' * 64)}: Is a directory."]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_full_disk_leaves_no_file(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    FileStore(tmp_path / "data" / "files").keep(os.urandom(500_000))
    script = f"ulimit -f 200; exec {sys.executable} -m bot backup {tmp_path / 'backup'}"

    ran = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=tmp_path,
        env={**processes.environment(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", f"Cannot write {tmp_path / 'backup'}: File too large.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.e2e
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_backup_leaves_no_file_under_its_name(
    installed: CommandLine, tmp_path: Path, end: signal.Signals
) -> None:
    installed("migrate")
    pipe = FileStore(tmp_path / "data" / "files").path("f" * 64)
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)

    with processes.hongyan("backup", str(tmp_path / "backup"), folder=tmp_path) as process, processes.reading(pipe):
        begun = [path.stat().st_mode & 0o777 for path in tmp_path.glob(".backup.*")]
        process.send_signal(end)
        code = process.wait(timeout=20)

    assert (begun, code != 0, (tmp_path / "backup").exists()) == ([0o600], True, False)
    assert len(list(tmp_path.glob(".backup.*"))) == (1 if end is signal.SIGKILL else 0)


NEWER = " was written by a newer version of Hongyan; install that version."
OTHER_KEY = " was made under another HONGYAN_SECRET_KEY; set that one and try again."
WHERE = f"revision {max(Revisions().known)} of the database"
COLUMNS = [column.name for column in table_of(Person).columns]
WRONG: list[tuple[str, Change]] = [
    (f" lacks parts: '{PERSON}'.", without(PERSON)),
    (f" lacks parts: 'files/{PHOTO}'.", without(f"files/{PHOTO}")),
    (f" has parts twice: '{PERSON}'.", with_part(PERSON)),
    (" has parts that do not belong to it: '../evil\\x1b[2J'.", with_part("../evil\x1b[2J")),
    (f"'s manifest.json names parts twice: '{PERSON}'.", edited(lambda it: it["tables"].append(person(it)))),
    (f"'s {PERSON} has 3 rows where 5 were written.", table_with(rows=5)),
    (f"'s files/{PHOTO} has 7 bytes where 1 bytes were written.", edited(lambda it: it["files"][0].update(size=1))),
    (f"'s {PERSON} {DAMAGED}", table_with(sha256="0" * 64)),
    (
        f"'s files/{PHOTO} {DAMAGED}",
        both(without(f"files/{PHOTO}"), lambda parts: [*parts, (f"files/{PHOTO}", b"a phony")]),
    ),
    (
        f" has tables that {WHERE} does not know: 'spell'.",
        both(with_part("tables/spell.jsonl"), edited(lambda it: it["tables"].append({**person(it), "name": "spell"}))),
    ),
    (f" lacks tables of {WHERE}: 'person'.", both(without(PERSON), edited(lambda it: it["tables"].remove(person(it))))),
    (f"'s table person has columns that {WHERE} does not know: 'colour'.", table_with(columns=[*COLUMNS, "colour"])),
    (f"'s table person lacks columns of {WHERE}: 'id'.", table_with(columns=COLUMNS[1:])),
    ("'s table person has columns twice: 'id'.", table_with(columns=[*COLUMNS, "id"])),
    ("'s manifest.json cannot be read: files: Field required.", edited(lambda it: it.pop("files"))),
    (
        "'s manifest.json cannot be read: files.0.name: String should match pattern '^[0-9a-f]{64}$'.",
        edited(lambda it: it["files"][0].update(name="../photo")),
    ),
    (OTHER_KEY, edited(lambda it: it.update(key="other"))),
    (NEWER, edited(lambda it: it.update(revision="9999"))),
    (NEWER, edited(lambda it: it.update(format=2, new=1))),
]


@pytest.mark.parametrize(("sentence", "change"), WRONG)
def test_a_backup_that_is_not_as_it_was_written_changes_nothing(
    installed: CommandLine, sound: Path, tmp_path: Path, sentence: str, change: Change
) -> None:
    backup = altered(sound, tmp_path / "backup", change)

    ran = installed("restore", backup)

    assert (ran.code, ran.out, ran.complaints) == (1, "", [f"The backup{sentence}"])
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def flipped(data: bytes) -> bytes:
    at = data.index(PERSON.encode()) + len(PERSON) + 30
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


CUT = "{file} was cut short or is damaged: its list of contents cannot be read."
NO_MANIFEST = "{file} is no backup: it has 0 manifest.json where one is expected."
BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a flipped byte": (flipped, f"The backup's {PERSON} {DAMAGED}"),
    "cut short": (lambda data: data[:-1], CUT),
    "nothing": (lambda _: b"", "{file} is no backup."),
    "something else": (lambda _: b"SQLite format 3\x00" * 100, "{file} is no backup."),
    "a zip of nothing": (lambda _: b"PK\x05\x06" + bytes(18), NO_MANIFEST),
}


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_file_that_was_broken_changes_nothing(
    installed: CommandLine, sound: Path, tmp_path: Path, wrong: str
) -> None:
    break_, sentence = BROKEN[wrong]
    backup = tmp_path / "backup"
    backup.write_bytes(break_(sound.read_bytes()))

    ran = installed("restore", backup)

    assert (ran.code, ran.out, ran.complaints) == (1, "", [sentence.format(file=backup)])
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


UNREADABLE = "The backup's tables/person.jsonl has a row that cannot be read: line"
BROKEN_KEY = 'insert or update on table "person" violates foreign key constraint'
NOT_TAKEN = "The database does not take the backup:"
UNFIT: dict[str, tuple[Change, str, str]] = {
    "a row that is none": (rows_with("person", lambda data: data + b"{}\n"), *[f"{UNREADABLE} 4."] * 2),
    "a row too long": (rows_with("person", lambda data: data.replace(b"]", b",1]")), *[f"{UNREADABLE} 1."] * 2),
    "another kind": (rows_with("person", lambda data: data.replace(b"[2,", b'["2",')), *[f"{UNREADABLE} 2."] * 2),
    "half a character": (
        rows_with("person", lambda data: data.replace("李".encode(), b"\\ud83e")),
        *["The backup has a value that the database cannot keep; nothing was changed."] * 2,
    ),
    "people of a village that is not there": (
        rows_with("unit", lambda data: data.replace(b"[2,", b"[3,")),
        "The backup's tables/person.jsonl refers to rows that are not there.",
        f'{NOT_TAKEN} ForeignKeyViolation: {BROKEN_KEY} "fk_person_unit_id_unit".',
    ),
    "the same row twice": (
        rows_with("version", lambda data: data + data),
        f"{NOT_TAKEN} IntegrityError: UNIQUE constraint failed: version.name.",
        f'{NOT_TAKEN} UniqueViolation: duplicate key value violates unique constraint "pk_version".',
    ),
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("wrong", UNFIT)
def test_rows_that_do_not_fit_leave_the_database_empty_and_no_files(
    installed: CommandLine, sound: Path, tmp_path: Path, request: pytest.FixtureRequest, wrong: str, kind: str
) -> None:
    change, on_sqlite, on_postgresql = UNFIT[wrong]
    backup = altered(sound, tmp_path / "backup", change)
    url = sqlite_url(tmp_path)
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql_maker").make_empty()
    installed.set(database_url=url)

    ran = installed("restore", backup)

    assert (ran.code, ran.out, ran.complaints) == (1, "", [on_sqlite if kind == "sqlite" else on_postgresql])
    assert state_of(url) is None
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [["say", "你好"], ["entries", "import", "pack.yaml"], ["restore"]])
def test_a_database_somebody_used_is_left_alone(
    installed: CommandLine, sound: Path, tmp_path: Path, words: list[str]
) -> None:
    edited = load_entries()[0].model_copy(update={"answer": "本地说法。", "figures": ()})
    (tmp_path / "pack.yaml").write_text(dump_entries([edited]), encoding="utf-8")
    used = installed(*words, *([sound] if words == ["restore"] else []))
    before = state_of(sqlite_url(tmp_path / "data"))

    ran = installed("restore", sound)

    assert (used.code, ran.code, ran.out) == (0, 1, "")
    assert [one.partition(", its table ")[0] for one in ran.complaints] == ["The database is not empty"]
    assert state_of(sqlite_url(tmp_path / "data")) == before
    assert FileStore(tmp_path / "data" / "files").path(PHOTO).exists() == (words == ["restore"])


def test_files_that_cannot_be_put_in_place_leave_the_database_empty(
    installed: CommandLine, sound: Path, tmp_path: Path
) -> None:
    part = {"name": "f" * 64, "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    change = edited(lambda it: it["files"].append(part))
    backup = altered(sound, tmp_path / "backup", lambda parts: change([*parts, (f"files/{'f' * 64}", b"x")]))
    files = tmp_path / "data" / "files"
    files.mkdir(parents=True)
    (files / "ff").write_text("in the way")

    ran = installed("restore", backup)

    assert (ran.code, ran.complaints) == (1, [f"Cannot write {files / 'ff' / ('f' * 64)}: Not a directory."])
    assert state_of(sqlite_url(tmp_path / "data")) is None
    assert [path.name for path in files.iterdir()] == ["ff"]
