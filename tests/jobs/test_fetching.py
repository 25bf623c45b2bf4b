"""Files people sent: fetched after their turn, kept by the digest of their bytes, given up only with patience."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Refused, TryLater
from bot.domain import files
from bot.domain.files import LARGEST, FileStore, IncomingFile
from bot.domain.outgoing.outbox import Target
from bot.jobs.fetching import Fetching
from bot.pictures import anew
from db.models import FileKind, FileState, StoredFile
from tests.kit.channels import FakeChannel
from tests.kit.photos import photo
from tests.kit.post import Post, target


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def fetching(post: Post, channel: FakeChannel, store: FileStore) -> Fetching:
    return Fetching(post.database, {"test": channel}, store, clock=post.clock)


def note(post: Post, *remote_ids: str) -> list[int]:
    """Write down files somebody sent and return their ids."""
    sent = [IncomingFile(kind=FileKind.PHOTO, remote_id=one) for one in remote_ids]
    return list(post.database.run(lambda db: files.note(db, sent, person_id=None, source=target("li"), now=post.now)))


def standing(post: Post, file_id: int) -> tuple[FileState, int]:
    """Where a file stands and how often fetching it failed."""
    row = post.database.run(lambda db: db.get_one(StoredFile, file_id))
    return row.state, row.attempts


async def test_a_file_is_fetched_and_kept_with_its_size(
    post: Post, channel: FakeChannel, store: FileStore, fetching: Fetching
) -> None:
    channel.files["a photo"] = b"bytes"
    [file_id] = note(post, "a photo")

    assert await fetching.sweep() == 1

    kept = post.database.run(lambda db: store.kept(db, file_id))
    row = post.database.run(lambda db: db.get_one(StoredFile, file_id))
    assert (kept.path.read_bytes(), row.state, row.size) == (b"bytes", FileState.KEPT, 5)
    assert row.digest == hashlib.sha256(b"bytes").hexdigest()
    assert await fetching.sweep() == 0


async def test_a_photo_is_made_anew_and_a_paper_is_not(post: Post, channel: FakeChannel, store: FileStore) -> None:
    picture = photo(kind="PNG")
    channel.files |= {"sent.png": picture, "drawn.png": picture}
    fetching = Fetching(post.database, {"test": channel, files.PRESS: channel}, store, clock=post.clock)
    sent = note(post, "sent.png")
    drawn = [IncomingFile(kind=FileKind.PHOTO, remote_id="drawn.png", name="drawn.png", media_type="image/png")]
    press = Target(files.PRESS, files.PRESS, "")
    made = post.database.run(lambda db: files.note(db, drawn, person_id=None, source=press, now=post.now))

    await fetching.sweep()

    rows = [post.database.run(lambda db, one=one: db.get_one(StoredFile, one)) for one in (*sent, *made)]
    kept = [(store.path(one.digest).read_bytes(), one.media_type, one.size) for one in rows]
    assert kept == [(anew(picture), "image/jpeg", len(anew(picture))), (picture, "image/png", len(picture))]


async def test_the_same_bytes_are_kept_once(
    post: Post, channel: FakeChannel, tmp_path: Path, fetching: Fetching
) -> None:
    channel.files |= {"one": b"same", "two": b"same"}
    note(post, "one", "two")

    assert await fetching.sweep() == 2
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


async def test_files_come_in_the_order_they_were_sent_a_few_at_a_time(
    post: Post, channel: FakeChannel, fetching: Fetching
) -> None:
    names = [f"photo {number}" for number in range(12)]
    channel.files |= dict.fromkeys(names, b"bytes")
    note(post, *names)

    assert [await fetching.sweep() for _ in range(3)] == [10, 2, 0]
    assert channel.tried == names


async def test_a_fetch_that_fails_is_tried_again(post: Post, channel: FakeChannel, fetching: Fetching) -> None:
    channel.files["a photo"] = b"bytes"
    channel.misbehave("a photo", TryLater("server error"))
    [file_id] = note(post, "a photo")
    await fetching.sweep()
    assert standing(post, file_id) == (FileState.WAITING, 1)

    post.clock.turn(timedelta(hours=1))
    await fetching.sweep()

    assert standing(post, file_id)[0] is FileState.KEPT


async def test_a_fault_in_one_file_does_not_stop_the_others(
    post: Post, channel: FakeChannel, fetching: Fetching
) -> None:
    channel.files["fine"] = b"bytes"
    channel.misbehave("bad", Refused("gone"))
    bad, fine = note(post, "bad", "fine")

    await fetching.sweep()

    assert (standing(post, bad)[0], standing(post, fine)[0]) == (FileState.WAITING, FileState.KEPT)


async def test_a_fault_nobody_thought_of_does_not_stop_the_others(
    post: Post, channel: FakeChannel, fetching: Fetching
) -> None:
    channel.files["fine"] = b"bytes"
    channel.misbehave("bad", ZeroDivisionError())
    _, fine = note(post, "bad", "fine")

    await fetching.sweep()

    assert standing(post, fine)[0] is FileState.KEPT


async def test_a_few_seconds_of_trouble_lose_no_photo(post: Post, channel: FakeChannel, fetching: Fetching) -> None:
    channel.files["a photo"] = b"bytes"
    channel.misbehave("a photo", TryLater("server error"), times=6)
    [file_id] = note(post, "a photo")
    for _ in range(10):
        await fetching.sweep()
        post.clock.turn(timedelta(seconds=1))
    for _ in range(4):
        post.clock.turn(timedelta(hours=1))
        await fetching.sweep()

    assert standing(post, file_id)[0] is FileState.KEPT


async def test_a_file_that_never_comes_is_given_up(post: Post, channel: FakeChannel, fetching: Fetching) -> None:
    channel.misbehave("a photo", TryLater("server error"), times=1000)
    [file_id] = note(post, "a photo")
    for _ in range(60):
        await fetching.sweep()
        post.clock.turn(timedelta(hours=1))

    assert standing(post, file_id)[0] is FileState.LOST
    assert await fetching.sweep() == 0


@pytest.mark.parametrize("data", [b"", b"x" * (LARGEST + 1)], ids=["empty", "too large"])
async def test_nothing_and_too_much_are_not_kept(
    post: Post, channel: FakeChannel, fetching: Fetching, data: bytes
) -> None:
    channel.files["a photo"] = data
    [file_id] = note(post, "a photo")

    await fetching.sweep()

    assert standing(post, file_id) == (FileState.WAITING, 1)


async def test_a_file_of_a_channel_that_is_not_here_waits(post: Post, store: FileStore) -> None:
    [file_id] = note(post, "a photo")

    assert await Fetching(post.database, {}, store, clock=post.clock).sweep() == 0
    assert standing(post, file_id) == (FileState.WAITING, 0)
