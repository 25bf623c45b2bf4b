"""Packs come in, local edits stand, every revision is kept, and everybody sees the change at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import entries
from bot.domain.entries import ImportReport, digest
from bot.domain.library import Shelf
from bot.domain.persons import people
from content.loader import load_entries
from content.schema import Entry
from db.claims import table_of
from db.models import AuditLine, EntryRecord, EntryRevision, Origin
from db.sql import Database
from tests.kit.post import target
from tests.kit.talk import MORNING

LATER = MORNING + timedelta(days=1)
PACK = [one for one in load_entries() if one.id.startswith("shiwan.")][:4]
FIRST, SECOND, *_ = PACK


def reworded(entry: Entry, answer: str) -> Entry:
    return entry.model_copy(update={"answer": answer})


def take_in(database: Database, pack: Sequence[Entry]) -> ImportReport:
    return database.run(lambda db: entries.import_pack(db, pack, now=MORNING))


def write_here(database: Database, entry: Entry) -> None:
    database.run(lambda db: entries.edit(db, entry, author=None, now=LATER))


def answers(database: Database) -> dict[str, str]:
    """What is spoken now, by entry."""
    return {entry.id: entry.answer for entry in database.run(entries.spoken)}


def revisions(database: Database, entry_id: str) -> list[tuple[int, Origin, str]]:
    """Every text an entry ever had."""
    kept = select(EntryRevision).where(col(EntryRevision.entry_id) == entry_id).order_by(col(EntryRevision.number))
    return database.run(lambda db: [(one.number, one.origin, one.body["answer"]) for one in db.execute(kept).scalars()])


def differs(database: Database, entry_id: str) -> bool:
    return database.run(lambda db: db.get_one(EntryRecord, entry_id).differs_from_pack)


def test_a_first_pack_is_all_new(database: Database) -> None:
    report = take_in(database, PACK)

    assert report == ImportReport(added=[one.id for one in PACK])
    assert database.run(entries.spoken) == sorted(PACK, key=lambda entry: entry.id)


def test_the_same_pack_again_changes_nothing(database: Database) -> None:
    take_in(database, PACK)

    assert take_in(database, PACK) == ImportReport(unchanged=[one.id for one in PACK])
    assert [revisions(database, one.id) for one in PACK] == [[(1, Origin.PACK, one.answer)] for one in PACK]


def test_a_newer_text_is_spoken_and_the_older_kept(database: Database) -> None:
    take_in(database, PACK)

    report = take_in(database, [reworded(FIRST, "新的答复。"), *PACK[1:]])

    assert report == ImportReport(updated=[FIRST.id], unchanged=[one.id for one in PACK[1:]])
    assert answers(database)[FIRST.id] == "新的答复。"
    assert revisions(database, FIRST.id) == [(1, Origin.PACK, FIRST.answer), (2, Origin.PACK, "新的答复。")]


def test_what_a_pack_leaves_out_is_named_and_stays(database: Database) -> None:
    take_in(database, PACK)

    report = take_in(database, PACK[1:])

    assert report == ImportReport(unchanged=[one.id for one in PACK[1:]], not_in_pack=[FIRST.id])
    assert answers(database)[FIRST.id] == FIRST.answer


def test_a_local_edit_is_spoken_and_its_author_kept(database: Database) -> None:
    take_in(database, PACK)

    def edit(db: Session) -> int | None:
        author, _ = people.known_at(db, target("editor"), now=LATER)
        entries.edit(db, reworded(FIRST, "本地的答复。"), author=author, now=LATER)
        return author.id

    author_id = database.run(edit)

    newest = select(EntryRevision).where(col(EntryRevision.entry_id) == FIRST.id, col(EntryRevision.number) == 2)
    row = database.run(lambda db: db.execute(newest).scalar_one())
    assert (row.origin, row.author_id, row.created_at) == (Origin.LOCAL, author_id, LATER)
    assert (answers(database)[FIRST.id], differs(database, FIRST.id)) == ("本地的答复。", True)


def test_a_newer_pack_does_not_replace_a_local_edit_but_flags_it(database: Database) -> None:
    take_in(database, PACK)
    write_here(database, reworded(FIRST, "本地的答复。"))

    report = take_in(database, [reworded(FIRST, "新的答复。"), *PACK[1:]])

    assert report == ImportReport(kept_local=[FIRST.id], unchanged=[one.id for one in PACK[1:]])
    assert (answers(database)[FIRST.id], differs(database, FIRST.id)) == ("本地的答复。", True)
    assert [origin for _, origin, _ in revisions(database, FIRST.id)] == [Origin.PACK, Origin.LOCAL]


def test_a_pack_that_says_the_same_as_the_local_edit_does_not_differ(database: Database) -> None:
    take_in(database, PACK)
    write_here(database, reworded(FIRST, "本地的答复。"))

    take_in(database, [reworded(FIRST, "本地的答复。"), *PACK[1:]])

    assert differs(database, FIRST.id) is False


def test_an_edit_back_to_the_packs_text_no_longer_differs(database: Database) -> None:
    take_in(database, PACK)
    write_here(database, reworded(FIRST, "本地的答复。"))
    write_here(database, FIRST)

    assert differs(database, FIRST.id) is False
    assert [answer for _, _, answer in revisions(database, FIRST.id)] == [FIRST.answer, "本地的答复。", FIRST.answer]


def test_an_entry_written_here_is_no_packs(database: Database) -> None:
    own = FIRST.model_copy(update={"id": "shiwan.written_here"})
    write_here(database, own)

    report = take_in(database, PACK)

    assert (report.not_in_pack, differs(database, own.id)) == ([own.id], False)
    assert answers(database)[own.id] == own.answer


def test_an_entry_put_away_is_not_exported_as_spoken(database: Database) -> None:
    take_in(database, PACK)
    database.run(lambda db: setattr(db.get_one(EntryRecord, FIRST.id), "retired", True))

    assert FIRST.id not in answers(database)


def test_imports_and_edits_are_audited_when_they_change_something(database: Database) -> None:
    take_in(database, PACK)
    take_in(database, PACK)
    take_in(database, [reworded(FIRST, "新的答复。"), *PACK[1:]])
    write_here(database, reworded(SECOND, "本地的答复。"))
    lines = select(AuditLine.act, AuditLine.subject).order_by(col(AuditLine.id))

    assert database.run(lambda db: [tuple(line) for line in db.execute(lines)]) == [
        ("entries.import", "4 new, 0 newer"),
        ("entries.import", "0 new, 1 newer"),
        ("entries.edit", SECOND.id),
    ]


@pytest.mark.parametrize(
    "others", [(PACK, PACK, PACK), (PACK[:2], PACK[2:], PACK), (PACK, [reworded(FIRST, "新。")], PACK)]
)
def test_imports_at_the_same_moment_take_turns(database: Database, others: tuple[list[Entry], ...]) -> None:
    with ThreadPoolExecutor(3) as threads:
        reports = list(threads.map(lambda pack: take_in(database, pack), others))

    assert sorted(one for report in reports for one in report.added) == sorted(entry.id for entry in PACK)
    numbers = [number for number, _, _ in revisions(database, FIRST.id)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_edits_at_the_same_moment_are_all_kept(database: Database) -> None:
    take_in(database, PACK)
    texts = [f"{name}的说法。" for name in "ABCDEF"]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda text: write_here(database, reworded(FIRST, text)), texts))

    kept = revisions(database, FIRST.id)
    assert [number for number, _, _ in kept] == [1, 2, 3, 4, 5, 6, 7]
    assert sorted(answer for _, origin, answer in kept if origin is Origin.LOCAL) == texts
    assert answers(database)[FIRST.id] == kept[-1][2]


def test_an_import_that_fails_leaves_no_trace(database: Database) -> None:
    def fail(db: Session) -> None:
        entries.import_pack(db, PACK, now=MORNING)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.run(fail)

    counted = select(func.count()).select_from(table_of(EntryRevision))
    assert database.run(lambda db: db.execute(counted).scalar_one()) == 0
    assert database.run(lambda db: Shelf().current(db).version) == ""


def test_equal_texts_have_equal_digests_and_others_do_not() -> None:
    assert digest(FIRST) == digest(Entry.model_validate(FIRST.model_dump(mode="json")))
    assert digest(FIRST) != digest(reworded(FIRST, "新的答复。"))


def test_what_was_taken_in_comes_out_the_same(database: Database) -> None:
    everything = load_entries()
    take_in(database, everything)

    assert database.run(entries.spoken) == sorted(everything, key=lambda entry: entry.id)
