"""Saying who one is: by name and last four digits, by a secretary's code, or with a secretary's help."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.persons import binding, consents, identity, people, vouching
from bot.errors import DomainError
from content.words import consent_version, label
from db.models import Person
from handlers.personal import (
    a_name,
    agree_or_not,
    agreed_before,
    last_four,
    nothing_if_refused,
    privately,
    reads_yes_or_no,
)


def shown_version(_turn: Turn, _answers: Answers) -> dict[str, object]:
    """Show which version of the words somebody agrees to."""
    return {"version": consent_version()}


def may_begin(turn: Turn, answers: Answers) -> bool | None:
    """Let only who is not bound yet and has not tried too often begin."""
    privately(turn)
    identity.insist_on_stranger(turn.db, turn.person)
    identity.insist_on_try(turn.db, turn.address, now=turn.now)
    return agreed_before(turn, answers)


class Bind(Form):
    """What finds somebody on a roster."""

    agreed: Annotated[
        bool,
        Ask("identity/consent", show=shown_version, offer=agree_or_not, known=may_begin, reads=reads_yes_or_no),
    ]
    name: Annotated[str, Ask("identity/your_name", known=nothing_if_refused, reads=a_name, takes_anything=True)]
    last_four: Annotated[str, Ask("identity/last_four", known=nothing_if_refused, reads=last_four)]


@flow("identity.bind", Bind)
def bind(turn: Turn, form: Bind) -> Reply:
    """Look somebody up; ask whether it is they, which branch they mean, or a secretary when nothing fits."""
    if not form.agreed:
        return Reply("identity/not_agreed")
    consents.give(turn.db, turn.conversation.person_id, now=turn.now)
    digits = people.unsealed(turn.db, form.last_four)
    sought = identity.seek(turn.db, form.name, digits, address=turn.address, now=turn.now)
    if len(sought.found) == 1:
        return _is_it_you(turn, sought.found[0])
    places = [identity.place_of(turn.db, one) for one in sought.found]
    if sought.found and len(set(places)) == len(places):
        return _which_branch(sought.found, places)
    if sought.found or sought.misses >= identity.MISSES:
        return _secretary_asked(turn, form.name, digits)
    return Reply("identity/no_match", choices=_once_more(form.name, form.last_four))


class Found(Form):
    """Somebody who was found just now."""

    person_id: int


@flow("identity.confirm", Found)
def confirm(turn: Turn, form: Found) -> Reply:
    """Bind to whom this very address has just found."""
    privately(turn)
    if turn.person.id == form.person_id:
        return _bound(turn, turn.person)
    if not identity.was_found(turn.db, form.person_id, address=turn.address, now=turn.now):
        raise DomainError("identity/found_too_long_ago")
    return _bound(turn, binding.bind(turn.db, turn.address, form.person_id, by="self", now=turn.now))


@flow("identity.not_me")
def not_me(_turn: Turn, _form: Form) -> Reply:
    """Somebody else of that name was found: nothing is bound."""
    return Reply("identity/not_bound", choices=(Choice(label=label("try_again"), go="identity.bind"),))


class Help(Form):
    """What a secretary needs to recognise somebody."""

    name: str
    last_four: str


@flow("identity.ask_secretary", Help)
def ask_secretary(turn: Turn, form: Help) -> Reply:
    """Ask the secretary without trying any longer."""
    privately(turn)
    identity.insist_on_stranger(turn.db, turn.person)
    return _secretary_asked(turn, form.name, people.unsealed(turn.db, form.last_four))


def read_code(turn: Turn) -> str:
    """Take a code as it was typed: whether it is one is found out at the end, and counted."""
    return turn.text[:40]


def alone(turn: Turn, _answers: Answers) -> None:
    """Refuse to ask for a code in a group, where anybody could use it."""
    privately(turn)


class Invite(Form):
    """A code a secretary gave, and consent."""

    code: Annotated[str, Ask("identity/which_code", known=alone, reads=read_code, takes_anything=True, inline=True)]
    agreed: Annotated[
        bool,
        Ask("identity/consent", show=shown_version, offer=agree_or_not, known=may_begin, reads=reads_yes_or_no),
    ]


@flow("identity.accept_invite", Invite)
def accept_invite(turn: Turn, form: Invite) -> Reply:
    """Bind to whom a code was made for; one sentence for a code that is none."""
    if not form.agreed:
        return Reply("identity/not_agreed")
    identity.insist_on_stranger(turn.db, turn.person)
    consents.give(turn.db, turn.conversation.person_id, now=turn.now)
    person = vouching.accept(turn.db, form.code, address=turn.address, now=turn.now)
    return _bound(turn, person) if person else Reply("identity/no_such_code")


@flow("identity.who_am_i")
def who_am_i(turn: Turn, _form: Form) -> Reply:
    """Say who somebody is to us, and how to become known."""
    privately(turn)
    if not identity.is_known_here(turn.db, turn.person):
        return Reply("identity/nobody_yet", choices=(Choice(label=label("bind"), go="identity.bind"),))
    return Reply("identity/you_are", name=turn.person.name, place=identity.place_of(turn.db, turn.person))


def _is_it_you(turn: Turn, person: Person) -> Reply:
    yes = Choice(label=label("it_is_me"), go="identity.confirm", fill={"person_id": person.id})
    no = Choice(label=label("it_is_not_me"), go="identity.not_me")
    return Reply("identity/is_it_you", name=person.name, place=identity.place_of(turn.db, person), choices=(yes, no))


def _which_branch(found: tuple[Person, ...], places: list[str]) -> Reply:
    meant = tuple(
        Choice(label=place, go="identity.confirm", fill={"person_id": person.id})
        for person, place in zip(found[:4], places, strict=False)
    )
    none = Choice(label=label("none_of_these"), key="0", go="identity.not_me")
    return Reply("identity/which_branch", choices=(*meant, none))


def _secretary_asked(turn: Turn, name: str, digits: str) -> Reply:
    if vouching.ask_secretary(turn.db, turn.address, name, digits, now=turn.now):
        return Reply("identity/secretary_asked")
    return Reply("identity/nobody_to_ask")


def _once_more(name: str, digits: str) -> tuple[Choice, ...]:
    ask = Choice(label=label("ask_secretary"), go="identity.ask_secretary", fill={"name": name, "last_four": digits})
    return (Choice(label=label("try_again"), go="identity.bind", words="name"), ask)


def _bound(turn: Turn, person: Person) -> Reply:
    turn.conversation.person_id = person.id or 0
    return Reply("identity/bound", name=person.name, place=identity.place_of(turn.db, person))
