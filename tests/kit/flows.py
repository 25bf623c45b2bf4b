"""Flows only tests know: a sign-up form, one place for many, ways to go wrong; and a world that has them.

The messages stand in for a feature's own: what matters is which one is said.
"""

import dataclasses
import time
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from bot.conversation.answers import InvalidAnswer, yes_or_no
from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import audit, entries, notices
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.loader import load_entries
from content.words import trigger_phrases
from db.claims import table_of
from db.models import AuditLine, Conversation, InboxRecord, OutboxRow, Version
from db.sql import Database
from handlers import DEFAULTS, FLOWS
from tests.kit.talk import MORNING, World

PICK_ACTIVITY = "entries/popular"
LEAVE_NAME = "cases/what_to_pass_on"
LEAVE_MOBILE = "entries/centres"
CONFIRM = "cases/check_answer"
SIGNED_UP = "cases/glad"
NOT_SIGNED_UP = "cases/never_mind"
HOW_MANY = "entries/candidates"
COUNTED = "cases/answer_sent"
ABOUT_CASE = "cases/written_down"
GOT_THE_PLACE = "engine/large_on"
NO_PLACE_LEFT = "engine/large_off"
NOTED = "entries/none"
NOTICE = "cases/received_photo"
OFFERED = "cases/received_document"

PLACES = "test.places"
SHIPPED = load_entries()
MOST_GUESTS = 99
SLOW = "慢"
"""Words that begin so make their turn slow, so that a kill lands inside it."""


def activities(_turn: Turn, _answers: Answers) -> Sequence[Choice]:
    return (Choice(label="社区清洁", fill={"value": 7}), Choice(label="敬老探访", fill={"value": 8}))


def known_name(turn: Turn, _answers: Answers) -> str | None:
    return turn.person.name or None


def name_said(turn: Turn) -> str:
    if not turn.text:
        raise InvalidAnswer("engine/nothing_to_read")
    return turn.text


def mobile_said(turn: Turn) -> str:
    if not turn.text.isdigit():
        raise InvalidAnswer("entries/gone")
    return turn.text


def what_was_said(_turn: Turn, answers: Answers) -> dict[str, object]:
    said = f"{answers['activity_id']} {answers['name']} {answers['mobile']}"
    return {"answer": said, "number": "", "question": "", "others": 0}


def yes_said(turn: Turn) -> bool:
    return yes_or_no(turn.text)


def number_said(turn: Turn) -> int:
    if not turn.text.isdecimal():
        raise InvalidAnswer("engine/choose_from")
    return int(turn.text)


class SignUp(Form):
    activity_id: Annotated[int, Ask(PICK_ACTIVITY, offer=activities)]
    name: Annotated[str, Ask(LEAVE_NAME, known=known_name, reads=name_said)]
    mobile: Annotated[str, StringConstraints(max_length=11), Ask(LEAVE_MOBILE, reads=mobile_said)]
    is_confirmed: Annotated[bool, Ask(CONFIRM, show=what_was_said, reads=yes_said)]


class Party(Form):
    """How many come along; a bare number answers it."""

    count: Annotated[int, Ask(HOW_MANY, reads=number_said)]


def case_shown(_turn: Turn, answers: Answers) -> dict[str, object]:
    return {"number": answers["case_id"], "unit": ""}


class AboutCase(Form):
    """A form that whoever starts it must fill in part."""

    case_id: int
    mobile: Annotated[str, StringConstraints(max_length=11), Ask(ABOUT_CASE, show=case_shown, reads=mobile_said)]


class Words(Form):
    text: str


@flow("test.sign_up", SignUp)
def sign_up(turn: Turn, form: SignUp) -> Reply:
    if not form.is_confirmed:
        return Reply(NOT_SIGNED_UP)
    write_down(turn, "test.sign_up", f"{form.activity_id} {form.name} {form.mobile}")
    return Reply(SIGNED_UP)


@flow("test.party", Party)
def party(turn: Turn, form: Party) -> Reply:
    """Write down how many come; too many are refused after a while, as a slow rule would."""
    if form.count > MOST_GUESTS:
        time.sleep(0.2)
        raise DomainError("cases/not_yours")
    write_down(turn, "test.party", str(form.count))
    return Reply(COUNTED, number=str(form.count), together=1, is_quiet=False)


@flow("test.about_case", AboutCase)
def about_case(turn: Turn, form: AboutCase) -> Reply:
    write_down(turn, "test.about_case", f"{form.case_id} {form.mobile}")
    return Reply(SIGNED_UP)


@flow("test.place")
def place(turn: Turn, _form: Form) -> Reply:
    """Take the last place with nothing but a row lock: read, decide, write."""
    row = turn.db.execute(select(Version).where(col(Version.name) == PLACES).with_for_update()).scalar_one()
    if row.mark == "0":
        return Reply(NO_PLACE_LEFT)
    row.mark = str(int(row.mark) - 1)
    turn.db.add(row)
    write_down(turn, "test.place", turn.inbound.sender)
    return Reply(GOT_THE_PLACE)


@flow("test.note", Words)
def note(turn: Turn, form: Words) -> Reply:
    """Write down what was said; slowly, when it begins so."""
    if form.text.startswith(SLOW):
        time.sleep(0.01)
    write_down(turn, "test.note", form.text)
    turn.db.flush()
    if form.text.startswith(SLOW):
        time.sleep(0.01)
    return Reply(NOTED)


ANSWER_CASE = (Choice(label="答复", go="test.about_case", fill={"case_id": 5}),)


@flow("test.tell")
def tell(turn: Turn, _form: Form) -> Reply:
    """Push a notice to the same person, with something to pick from."""
    cause = f"test:{turn.inbound.message_id}"
    notices.tell(turn.db, NOTICE, to=turn.address, cause=cause, now=turn.now, choices=ANSWER_CASE)
    return Reply(NOTED)


@flow("test.offer")
def offer(_turn: Turn, _form: Form) -> Reply:
    """Offer to start a form that is filled in partly."""
    return Reply(OFFERED, choices=ANSWER_CASE)


@flow("test.refuse")
def refuse(turn: Turn, _form: Form) -> Reply:
    write_down(turn, "test.refuse", "must be rolled back")
    notices.tell(turn.db, NOTICE, to=turn.address, cause="test:refuse", now=turn.now)
    turn.db.flush()
    raise DomainError("cases/not_yours")


@flow("test.refuse_badly")
def refuse_badly(_turn: Turn, _form: Form) -> Reply:
    raise DomainError("cases/not_yours", nobody_asked_for="this")


@flow("test.break")
def break_down(turn: Turn, _form: Form) -> Reply:
    write_down(turn, "test.break", "must be rolled back")
    notices.tell(turn.db, NOTICE, to=turn.address, cause="test:break", now=turn.now)
    turn.db.flush()
    raise ZeroDivisionError


@flow("test.say_badly")
def say_badly(turn: Turn, _form: Form) -> Reply:
    write_down(turn, "test.say_badly", "must be rolled back")
    return Reply("engine/help", nobody_asked_for="this")


TEST_FLOWS: tuple[Flow, ...] = (
    sign_up, party, about_case, place, note, tell, offer, refuse, refuse_badly, break_down, say_badly,
)  # fmt: skip

TRIGGERS = {
    "志愿报名": "test.sign_up",
    "几位同来": "test.party",
    "抢最后一个": "test.place",
    "迟些告诉我": "test.tell",
    "有人提问了": "test.offer",
    "不许办的事": "test.refuse",
    "拒绝得不对": "test.refuse_badly",
    "会出错的事": "test.break",
    "说得不对的": "test.say_badly",
}


def write_down(turn: Turn, act: str, subject: str) -> None:
    audit.note(turn.db, act, subject, actor_id=turn.conversation.person_id, now=turn.now)


def world_of_tests(database: Database, *, search: str = "entries.search", **more: Any) -> World:
    """Return a world with the real flows and these; ``search`` takes what nothing else takes."""
    listeners = {name: takes for name, takes in DEFAULTS.listeners.items() if name != "grid.spoken"}
    defaults = dataclasses.replace(DEFAULTS, search=search, listeners=listeners)
    return World(database, (*FLOWS, *TEST_FLOWS), trigger_phrases() | TRIGGERS, defaults, **more)


def put_places(world: World, how_many: int) -> None:
    world.run(lambda db: db.add(Version(name=PLACES, mark=str(how_many))))


def learn(world: World, *entry_ids: str) -> None:
    """Put a few of the shipped entries on the shelf."""
    pack = [entry for entry in SHIPPED if entry.id in entry_ids]
    world.run(lambda db: entries.import_pack(db, pack, now=MORNING))


def written_down(world: World, act: str = "") -> list[str]:
    """Return what the test flows wrote, in order."""
    lines = select(AuditLine.subject).order_by(col(AuditLine.id))
    chosen = lines.where(col(AuditLine.act) == act) if act else lines.where(col(AuditLine.act).startswith("test."))
    return list(world.run(lambda db: db.execute(chosen).scalars().all()))


def rows(world: World, model: type[SQLModel]) -> int:
    return world.run(lambda db: _count(db, model))


def domain_rows(world: World) -> dict[str, int]:
    """Count the rows of every table but the three in which the engine itself keeps each turn."""
    engine_keeps = {table_of(one).name for one in (InboxRecord, OutboxRow, Conversation)}
    tables: Iterable[Any] = SQLModel.metadata.sorted_tables
    names = [table for table in tables if table.name not in engine_keeps]
    return world.run(
        lambda db: {one.name: db.execute(select(func.count()).select_from(one)).scalar_one() for one in names}
    )


def conversation_of(world: World, sender: str) -> Conversation:
    """Return where somebody's conversation stands."""
    chosen = select(Conversation).where(col(Conversation.sender) == sender)
    return world.run(lambda db: db.execute(chosen).scalar_one())


def _count(db: Session, model: type[SQLModel]) -> int:
    return db.execute(select(func.count()).select_from(table_of(model))).scalar_one()
