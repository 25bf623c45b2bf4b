"""What villagers see of the matters of their village: how far one is, its steps, their say, and who follows it."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.matters import opinions, public, spreading, telling
from bot.domain.matters.lines import standing
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.match import Outcome
from content.matters import step as step_named
from content.words import label
from db.models import Matter, Unit, UnitKind
from handlers.personal import privately
from handlers.reading import words
from handlers.villages import example_village, my_village, village, villages_offered

_SHOWN = 5
_LINES = 6
_LONGEST = 40


def my_place(turn: Turn, answers: Answers) -> int | None:
    """Return where somebody belongs, also where that is no village."""
    unit = public.unit_of(turn.db, turn.person)
    return unit.id if unit else my_village(turn, answers)


class Page(Form):
    """A village, and how many of its matters have been shown."""

    skipped: int = 0
    unit_id: Annotated[
        int, Ask("cases/which_village", show=example_village, offer=villages_offered, known=my_place, reads=village)
    ]


@flow("matters.list", Page)
def list_(turn: Turn, form: Page) -> Reply:
    """List the matters of a village that are made public."""
    if turn.db.get(Unit, form.unit_id) is None:
        return Reply("matters/public", unit="", is_empty=True)
    here = _settled(turn, form.unit_id)
    found = public.of_place(turn.db, here, most=_SHOWN + 1, skipped=form.skipped)
    choices = [Choice(label=one.title, go="matters.state", fill={"matter_id": one.id}) for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        more = {"skipped": form.skipped + _SHOWN, "unit_id": form.unit_id}
        choices.append(Choice(label=label("further"), go="matters.list", fill=more))
    return Reply("matters/public", unit=public.place_of(turn.db, here).name, is_empty=not found, choices=tuple(choices))


def is_asked(turn: Turn) -> bool:
    """Tell whether somebody asks how far a matter is, and no entry answers that; their own village's goes first."""
    if len(turn.text) > _LONGEST or not public.named(turn.db, turn.text, turn.person):
        return False
    if public.is_surely_named(turn.db, turn.text, turn.person):
        return True
    return turn.library.matcher.decide(turn.text).outcome is not Outcome.ANSWER


@flow("matters.asked")
def asked(turn: Turn, _form: Form) -> Reply:
    """Say how far the matter is that somebody asks for; of several they pick one."""
    found = public.named(turn.db, turn.text, turn.person)
    if len(found) == 1:
        return Reply.leading("matters.state", matter_id=found[0])
    titles = [turn.db.get_one(Matter, one) for one in found[:_SHOWN]]
    choices = tuple(Choice(label=one.title, go="matters.state", fill={"matter_id": one.id}) for one in titles)
    return Reply("matters/which_one", choices=choices)


class OfMyVillage(Form):
    """A matter, and the village of whoever wants to see it."""

    matter_id: int
    unit_id: Annotated[
        int, Ask("cases/which_village", show=example_village, offer=villages_offered, known=my_place, reads=village)
    ]


@flow("matters.state", OfMyVillage)
def state(turn: Turn, form: OfMyVillage) -> Reply:
    """Say how far a matter is; while its notice hangs out something may be said to it."""
    matter = public.found(turn.db, form.matter_id, _settled(turn, form.unit_id))
    fill = {"matter_id": matter.id}
    values = telling.state(turn.db, matter, now=turn.now)
    is_followed = spreading.follows(turn.db, form.matter_id, turn.conversation.person_id)
    choices = [Choice(label=label("speak_up"), go="matters.speak", fill=fill)] if values["may_speak"] else []
    choices.append(
        Choice(label=label("unfollow_matter"), go="matters.unfollow", fill=fill)
        if is_followed
        else Choice(label=label("follow_matter"), go="matters.follow", fill=fill)
    )
    choices.append(Choice(label=label("way_so_far"), go="matters.way", fill=fill))
    reply = Reply.of("matters/state", values, tuple(choices))
    last = standing(turn.db, form.matter_id)[-1]
    reply.attachments = telling.proofs(turn.db, last) if step_named(last.step).is_public else ()
    return reply


@flow("matters.way", OfMyVillage)
def way(turn: Turn, form: OfMyVillage) -> Reply:
    """Show the steps a matter took, each with its day and numbers."""
    matter = public.found(turn.db, form.matter_id, _settled(turn, form.unit_id))
    lines = telling.lines(standing(turn.db, form.matter_id))
    back = Choice(label=label("see_matter"), go="matters.state", fill={"matter_id": matter.id})
    return Reply("matters/way", lines=lines[-_LINES + 1 :], title=matter.title, choices=(back,))


def hangs_out(turn: Turn, answers: Answers) -> dict[str, object]:
    """Name what something is said to; refuses what does not hang out, and in a group, where others would read it."""
    privately(turn)
    return {"title": public.found(turn.db, answers["matter_id"], _here(turn, answers["unit_id"])).title}


class Speak(Form):
    """A matter, and what somebody thinks of it."""

    matter_id: int
    unit_id: Annotated[
        int, Ask("cases/which_village", show=example_village, offer=villages_offered, known=my_place, reads=village)
    ]
    words: Annotated[str, Ask("matters/what_do_you_think", show=hangs_out, reads=words, takes_anything=True)]


@flow("matters.speak", Speak)
def speak(turn: Turn, form: Speak) -> Reply:
    """Hand what somebody thinks to who sees to the matter."""
    matter = public.found(turn.db, form.matter_id, _here(turn, form.unit_id))
    opened = opinions.give(turn.db, matter, form.words, by=turn.person, at=turn.address, now=turn.now)
    return Reply("matters/spoken", number=opened.number, is_heard=opened.by is not None)


@flow("matters.follow", OfMyVillage)
def follow(turn: Turn, form: OfMyVillage) -> Reply:
    """Let somebody hear of each step of a matter."""
    matter = public.found(turn.db, form.matter_id, _settled(turn, form.unit_id))
    spreading.follow(turn.db, matter, turn.person, turn.address, now=turn.now)
    stop = Choice(label=label("unfollow_matter"), go="matters.unfollow", fill={"matter_id": matter.id})
    return Reply("matters/followed", title=matter.title, choices=(stop,))


class OneMatter(Form):
    """A matter, by its id."""

    matter_id: int


@flow("matters.unfollow", OneMatter)
def unfollow(turn: Turn, form: OneMatter) -> Reply:
    """Let somebody hear no more of a matter."""
    spreading.unfollow(turn.db, form.matter_id, turn.conversation.person_id)
    return Reply("matters/unfollowed")


@flow("matters.followed")
def followed(turn: Turn, _form: Form) -> Reply:
    """List what somebody follows."""
    privately(turn)
    found = spreading.followed(turn.db, turn.conversation.person_id, most=_SHOWN)
    choices = [Choice(label=one.title, go="matters.state", fill={"matter_id": one.id}) for one in found]
    if not choices:
        choices = [Choice(label=label("public_matters"), go="matters.list")]
    return Reply("matters/you_follow", is_empty=not found, choices=tuple(choices))


def _settled(turn: Turn, unit_id: int) -> Unit:
    """Return a unit, and keep it as where somebody belongs when it is a village and nothing is known yet."""
    unit = _here(turn, unit_id)
    if unit.kind is UnitKind.VILLAGE and turn.person.unit_id is None:
        turn.person.unit_id = unit.id
        turn.db.add(turn.person)
    return unit


def _here(turn: Turn, unit_id: int) -> Unit:
    """Return a unit; where there is none yet, there is no matter either."""
    unit = turn.db.get(Unit, unit_id)
    if unit is None:
        raise DomainError("matters/not_there")
    return unit
