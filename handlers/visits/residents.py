"""Who keeps in touch with a villager's household: told to those who have shown that they live there."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.domain.visits import contacts, households
from bot.errors import DomainError
from content.words import label
from db.models import Household, Unit
from handlers.personal import privately, reads_yes_or_no


@flow("visits.my_contact")
def my_contact(turn: Turn, _form: Form) -> Reply:
    """Name who keeps in touch with somebody's household; ask for a code where it is not known which one it is."""
    privately(turn)
    home = contacts.home_of(turn.db, turn.person)
    if home is None:
        choices = (
            Choice(label=label("have_household_code"), go="codes.type"),
            Choice(label=label("ask_a_cadre"), go="cases.hand_off", fill={"question": label("who_is_my_contact")}),
        )
        return Reply("visits/which_home", choices=choices)
    return _told(turn, home)


def home_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show which household it is as little as will do; refuse one that is gone."""
    privately(turn)
    home = turn.db.get(Household, answers["household_id"])
    if home is None:
        raise DomainError("visits/no_such_home")
    return {"unit": turn.db.get_one(Unit, home.unit_id).name, "holder": households.masked_holder(home)}


def live_there_or_not(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to be of that household, or not."""
    return (
        Choice(label=label("live_there"), fill={"value": True}),
        Choice(label=label("not_there"), fill={"value": False}),
    )


class Claim(Form):
    """A household whose code somebody gave, and whether they live there."""

    household_id: int
    lives_there: Annotated[
        bool, Ask("visits/is_it_your_home", show=home_shown, offer=live_there_or_not, reads=reads_yes_or_no)
    ]


@flow("visits.claim", Claim)
def claim(turn: Turn, form: Claim) -> Reply:
    """Note that somebody lives in a household, and name their contact."""
    privately(turn)
    if not form.lives_there:
        return Reply("visits/not_claimed")
    return _told(turn, contacts.settle(turn.db, form.household_id, turn.person, now=turn.now))


@flow("visits.call_me")
def call_me(turn: Turn, _form: Form) -> Reply:
    """Ask the contact of somebody's household to call there."""
    privately(turn)
    home = contacts.home_of(turn.db, turn.person)
    if home is None or not contacts.ask_to_call(turn.db, home, by=turn.person, now=turn.now):
        return Reply("visits/not_passed_on", choices=(Choice(label=label("ask_a_cadre"), go="cases.hand_off"),))
    return Reply("visits/passed_on")


def _told(turn: Turn, home: Household) -> Reply:
    contact = contacts.of(turn.db, home, asker_id=turn.conversation.person_id, now=turn.now)
    if contact.person is None:
        fill = {"question": label("who_is_my_contact")}
        return Reply("visits/no_contact", choices=(Choice(label=label("ask_a_cadre"), go="cases.hand_off", fill=fill),))
    is_full = turn.traits.carries_personal_data
    mobile = contact.mobile if is_full or not contact.mobile else people.masked_mobile(turn.db, contact.person)
    call = Choice(label=label("please_call"), go="visits.call_me")
    return Reply("visits/your_contact", name=contact.name, mobile=mobile, choices=(call,))
