"""Questions a person must answer: told to the nearest, answered once, and never forgotten."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, cases, files, units
from bot.domain.cases import Asking, Opened
from bot.domain.duties import DUTIES
from bot.domain.files import IncomingFile
from bot.domain.persons import people
from bot.errors import DomainError
from bot.jobs.schedule import Schedule
from db.models import AuditLine, Case, CaseState, FileKind, Person, Role, StoredFile, Unit, UnitKind
from db.sql import Database
from tests.domain.conftest import Tree
from tests.kit.post import Post, target
from tests.kit.talk import MORNING

QUESTION = "村里祠堂可以摆酒吗"
ANSWER = "可以"


def ask(
    tree: Tree,
    name: str = "li",
    question: str = QUESTION,
    *,
    unit: Unit | None = None,
    sent: tuple[StoredFile, ...] = (),
) -> Opened:
    """Somebody asks about 番村, or about another unit."""
    person, address = people.known_at(tree.db, target(name), now=MORNING)
    asking = Asking(person, address, question, unit or tree.fancun, files=sent)
    return cases.hand_off(tree.db, asking, now=MORNING)


def case_of(tree: Tree, opened: Opened) -> Case:
    return tree.db.get_one(Case, int(opened.number[1:]))


def photo(tree: Tree, owner: Person) -> StoredFile:
    sent = [IncomingFile(kind=FileKind.PHOTO, remote_id="a photo", name="灯.jpg")]
    [file_id] = files.note(tree.db, sent, person_id=owner.id, source=target("li"), now=MORNING)
    return tree.db.get_one(StoredFile, file_id)


def test_a_case_has_a_number_and_is_told_to_whoever_is_responsible(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.fancun)
    tree.person("deputy", Role.CADRE, tree.fancun)

    assert ask(tree) == Opened("W0001", by=tree.fancun)


def test_a_case_nobody_can_be_told_of_is_kept_all_the_same(tree: Tree) -> None:
    opened = ask(tree)

    assert (opened, case_of(tree, opened).state) == (Opened("W0001"), CaseState.OPEN)


def test_the_same_question_of_the_same_person_is_one_case(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.fancun)
    ask(tree)

    assert ask(tree) == Opened("W0001", was_open=True)
    assert ask(tree, "wang") == Opened("W0002", by=tree.fancun)
    assert ask(tree, question="祠堂几点开门") == Opened("W0003", by=tree.fancun)


def test_what_is_sent_along_makes_it_another_case(tree: Tree) -> None:
    li = tree.person("li")

    numbers = [ask(tree, sent=(photo(tree, li),)).number for _ in range(2)]

    assert numbers == ["W0001", "W0002"]


def test_what_was_sent_along_is_passed_on(tree: Tree) -> None:
    file = photo(tree, tree.person("li"))

    case = case_of(tree, ask(tree, sent=(file,)))

    assert [(one.kind, one.file_id, one.name) for one in cases.attachments(tree.db, case)] == [
        ("photo", file.id, "灯.jpg")
    ]


def test_a_number_grows_beyond_four_digits() -> None:
    assert [cases.number(Case(id=one)) for one in (1, 9999, 12345)] == ["W0001", "W9999", "W12345"]


def test_those_who_wait_for_the_same_answer_are_counted_once_each(tree: Tree) -> None:
    li = tree.person("li")
    first = case_of(tree, ask(tree))
    ask(tree, "wang")
    ask(tree, sent=(photo(tree, li),))

    assert cases.asked_alike(tree.db, first) == 2


def test_an_answer_is_kept_with_its_author_and_audited(tree: Tree) -> None:
    secretary = tree.person("secretary", Role.SECRETARY, tree.fancun)
    case = case_of(tree, ask(tree))

    answered = cases.answer(tree.db, case.id or 0, ANSWER, by=secretary, now=MORNING)

    assert (answered.state, answered.answer, answered.answered_by, answered.answered_at) == (
        CaseState.ANSWERED,
        ANSWER,
        secretary.id,
        MORNING,
    )
    lines = select(AuditLine.act, AuditLine.subject, AuditLine.actor_id)
    assert [tuple(line) for line in tree.db.execute(lines)] == [("cases.answer", "W0001", secretary.id)]


@pytest.mark.parametrize("case_id", [1, 99])
def test_a_stranger_is_told_the_same_whether_or_not_there_is_a_case(tree: Tree, case_id: int) -> None:
    ask(tree)
    stranger = tree.person("wang")

    with pytest.raises(DomainError) as refusal:
        cases.answer(tree.db, case_id, ANSWER, by=stranger, now=MORNING)

    assert (refusal.value.template, refusal.value.values) == ("cases/not_yours", {})


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.EDITOR])
def test_other_roles_may_not_answer(tree: Tree, role: Role) -> None:
    other = tree.person("other", role, tree.town)
    case = case_of(tree, ask(tree))

    with pytest.raises(DomainError, match="cases/not_yours"):
        cases.for_cadre(tree.db, case.id or 0, other)


def test_an_answered_case_is_not_answered_again(tree: Tree) -> None:
    secretary = tree.person("secretary", Role.SECRETARY, tree.fancun)
    case = case_of(tree, ask(tree))
    cases.answer(tree.db, case.id or 0, ANSWER, by=secretary, now=MORNING)

    with pytest.raises(DomainError) as refusal:
        cases.answer(tree.db, case.id or 0, "不可以", by=secretary, now=MORNING)

    assert (refusal.value.template, refusal.value.values) == ("cases/answered_already", {"number": "W0001"})
    assert case.answer == ANSWER


def test_a_case_its_asker_closed_is_not_answered_any_more(tree: Tree) -> None:
    secretary = tree.person("secretary", Role.SECRETARY, tree.fancun)
    case = case_of(tree, ask(tree))
    cases.close(tree.db, case.id or 0, by=tree.person("li"), now=MORNING)
    tree.db.flush()

    with pytest.raises(DomainError, match="cases/answered_already"):
        cases.answer(tree.db, case.id or 0, ANSWER, by=secretary, now=MORNING)


@pytest.mark.parametrize("case_id", [1, 99])
def test_only_its_asker_closes_a_case(tree: Tree, case_id: int) -> None:
    ask(tree)

    with pytest.raises(DomainError, match="cases/not_yours"):
        cases.close(tree.db, case_id, by=tree.person("wang"), now=MORNING)


def test_what_waits_is_what_one_may_answer_the_oldest_first(tree: Tree) -> None:
    secretary = tree.person("secretary", Role.SECRETARY, tree.fancun)
    director = tree.person("director", Role.ADMIN, tree.town)
    for question, unit in (("一", tree.fancun), ("二", tree.shencun), ("三", tree.branch), ("四", tree.town)):
        ask(tree, question=question, unit=unit)

    waiting = [[case.question for case in cases.waiting_for(tree.db, one)] for one in (secretary, director)]

    assert waiting == [["一", "三"], ["一", "二", "三", "四"]]
    assert list(cases.waiting_for(tree.db, tree.person("wang"))) == []


def test_what_belongs_to_no_unit_waits_for_the_town(tree: Tree) -> None:
    secretary = tree.person("secretary", Role.SECRETARY, tree.fancun)
    director = tree.person("director", Role.ADMIN, tree.town)
    person, address = people.known_at(tree.db, target("li"), now=MORNING)
    cases.hand_off(tree.db, Asking(person, address, QUESTION), now=MORNING)

    assert [len(cases.waiting_for(tree.db, one)) for one in (secretary, director)] == [0, 1]


def test_somebody_who_answers_from_nowhere_signs_as_the_centre() -> None:
    assert [cases.place_name(unit) for unit in (None, Unit(name="番村", kind=UnitKind.VILLAGE))] == [
        "党群服务中心",
        "番村党群服务中心",
    ]


def village(db: Session) -> list[Person]:
    """A village with six cadres."""
    place = units.add(db, "番村", UnitKind.VILLAGE)
    cadres = [people.known_at(db, target(f"cadre {number}"), now=MORNING)[0] for number in range(6)]
    for cadre in cadres:
        access.grant(db, cadre, Role.CADRE, place)
    person, address = people.known_at(db, target("li"), now=MORNING)
    cases.hand_off(db, Asking(person, address, QUESTION, place), now=MORNING)
    return cadres


def test_of_many_who_answer_at_once_one_succeeds_and_the_asker_hears_once(database: Database, post: Post) -> None:
    cadres = database.run(village)

    def answer(cadre: Person) -> str:
        try:
            database.run(lambda db: cases.answer(db, 1, f"{cadre.id}", by=db.get_one(Person, cadre.id), now=MORNING))
        except DomainError as refusal:
            return refusal.template
        return "answered"

    with ThreadPoolExecutor(6) as threads:
        outcomes = sorted(threads.map(answer, cadres))

    assert outcomes == ["answered"] + ["cases/answered_already"] * 5
    case = database.run(lambda db: db.execute(select(Case).where(col(Case.id) == 1)).scalar_one())
    [heard] = post.lease(only=target("li"))
    assert heard.message.text.splitlines()[1] == str(case.answered_by)


def test_nobody_is_reminded_of_what_was_answered(database: Database, post: Post) -> None:
    [first, *_] = database.run(village)
    database.run(lambda db: cases.answer(db, 1, ANSWER, by=db.get_one(Person, first.id), now=MORNING))
    post.clock.turn(timedelta(days=30))
    asyncio.run(Schedule(database, DUTIES, clock=post.clock).sweep())

    assert {parcel.message.template for parcel in post.lease()} == {"cases/for_cadre", "cases/answer_for_asker"}


def test_nobody_is_reminded_of_what_its_asker_closed(database: Database, post: Post) -> None:
    database.run(village)
    database.run(lambda db: cases.close(db, 1, by=people.known_at(db, target("li"), now=MORNING)[0], now=MORNING))
    post.clock.turn(timedelta(days=30))
    asyncio.run(Schedule(database, DUTIES, clock=post.clock).sweep())

    assert {parcel.message.template for parcel in post.lease()} == {"cases/for_cadre"}


def test_whoever_was_not_there_when_it_was_asked_is_reminded_too(tree: Tree) -> None:
    opened = ask(tree)
    newcomer = tree.person("newcomer", Role.SECRETARY, tree.fancun)

    assert [cases.number(case) for case in cases.waiting_for(tree.db, newcomer)] == [opened.number]
