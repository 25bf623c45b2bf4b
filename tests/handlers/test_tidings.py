"""Whoever asked in vain is told as they may be told things: awake, not too often, and by every process alike."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import entries, questions, unasked
from bot.domain.questions import Outcome
from content.loader import dump_entries, load_entries
from content.schema import LOCAL
from db.models import Address, Role, UnaskedCount
from tests.handlers.conftest import Neighbour, Village
from tests.kit import databases
from tests.kit.talk import World

QUESTION = "村里祠堂可以摆酒吗"
ANSWER = "可以，提前7天到村委登记"


@pytest.fixture
def deputy(village: Village) -> Neighbour:
    return village.cadre("deputy", "番村", Role.CADRE)


def publish(author: Neighbour, reviewer: Neighbour) -> None:
    """Write an entry about it and have it published."""
    author.says("新条目 祠堂摆酒", ANSWER, "1")
    reviewer.hears()
    assert reviewer.says("1") == "drafts/published"


def test_another_process_answers_with_it_in_its_next_turn(
    village: Village, secretary: Neighbour, deputy: Neighbour, database_url: str
) -> None:
    other = databases.opened(database_url)
    elsewhere = Neighbour(World(other, clock=village.world.clock), "wang")
    assert elsewhere.says(QUESTION) == "entries/none"

    publish(secretary, deputy)

    assert elsewhere.says(QUESTION) == "entries/entry"
    other.close()


def test_at_night_nobody_is_woken_by_an_answer(
    village: Village, li: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    li.says(QUESTION)
    village.world.clock.turn(datetime(2026, 11, 23, 14, 0, tzinfo=UTC) - village.world.clock.now())
    secretary.says("新条目 祠堂摆酒", ANSWER, "1")
    assert deputy.says("待审", "1", "1") == "drafts/published"
    village.works()

    assert li.hears() == []
    village.world.clock.turn(timedelta(hours=10))
    assert li.hears() == ["entries/now_answered"]


def test_who_asked_while_the_index_followed_is_told_as_well_and_everybody_once(
    village: Village, li: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    li.says(QUESTION)
    wang = village.person("wang")
    wang.says("你好")
    publish(secretary, deputy)

    def asks_in_vain(db: Session) -> None:  # as a process does that has not heard of it
        address = db.execute(select(Address).where(col(Address.external_id) == "wang")).scalar_one()
        asked_at = village.world.clock.now() + timedelta(seconds=1)
        questions.log(db, QUESTION, Outcome.UNANSWERED, address_id=address.id or 0, now=asked_at)

    village.works()
    village.world.run(asks_in_vain)
    village.world.clock.turn(timedelta(minutes=5))
    village.works()
    village.world.clock.turn(timedelta(minutes=5))
    village.works()

    assert (li.hears(), wang.hears()) == (["entries/now_answered"], ["entries/now_answered"])


def test_who_has_heard_enough_this_week_hears_it_with_other_things_in_the_evening(
    village: Village, li: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    li.says(QUESTION)

    def count(db: Session) -> None:
        week = unasked.week_of(db, village.world.clock.now())
        db.add(UnaskedCount(person_id=li.record(db).id or 0, week=week, count=5))

    village.world.run(count)
    publish(secretary, deputy)
    village.works()
    assert li.hears() == []
    village.world.clock.turn(timedelta(hours=10))
    village.works()

    assert li.hears() == ["unasked/digest"]


def test_an_entry_written_at_a_desk_goes_out_and_comes_in_with_a_pack(
    village: Village, secretary: Neighbour, deputy: Neighbour, tmp_path: Path
) -> None:
    publish(secretary, deputy)
    spoken = village.world.run(entries.spoken)
    file = tmp_path / "pack.yaml"
    file.write_text(dump_entries(spoken), encoding="utf-8")

    assert load_entries(file, known_ids={one.id for one in load_entries()}) == spoken
    assert [one.title for one in spoken if one.id.startswith(LOCAL)] == ["祠堂摆酒"]
