"""The secretary's side: codes for members, people who were not found, and whatever else waits for a yes."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import papers
from bot.domain.house import house_of
from bot.domain.messages import Attachment, Choice
from bot.domain.papers import PaperKind
from bot.domain.persons import deciding, identity, links, people, petitions, vouching
from content.words import label
from handlers.personal import a_name, privately, reads_yes_or_no, yes_or_no_offered
from handlers.picking import claimed_name, keeps_a_roster, named_here, the_only_one
from handlers.reading import words

_SHOWN = 5


class Invitee(Form):
    """Whom a secretary invites."""

    name: Annotated[
        str,
        Ask("identity/invite_whom", known=keeps_a_roster, reads=a_name, takes_anything=True, inline=True),
    ]
    person_id: Annotated[int, Ask("identity/which_one", offer=named_here, known=the_only_one)]


@flow("identity.invite", Invitee)
def invite(turn: Turn, form: Invitee) -> Reply:
    """Make a code that works once within a week, the ways to open it, and a picture for whoever stands here."""
    privately(turn)
    code = vouching.invite(turn.db, form.person_id, by=turn.person, now=turn.now)
    picture = _to_scan(turn, form.person_id) if house_of(turn.db).wechat_account else ()
    return Reply(
        "identity/invitation",
        name=people.by_id(turn.db, form.person_id).name,
        code=links.spaced(code),
        links=links.to_code(turn.db, code),
        until=turn.now + vouching.INVITE_LASTS,
        shown_for=vouching.SHOWN_FOR if picture else None,
        attachments=picture,
    )


def _to_scan(turn: Turn, person_id: int) -> tuple[Attachment, ...]:
    """Order the code as a picture: in WeChat a link to tap does not do what a code to scan does."""
    vouching.show(turn.db, person_id, by=turn.person, now=turn.now)
    name, to = label("invite_file"), turn.person.id
    return (papers.order(turn.db, PaperKind.INVITE, str(person_id), name=name, to=to, now=turn.now),)


def whom_to_bind(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show to whom somebody is about to be bound."""
    [shown] = vouching.labelled(turn.db, [people.by_id(turn.db, answers["person_id"])])
    return {"who": shown}


class Vouch(Form):
    """Who somebody is, by the word of a secretary."""

    petition_id: int
    name: Annotated[str, Ask("identity/vouch_name", known=claimed_name, reads=a_name, takes_anything=True)]
    person_id: Annotated[int, Ask("identity/which_one", offer=named_here, known=the_only_one)]
    is_sure: Annotated[
        bool, Ask("identity/vouch_sure", show=whom_to_bind, offer=yes_or_no_offered, reads=reads_yes_or_no)
    ]


@flow("identity.vouch", Vouch)
def vouch(turn: Turn, form: Vouch) -> Reply:
    """Bind whoever asked to whom the secretary says they are."""
    if not form.is_sure:
        return Reply("identity/left_open")
    petition = petitions.for_secretary(turn.db, form.petition_id, turn.conversation.person_id)
    person = vouching.vouch(turn.db, petition, form.person_id, by=turn.person, now=turn.now)
    return Reply("identity/vouched_for", name=person.name, place=identity.place_of(turn.db, person))


class OnePetition(Form):
    """Something that waits for a secretary's yes."""

    petition_id: int


@flow("identity.grant", OnePetition)
def grant(turn: Turn, form: OnePetition) -> Reply:
    """Say yes; whoever is concerned is told."""
    petition = petitions.for_secretary(turn.db, form.petition_id, turn.conversation.person_id)
    deciding.grant(turn.db, petition, by=turn.person, now=turn.now)
    return Reply("identity/granted")


def reasons(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the usual reasons for a no; refuses who may not decide."""
    petitions.for_secretary(turn.db, answers["petition_id"], turn.conversation.person_id)
    usual = (label("not_of_our_branch"), label("details_differ"), label("come_and_see_us"))
    return tuple(Choice(label=one, fill={"value": one}) for one in usual)


class Refusal(Form):
    """A no, with its reason."""

    petition_id: int
    reason: Annotated[str, Ask("identity/why_not", offer=reasons, reads=words, takes_anything=True)]


@flow("identity.refuse", Refusal)
def refuse(turn: Turn, form: Refusal) -> Reply:
    """Say no, with a reason; whoever asked is told."""
    petition = petitions.for_secretary(turn.db, form.petition_id, turn.conversation.person_id)
    deciding.refuse(turn.db, petition, form.reason, by=turn.person, now=turn.now)
    return Reply("identity/refused_told")


@flow("identity.waiting")
def waiting(turn: Turn, _form: Form) -> Reply:
    """List what waits for a secretary's word, the oldest first."""
    keeps_a_roster(turn, {})
    found = petitions.waiting_for(turn.db, turn.conversation.person_id)
    if not found:
        return Reply("identity/nothing_waits")
    choices = tuple(
        Choice(label=deciding.in_a_line(turn.db, one), go="identity.petition", fill={"petition_id": one.id})
        for one in found[:_SHOWN]
    )
    return Reply("identity/waiting", count=len(found), choices=choices)


@flow("identity.petition", OnePetition)
def petition(turn: Turn, form: OnePetition) -> Reply:
    """Show one petition with what may be said to it."""
    privately(turn)
    one = petitions.for_secretary(turn.db, form.petition_id, turn.conversation.person_id)
    return Reply("identity/petition", what=deciding.in_a_line(turn.db, one), choices=petitions.to_decide(one))
