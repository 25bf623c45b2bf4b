"""Who talks, and where they can be reached."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from db.claims import table_of
from db.models import Person
from tests.kit.post import Post, target
from tests.kit.talk import MORNING

NUMBER = "13800138000"


def how_many(db: Session) -> int:
    return db.execute(select(func.count()).select_from(table_of(Person))).scalar_one()


def test_somebody_new_becomes_a_person_with_one_address(db: Session) -> None:
    person, address = people.known_at(db, target("li"), now=MORNING)

    assert (person.name, person.mobile_blind, person.unit_id) == ("", None, None)
    assert (address.person_id, address.external_id, address.unreachable) == (person.id, "li", "")
    assert address.last_seen_at == MORNING


def test_somebody_known_stays_who_they_are(db: Session) -> None:
    first, _ = people.known_at(db, target("li"), now=MORNING)
    again, _ = people.known_at(db, target("li"), now=MORNING + timedelta(days=1))

    assert (first.id, how_many(db)) == (again.id, 1)


@pytest.mark.parametrize("other", [Target("web", "bot", "li"), Target("test", "another", "li"), target("Li")])
def test_the_same_name_elsewhere_is_somebody_else(db: Session, other: Target) -> None:
    li, _ = people.known_at(db, target("li"), now=MORNING)
    stranger, _ = people.known_at(db, other, now=MORNING)

    assert li.id != stranger.id


def test_of_many_first_contacts_at_once_one_person_comes(post: Post) -> None:
    with ThreadPoolExecutor(6) as threads:
        ids = set(threads.map(lambda _: post.meet("li"), range(12)))

    assert (len(ids), post.database.run(how_many)) == (1, 1)


def test_when_somebody_was_last_seen_is_kept_to_the_minute(db: Session) -> None:
    _, address = people.known_at(db, target("li"), now=MORNING)
    kept: list[datetime] = []
    for late in (60, 61):
        now = MORNING + timedelta(seconds=late)
        people.seen(db, address.id or 0, unreachable="", last_seen_at=MORNING, now=now)
        db.refresh(address)
        kept.append(address.last_seen_at)

    assert kept == [MORNING, MORNING + timedelta(seconds=61)]


def test_a_phone_number_is_found_and_not_readable(db: Session) -> None:
    li, _ = people.known_at(db, target("li"), now=MORNING)
    people.set_mobile(db, li, NUMBER)
    db.flush()

    assert people.by_mobile(db, NUMBER) == [li]
    assert people.by_mobile(db, "13800138001") == []
    assert people.mobile(db, li) == NUMBER
    assert people.masked_mobile(db, li) == "138****8000"
    assert [kept for kept in (li.mobile_sealed, li.mobile_blind) if not kept or NUMBER in kept] == []


def test_husband_and_wife_may_share_a_phone_number(db: Session) -> None:
    li, wang = (people.known_at(db, target(chat), now=MORNING)[0] for chat in ("li", "wang"))
    for person in (li, wang):
        people.set_mobile(db, person, NUMBER)
    db.flush()

    assert people.by_mobile(db, NUMBER) == [li, wang]


@pytest.mark.parametrize("written", ["阿依古丽·买买提", "阿依古丽 买买提", "阿依古丽•買買提", " 阿依古丽.买买提 "])
def test_somebody_is_found_by_name_and_last_four_digits_however_the_name_is_written(db: Session, written: str) -> None:
    person, _ = people.known_at(db, target("li"), now=MORNING)
    people.set_name(person, "阿依古丽·买买提")
    people.set_mobile(db, person, NUMBER)
    db.flush()

    assert people.by_name_and_last_four(db, written, "8000") == [person]
    assert people.by_name_and_last_four(db, written, "8001") == []
    assert people.by_name_and_last_four(db, "阿依古丽", "8000") == []


@pytest.mark.parametrize("written", ["138 0013 8000", "１３８００１３８０００"])
def test_a_phone_number_is_found_however_it_is_written(db: Session, written: str) -> None:
    li, _ = people.known_at(db, target("li"), now=MORNING)
    people.set_mobile(db, li, NUMBER)
    db.flush()

    assert people.by_mobile(db, written) == [li]


def test_somebody_without_a_number_is_not_found_by_none(db: Session) -> None:
    people.known_at(db, target("li"), now=MORNING)

    assert people.by_mobile(db, "") == []


def test_somebody_can_be_reached_at_a_second_address(db: Session) -> None:
    li, _ = people.known_at(db, target("li"), now=MORNING)
    second = people.attach(db, li, target("li at home"), now=MORNING)

    assert (second.person_id, people.known_at(db, target("li at home"), now=MORNING)[0].id) == (li.id, li.id)
    assert people.attach(db, li, target("li at home"), now=MORNING).id == second.id


def test_an_address_of_somebody_else_is_not_passed_off_as_theirs(db: Session) -> None:
    li, _ = people.known_at(db, target("li"), now=MORNING)
    people.known_at(db, target("wang"), now=MORNING)

    with pytest.raises(ValueError, match="somebody else"):
        people.attach(db, li, target("wang"), now=MORNING)


def test_the_best_address_is_the_one_used_last_that_still_works(db: Session) -> None:
    li, old = people.known_at(db, target("old"), now=MORNING)
    new = people.attach(db, li, target("new"), now=MORNING + timedelta(days=1))
    best_at_first = people.best_address(db, li.id or 0)
    people.lose_touch(db, target("new"), "Blocked")

    assert (best_at_first, people.best_address(db, li.id or 0)) == (new, old)


def test_somebody_without_a_working_address_has_no_best_one(db: Session) -> None:
    li, _ = people.known_at(db, target("li"), now=MORNING)
    people.lose_touch(db, target("li"), "Blocked")

    assert people.best_address(db, li.id or 0) is None


def test_touch_is_lost_with_a_reason_and_regained(post: Post) -> None:
    li = post.meet("li")
    post.database.run(lambda db: people.lose_touch(db, target("li"), "why" * 30))
    lost = post.address(li)
    post.database.run(lambda db: people.regain_touch(db, target("li")))

    assert (lost, post.address(li)) == (("li", ("why" * 30)[:40]), ("li", ""))


def test_speaking_again_regains_touch_at_once(post: Post) -> None:
    li = post.meet("li")
    post.database.run(lambda db: people.lose_touch(db, target("li"), "Blocked"))

    post.database.run(lambda db: people.seen(db, 1, unreachable="Blocked", last_seen_at=post.now, now=post.now))

    assert post.address(li) == ("li", "")


def test_somebody_is_followed_to_a_new_id(post: Post) -> None:
    li = post.meet("old")

    post.database.run(lambda db: people.move(db, target("old"), "new"))

    assert (post.meet("new"), post.address(li)) == (li, ("new", ""))


def test_nobody_is_moved_onto_somebody_else(post: Post) -> None:
    li, wang = post.meet("li"), post.meet("wang")

    post.database.run(lambda db: people.move(db, target("li"), "wang"))

    assert (post.address(li), post.address(wang)) == (("li", ""), ("wang", ""))
