"""What is mine: a glance, all that is kept, correcting it, taking it along, and having it erased."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.persons import erasing, identity, my_data, people, petitions
from bot.domain.visits import walking
from bot.errors import DomainError
from content.match import normalise
from content.words import label
from handlers.personal import a_mobile, a_name, last_four, privately, reads_yes_or_no, yes_or_no_offered


@flow("my_data.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """Show somebody what they most want to see of their own, and lead to the rest."""
    privately(turn)
    if not identity.is_known_here(turn.db, turn.person):
        choices = (
            Choice(label=label("bind"), go="identity.bind"),
            Choice(label=label("my_data"), go="my_data.show"),
        )
        return Reply("identity/nobody_yet", choices=choices)
    glance = my_data.glance(turn.db, turn.person, now=turn.now)
    choices = (
        Choice(label=label("my_activities"), go="signups.mine"),
        Choice(label=label("my_hours_served"), go="service.mine"),
        Choice(label=label("my_hours_studied"), go="study.hours"),
        Choice(label=label("my_points"), go="points.mine"),
        Choice(label=label("my_data"), go="my_data.show"),
        Choice(label=label("my_accounts"), go="identity.addresses"),
        Choice(label=label("my_proxies"), go="proxies.mine"),
    )
    if walking.count(turn.db, turn.conversation.person_id):
        choices += (Choice(label=label("my_visits"), go="visits.mine"),)
    return Reply(
        "my_data/mine",
        name=glance.name,
        place=glance.place,
        service=f"{glance.service_hours:g}",
        study=f"{glance.study_hours:g}",
        choices=choices,
    )


@flow("my_data.show")
def show(turn: Turn, _form: Form) -> Reply:
    """Show what is kept and who may see it."""
    privately(turn)
    choices = (
        Choice(label=label("correct"), go="my_data.correct"),
        Choice(label=label("export"), go="my_data.export"),
        Choice(label=label("erase"), go="my_data.erase"),
    )
    return Reply(
        "my_data/shown",
        name=turn.person.name,
        mobile=people.masked_mobile(turn.db, turn.person),
        place=identity.place_of(turn.db, turn.person),
        accounts=len(identity.addresses_of(turn.db, turn.conversation.person_id)),
        choices=choices,
    )


@flow("my_data.correct")
def correct(turn: Turn, _form: Form) -> Reply:
    """Ask what is wrong."""
    privately(turn)
    choices = (
        Choice(label=label("wrong_name"), go="my_data.rename"),
        Choice(label=label("wrong_mobile"), go="my_data.new_mobile"),
        Choice(label=label("wrong_branch"), go="joining.move"),
    )
    return Reply("my_data/what_is_wrong", choices=choices)


def alone(turn: Turn, _answers: Answers) -> None:
    """Refuse to ask in a group."""
    privately(turn)


class NewName(Form):
    """What somebody is really called."""

    name: Annotated[str, Ask("my_data/new_name", known=alone, reads=a_name, takes_anything=True)]


@flow("my_data.rename", NewName)
def rename(turn: Turn, form: NewName) -> Reply:
    """Ask the secretary to correct a name on the roster; who stands on none corrects it themselves."""
    if not identity.is_known_here(turn.db, turn.person):
        my_data.rename(turn.db, turn.address, form.name, now=turn.now)
        return Reply("my_data/name_kept", name=form.name)
    petition = my_data.rename(turn.db, turn.address, form.name, now=turn.now)
    if petition is None:
        return Reply("identity/nobody_to_ask")
    petitions.ask(
        turn.db,
        "my_data/name_for_secretary",
        petition=petition,
        now=turn.now,
        before=turn.person.name,
        after=form.name,
    )
    return Reply("my_data/name_asked")


def nothing_to_check(turn: Turn, _answers: Answers) -> str | None:
    """Leave out the check where no phone is kept yet; refuse who has tried too often."""
    privately(turn)
    identity.insist_on_try(turn.db, turn.address, now=turn.now)
    return None if turn.person.mobile_sealed else ""


class NewMobile(Form):
    """A new phone number, and the old one's last four digits for a check."""

    old: Annotated[str, Ask("my_data/old_mobile", known=nothing_to_check, reads=last_four, takes_anything=True)]
    mobile: Annotated[str, Ask("my_data/new_mobile", reads=a_mobile, takes_anything=True)]


@flow("my_data.new_mobile", NewMobile)
def new_mobile(turn: Turn, form: NewMobile) -> Reply:
    """Keep a new number when the old one was known; a wrong one counts as a try."""
    person = turn.person
    old = people.mobile(turn.db, person)
    given = people.unsealed(turn.db, form.old) if form.old else ""
    if old and old[-4:] != given:
        identity.note_try(turn.db, turn.address, now=turn.now)
        return Reply("my_data/old_mobile_wrong")
    people.set_mobile(turn.db, person, people.unsealed(turn.db, form.mobile))
    turn.db.flush()
    return Reply("my_data/mobile_kept", mobile=people.masked_mobile(turn.db, person))


@flow("my_data.export")
def export(turn: Turn, _form: Form) -> Reply:
    """Send all that is kept as a file, where the channel may carry it."""
    privately(turn)
    if not turn.traits.carries_personal_data:
        raise DomainError("my_data/export_elsewhere")
    return Reply("my_data/exported", attachments=(my_data.export(turn.db, turn.person, now=turn.now),))


def the_word(turn: Turn) -> bool:
    """Read the word that says it again, so that nobody is erased by a slip."""
    if normalise(turn.text) != normalise(label("erase_word")):
        raise InvalidAnswer("my_data/write_the_word")
    return True


def not_asked_again(_turn: Turn, answers: Answers) -> bool | None:
    """Ask again only who said yes."""
    return None if answers["is_sure"] else False


class Erasure(Form):
    """Yes, said twice."""

    is_sure: Annotated[bool, Ask("my_data/erase_sure", known=alone, offer=yes_or_no_offered, reads=reads_yes_or_no)]
    again: Annotated[bool, Ask("my_data/write_the_word", known=not_asked_again, reads=the_word, takes_anything=True)]


@flow("my_data.erase", Erasure)
def erase(turn: Turn, form: Erasure) -> Reply:
    """Erase somebody for good; who goes on talking is nobody known."""
    if not (form.is_sure and form.again):
        return Reply("my_data/not_erased")
    erasing.erase(turn.db, turn.person, now=turn.now)
    turn.conversation.person_id = turn.address.person_id
    turn.conversation.large_text = False
    return Reply("my_data/erased")


FLOWS: tuple[Flow, ...] = (
    mine,
    show,
    correct,
    rename,
    new_mobile,
    export,
    erase,
)
