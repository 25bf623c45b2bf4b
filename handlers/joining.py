"""Members who come from elsewhere register themselves; members who leave for another branch ask it to take them."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.persons import consents, identity, joining, people, petitions
from content.words import consent_version
from db.models import Category, Unit
from handlers.personal import (
    a_mobile,
    a_name,
    agree_or_not,
    agreed_before,
    nothing_if_refused,
    privately,
    reads_yes_or_no,
    refused,
    yes_or_no_offered,
)
from handlers.reading import words


def shown_version(_turn: Turn, _answers: Answers) -> dict[str, object]:
    """Show which version of the words somebody agrees to."""
    return {"version": consent_version()}


def may_register(turn: Turn, answers: Answers) -> bool | None:
    """Let only who is not known yet register."""
    privately(turn)
    identity.insist_on_stranger(turn.db, turn.person)
    return agreed_before(turn, answers)


def categories(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer what somebody may be."""
    both = (Category.FLOATING, Category.ENTERPRISE)
    return tuple(Choice(label=joining.category_name(one), fill={"value": one.value}) for one in both)


def no_category_if_refused(_turn: Turn, answers: Answers) -> str | None:
    """Leave the question out when somebody did not agree."""
    return Category.FLOATING.value if refused(answers) else None


class Registration(Form):
    """What a secretary needs to know of a member who stands on no roster here."""

    agreed: Annotated[
        bool,
        Ask("identity/consent", show=shown_version, offer=agree_or_not, known=may_register, reads=reads_yes_or_no),
    ]
    category: Annotated[Category, Ask("joining/which_category", offer=categories, known=no_category_if_refused)]
    name: Annotated[str, Ask("identity/your_name", known=nothing_if_refused, reads=a_name, takes_anything=True)]
    mobile: Annotated[str, Ask("joining/your_mobile", known=nothing_if_refused, reads=a_mobile, takes_anything=True)]
    home: Annotated[str, Ask("joining/where_from", known=nothing_if_refused, reads=words, takes_anything=True)]


@flow("joining.register", Registration)
def register(turn: Turn, form: Registration) -> Reply:
    """Keep somebody as pending until a secretary says yes."""
    if not form.agreed:
        return Reply("identity/not_agreed")
    consents.give(turn.db, turn.conversation.person_id, now=turn.now)
    said = joining.Registration(form.name, people.unsealed(turn.db, form.mobile), form.home[:60], form.category)
    asked = joining.register(turn.db, turn.address, said, now=turn.now)
    return Reply("joining/registered" if asked else "identity/nobody_to_ask")


def branches(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the branches this secretary keeps; refuses who may not decide."""
    petitions.for_secretary(turn.db, answers["petition_id"], turn.conversation.person_id)
    kept = joining.branches_kept_by(turn.db, turn.person)
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in kept)


def the_only_branch(turn: Turn, answers: Answers) -> int | None:
    """Return the branch where a secretary keeps one only."""
    petitions.for_secretary(turn.db, answers["petition_id"], turn.conversation.person_id)
    kept = joining.branches_kept_by(turn.db, turn.person)
    return kept[0].id if len(kept) == 1 else None


def a_branch(turn: Turn) -> int:
    """Read the name of a branch, or enough of it."""
    found = joining.branches_named(turn.db, turn.text)
    if len(found) != 1:
        raise InvalidAnswer("joining/several_branches" if found else "joining/no_such_branch", name=turn.text[:20])
    return found[0].id or 0


class Acceptance(Form):
    """Which branch takes somebody who registered."""

    petition_id: int
    unit_id: Annotated[int, Ask("joining/into_which_branch", offer=branches, known=the_only_branch, reads=a_branch)]


@flow("joining.accept", Acceptance)
def accept(turn: Turn, form: Acceptance) -> Reply:
    """Put somebody who registered on the roster."""
    petition = petitions.for_secretary(turn.db, form.petition_id, turn.conversation.person_id)
    joining.accept(turn.db, petition, form.unit_id, by=turn.person, now=turn.now)
    person = people.by_id(turn.db, petition.person_id)
    return Reply("joining/taken_in", name=person.name, branch=turn.db.get_one(Unit, form.unit_id).name)


def only_members(turn: Turn, _answers: Answers) -> None:
    """Refuse who stands on no roster, before anything is asked."""
    privately(turn)
    joining.insist_on_member(turn.db, turn.person)


def both_branches(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show from where to where a member wants to go."""
    before = joining.insist_on_member(turn.db, turn.person)
    return {"before": before.name, "after": turn.db.get_one(Unit, answers["unit_id"]).name}


class Move(Form):
    """To which branch somebody wants to go."""

    unit_id: Annotated[int, Ask("joining/move_where", known=only_members, reads=a_branch, inline=True)]
    is_sure: Annotated[
        bool, Ask("joining/move_sure", show=both_branches, offer=yes_or_no_offered, reads=reads_yes_or_no)
    ]


@flow("joining.move", Move)
def move(turn: Turn, form: Move) -> Reply:
    """Ask the other branch's secretary to take a member."""
    if not form.is_sure:
        return Reply("joining/stays")
    asked = joining.ask_to_move(turn.db, turn.address, form.unit_id, now=turn.now)
    return Reply("joining/move_asked" if asked else "identity/nobody_to_ask")
