"""Files people sent: written down in the turn, kept by the digest of their bytes."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from bot.domain import files
from bot.domain.files import LARGEST, FileStore, IncomingFile, KeptFile
from bot.domain.persons import people
from db.models import FileKind, FileState, StoredFile
from tests.kit.post import target
from tests.kit.talk import MORNING

PHOTO = IncomingFile(kind=FileKind.PHOTO, remote_id="a photo", name="灯.jpg", media_type="image/jpeg", size=5)

LATER = MORNING + timedelta(days=3)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def note(db: Session, *sent: IncomingFile, channel: str = "test") -> tuple[int, ...]:
    source = people.Target(channel, "bot", "li")
    return files.note(db, sent, person_id=None, source=source, now=MORNING)


def test_bytes_are_kept_under_their_digest(store: FileStore, tmp_path: Path) -> None:
    digest = store.keep(b"bytes")

    assert digest == hashlib.sha256(b"bytes").hexdigest()
    assert store.path(digest) == tmp_path / "files" / digest[:2] / digest
    assert store.path(digest).read_bytes() == b"bytes"


def test_the_same_bytes_are_kept_once_and_nothing_half_written_stays(store: FileStore, tmp_path: Path) -> None:
    digests = {store.keep(b"bytes") for _ in range(3)}

    assert [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()] == list(digests)


def test_the_largest_file_is_kept(store: FileStore) -> None:
    assert store.path(store.keep(b"x" * LARGEST)).stat().st_size == LARGEST


@pytest.mark.parametrize("data", [b"", b"x" * (LARGEST + 1)], ids=["nothing", "too much"])
def test_nothing_and_too_much_are_refused(store: FileStore, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="empty or too large"):
        store.keep(data)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [100, 4_000_000])
def test_the_same_photo_from_many_at_once_is_kept_whole(store: FileStore, size: int) -> None:
    data, start = b"p" * size, Barrier(8)

    def keep(_number: int) -> str:
        start.wait()
        return store.keep(data)

    with ThreadPoolExecutor(8) as threads:
        digests = set(threads.map(keep, range(8)))

    assert [store.path(one).read_bytes() == data for one in digests] == [True]


def test_what_was_sent_is_written_down_in_order(db: Session) -> None:
    voice = IncomingFile(kind=FileKind.VOICE, digest="d" * 64, media_type="audio/ogg")

    ids = note(db, PHOTO, voice)

    rows = files.rows(db, ids)
    assert [(row.kind, row.state, row.name, row.media_type) for row in rows] == [
        (FileKind.PHOTO, FileState.WAITING, "灯.jpg", "image/jpeg"),
        (FileKind.VOICE, FileState.KEPT, "", "audio/ogg"),
    ]
    assert [(row.channel, row.account, row.created_at) for row in rows] == [("test", "bot", MORNING)] * 2


@pytest.mark.parametrize(
    ("field", "length", "kept"), [("name", 500, 120), ("media_type", 500, 80), ("remote_id", 200, 200)]
)
def test_long_words_about_a_file_are_cut_to_what_is_kept(db: Session, field: str, length: int, kept: int) -> None:
    [file_id] = note(db, IncomingFile(kind=FileKind.DOCUMENT, **{field: "名" * length}))

    assert getattr(db.get_one(StoredFile, file_id), field) == "名" * kept


@pytest.mark.parametrize("name", ["a\x00b.pdf", "a\ud800b.pdf"], ids=["zero", "half a character"])
def test_a_name_no_database_keeps_does_not_stop_the_file(db: Session, name: str) -> None:
    [file_id] = note(db, IncomingFile(kind=FileKind.DOCUMENT, name=name))

    assert db.get_one(StoredFile, file_id).name == "ab.pdf"


def test_nothing_sent_is_nothing_written(db: Session) -> None:
    assert note(db) == ()


def test_what_waits_is_listed_the_oldest_first(db: Session) -> None:
    first, second, third = note(db, PHOTO, PHOTO, PHOTO)
    files.missed(db, first, now=MORNING)
    elsewhere = note(db, PHOTO, channel="other")
    db.flush()

    assert files.waiting(db, ["test"], now=LATER, limit=10) == [
        (one, "test", "a photo") for one in (first, second, third)
    ]
    assert files.waiting(db, ["test"], now=LATER, limit=1) == [(first, "test", "a photo")]
    assert [row[0] for row in files.waiting(db, ["other"], now=LATER, limit=10)] == list(elsewhere)
    assert files.waiting(db, [], now=LATER, limit=10) == []


def test_a_file_that_arrived_can_be_sent_on(db: Session, store: FileStore) -> None:
    [file_id] = note(db, PHOTO)
    before = store.kept(db, file_id)
    digest = store.keep(b"bytes")
    files.arrived(db, file_id, digest, 5)
    db.expire_all()

    assert before is None
    assert store.kept(db, file_id) == KeptFile(file_id, FileKind.PHOTO, store.path(digest), "灯.jpg", "image/jpeg")
    assert files.waiting(db, ["test"], now=LATER, limit=10) == []


def test_a_file_missed_for_too_long_is_lost(db: Session, store: FileStore) -> None:
    [file_id] = note(db, PHOTO)
    files.missed(db, file_id, now=MORNING + timedelta(days=2))
    db.flush()

    assert db.get_one(StoredFile, file_id).state is FileState.LOST
    assert (store.kept(db, file_id), files.waiting(db, ["test"], now=LATER, limit=10)) == (None, [])


def test_a_file_nobody_sent_cannot_be_sent_on(db: Session, store: FileStore) -> None:
    assert (store.kept(db, 99), files.rows(db, [99]), files.rows(db, [])) == (None, [], [])


def test_files_of_an_address_keep_whose_they_are(db: Session) -> None:
    li, _ = people.known_at(db, target("li"), now=MORNING)
    [file_id] = files.note(db, [PHOTO], person_id=li.id, source=target("li"), now=MORNING)

    assert [row.person_id for row in files.rows(db, [file_id])] == [li.id]
