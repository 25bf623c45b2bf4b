"""The entries as they are spoken now, in every process at once."""

from concurrent.futures import ThreadPoolExecutor

from bot.domain import entries
from bot.domain.library import VERSION, Library, Shelf
from content.loader import load_entries
from content.match import Outcome
from db.models import EntryRecord, Version
from db.sql import Database
from tests.kit import databases
from tests.kit.talk import MORNING

PACK = [one for one in load_entries() if one.id in {"shiwan.second_reimbursement", "shiwan.red_station"}]
REIMBURSEMENT = next(one for one in PACK if one.title == "二次报销")


def current(database: Database, shelf: Shelf) -> Library:
    return database.run(shelf.current, write=False)


def take_in(database: Database) -> None:
    database.run(lambda db: entries.import_pack(db, PACK, now=MORNING))


def say(database: Database, answer: str) -> None:
    edited = REIMBURSEMENT.model_copy(update={"answer": answer})
    database.run(lambda db: entries.edit(db, edited, author=None, now=MORNING))


def test_an_empty_shelf_answers_nothing(database: Database) -> None:
    library = current(database, Shelf())

    assert (library.version, dict(library.entries)) == ("", {})
    assert library.matcher.decide("二次报销怎么办").outcome is Outcome.NONE


def test_what_was_imported_is_found(database: Database) -> None:
    take_in(database)

    library = current(database, Shelf())

    assert dict(library.entries) == {one.id: one for one in PACK}
    assert [match.entry_id for match in library.matcher.decide("二次报销怎么办").matches] == [REIMBURSEMENT.id]


def test_the_same_version_is_loaded_once(database: Database) -> None:
    take_in(database)
    shelf = Shelf()

    assert current(database, shelf) is current(database, shelf)


def test_an_import_that_changes_nothing_makes_nobody_load_again(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    before = current(database, shelf)
    take_in(database)

    assert current(database, shelf) is before


def test_a_change_is_seen_at_once_by_another_process(database_url: str, database: Database) -> None:
    take_in(database)
    other, shelf = databases.opened(database_url), Shelf()
    before = current(other, shelf).entries[REIMBURSEMENT.id].answer
    say(database, "新的答复。")

    after = current(other, shelf).entries[REIMBURSEMENT.id].answer
    other.close()

    assert (before, after) == (REIMBURSEMENT.answer, "新的答复。")


def test_a_change_that_is_rolled_back_is_not_seen(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    before = current(database, shelf)
    with database.transaction() as db:
        edited = REIMBURSEMENT.model_copy(update={"answer": "未提交。"})
        entries.edit(db, edited, author=None, now=MORNING)
        inside = shelf.current(db).entries[REIMBURSEMENT.id].answer
        db.rollback()

    assert (inside, current(database, shelf).entries[REIMBURSEMENT.id].answer) == (
        "未提交。",
        before.entries[REIMBURSEMENT.id].answer,
    )


def test_another_text_under_the_same_number_is_not_mistaken_for_one_rolled_back(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    with database.transaction() as db:
        entries.edit(db, REIMBURSEMENT.model_copy(update={"answer": "未提交。"}), author=None, now=MORNING)
        shelf.current(db)
        db.rollback()
    say(database, "提交了。")

    assert current(database, shelf).entries[REIMBURSEMENT.id].answer == "提交了。"


def test_an_entry_put_away_is_not_on_the_shelf(database: Database) -> None:
    take_in(database)

    def put_away(db: entries.Session) -> None:
        db.get_one(EntryRecord, REIMBURSEMENT.id).retired = True
        db.get_one(Version, VERSION).mark += "1"

    database.run(put_away)

    assert REIMBURSEMENT.id not in current(database, Shelf()).entries


def test_many_turns_at_once_share_one_library(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    with ThreadPoolExecutor(4) as threads:
        libraries = list(threads.map(lambda _: current(database, shelf), range(12)))

    assert len({id(library) for library in libraries}) == 1
