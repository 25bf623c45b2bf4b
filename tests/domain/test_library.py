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


def renamed(database: Database, phrase: str, *, undone: bool = False) -> None:
    """Edit an entry so that it is asked for by a phrase; undone or not."""
    with database.transaction() as db:
        edited = REIMBURSEMENT.model_copy(update={"ask": (*REIMBURSEMENT.ask, phrase)})
        entries.edit(db, edited, author=None, now=MORNING)
        if undone:
            db.rollback()


def test_a_changed_entry_is_found_by_its_new_words_without_a_new_index(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    matcher = current(database, shelf).matcher
    renamed(database, "药罐子的钱")
    library = current(database, shelf)

    assert library.matcher is matcher
    assert [one.entry_id for one in library.matcher.decide("药罐子的钱").matches] == [REIMBURSEMENT.id]


def test_an_entry_put_away_is_found_no_more_by_whoever_knew_it(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    before = current(database, shelf)

    def put_away(db: entries.Session) -> None:
        db.get_one(EntryRecord, REIMBURSEMENT.id).retired = True
        db.get_one(Version, VERSION).mark += "1"

    database.run(put_away)
    after = current(database, shelf)

    assert after.matcher.decide("二次报销怎么办").outcome is Outcome.NONE
    assert (REIMBURSEMENT.id in after.entries, REIMBURSEMENT.id in before.entries) == (False, True)


def test_of_several_changes_those_that_are_undone_are_forgotten_and_the_others_stay(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    current(database, shelf)
    renamed(database, "药罐子的钱")
    current(database, shelf)
    with database.transaction() as db:
        for phrase in ("第一句", "第二句"):
            edited = REIMBURSEMENT.model_copy(update={"ask": (*REIMBURSEMENT.ask, phrase)})
            entries.edit(db, edited, author=None, now=MORNING)
            assert shelf.current(db).matcher.decide(phrase).outcome is Outcome.ANSWER
        db.rollback()

    matcher = current(database, shelf).matcher
    assert [matcher.decide(one).outcome for one in ("药罐子的钱", "第一句", "第二句")] == [
        Outcome.ANSWER,
        Outcome.NONE,
        Outcome.NONE,
    ]


def test_who_holds_the_entries_of_before_still_reads_what_the_index_knows_now(database: Database) -> None:
    take_in(database)
    shelf = Shelf()
    before = current(database, shelf)
    added = REIMBURSEMENT.model_copy(
        update={"id": "shiwan.added", "title": "养狗登记", "ask": ("狗证", "办狗证", "养狗")}
    )
    database.run(lambda db: entries.edit(db, added, author=None, now=MORNING))
    current(database, shelf)

    assert [before.entries[one.entry_id].title for one in before.matcher.decide("狗证").matches] == ["养狗登记"]
    assert added.id not in before.entries
