"""Acting for an elder: asked for by the younger, agreed to by the elder or their secretary, ended by one word."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.persons import petitions, proxies
from content.words import label, trigger_phrases
from db.models import Person, Proxy
from handlers.personal import a_name, privately
from handlers.picking import claimed_name, named_here, the_only_one

_LONGEST_RELATION = 6


def relations(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer what the younger one is to the elder."""
    usual = (label("daughter"), label("son"), label("spouse"), label("grandchild"))
    return tuple(Choice(label=one, fill={"value": one}) for one in usual)


def relation(turn: Turn) -> str:
    """Read a relation in a word: letters only, and nothing that starts something else."""
    word = turn.text.strip()
    if not word.isalpha() or len(word) > _LONGEST_RELATION or word in trigger_phrases():
        raise InvalidAnswer("proxies/short_relation")
    return word


def own_name(turn: Turn, _answers: Answers) -> str | None:
    """Return the name of who asks, where it is known: the elder must hear who it is."""
    privately(turn)
    return turn.person.name or None


def alone(turn: Turn, _answers: Answers) -> None:
    """Refuse to ask in a group."""
    privately(turn)


class Wish(Form):
    """Who wants to act for whom, and what they are to each other."""

    elder: Annotated[str, Ask("proxies/which_elder", known=alone, reads=a_name, takes_anything=True, inline=True)]
    relation: Annotated[str, Ask("proxies/which_relation", offer=relations, reads=relation)]
    own_name: Annotated[str, Ask("proxies/your_own_name", known=own_name, reads=a_name, takes_anything=True)]


@flow("proxies.ask", Wish)
def ask(turn: Turn, form: Wish) -> Reply:
    """Ask for consent, in the same words whoever is asked."""
    privately(turn)
    done = proxies.ask(turn.db, turn.address, form.elder, form.relation, own_name=form.own_name, now=turn.now)
    return Reply("proxies/asked" if done else "proxies/nobody_to_ask", elder=form.elder)


class OneProxy(Form):
    """A proxy that was asked for or stands."""

    proxy_id: int


@flow("proxies.consent", OneProxy)
def consent(turn: Turn, form: OneProxy) -> Reply:
    """Let the elder say yes."""
    proxy = proxies.consent(turn.db, form.proxy_id, turn.person, now=turn.now)
    return Reply("proxies/consented", agent=_name(turn, proxy.agent_id), relation=proxy.relation)


@flow("proxies.decline", OneProxy)
def decline(turn: Turn, form: OneProxy) -> Reply:
    """Let the elder say no."""
    proxies.decline(turn.db, form.proxy_id, turn.person, now=turn.now)
    return Reply("proxies/declined_by_you")


class Confirmation(Form):
    """For whom somebody may act, by the word of a secretary."""

    petition_id: int
    name: Annotated[str, Ask("proxies/name_of_elder", known=claimed_name, reads=a_name, takes_anything=True)]
    person_id: Annotated[int, Ask("identity/which_one", offer=named_here, known=the_only_one)]


@flow("proxies.confirm", Confirmation)
def confirm(turn: Turn, form: Confirmation) -> Reply:
    """Say yes for an elder without a phone here."""
    petition = petitions.for_secretary(turn.db, form.petition_id, turn.conversation.person_id)
    elder = proxies.confirm_for(turn.db, petition, form.person_id, by=turn.person, now=turn.now)
    return Reply("proxies/confirmed", elder=elder.name, agent=_name(turn, petition.person_id))


@flow("proxies.end")
def end(turn: Turn, _form: Form) -> Reply:
    """End, at one word, every proxy somebody gave and every one they hold."""
    privately(turn)
    ended = proxies.end_all(turn.db, turn.person, now=turn.now)
    if not ended:
        return Reply("proxies/nothing_to_end")
    others = [_name(turn, _other(one, turn)) for one in ended]
    return Reply("proxies/ended", others=others)


@flow("proxies.end_one", OneProxy)
def end_one(turn: Turn, form: OneProxy) -> Reply:
    """End one of several."""
    proxy = turn.db.get_one(Proxy, form.proxy_id)
    proxies.end(turn.db, proxy, by=turn.person, now=turn.now)
    return Reply("proxies/ended", others=[_name(turn, _other(proxy, turn))])


@flow("proxies.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """List who acts for somebody and for whom they act, each to be ended."""
    privately(turn)
    found = proxies.of_both_kinds(turn.db, turn.person)
    if not found:
        return Reply("proxies/none", choices=(Choice(label=label("ask_for_elder"), go="proxies.ask"),))
    lines = [_in_a_line(turn, one) for one in found[:3]]
    choices = tuple(
        Choice(
            label=f"{label('end_proxy')} {_name(turn, _other(one, turn))}",
            go="proxies.end_one",
            fill={"proxy_id": one.id},
        )
        for one in found[:3]
    )
    return Reply("proxies/mine", lines=lines, choices=choices)


def _in_a_line(turn: Turn, proxy: Proxy) -> str:
    name = _name(turn, _other(proxy, turn))
    is_mine = proxy.agent_id == turn.person.id
    return f"{label('you_act_for') if is_mine else label('acts_for_you')}{name}（{proxy.relation}）"


def _other(proxy: Proxy, turn: Turn) -> int:
    return proxy.agent_id if proxy.principal_id == turn.person.id else proxy.principal_id


def _name(turn: Turn, person_id: int) -> str:
    return turn.db.get_one(Person, person_id).name


FLOWS: tuple[Flow, ...] = (ask, consent, decline, confirm, end, end_one, mine)
