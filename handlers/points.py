"""Points: seen by their person alone, line by line; what is wrong is said and decided with a reason."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer, digit
from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.house import house_of
from bot.domain.ledger import lines, objecting
from bot.domain.ledger.lines import Line
from bot.domain.messages import Choice
from bot.domain.volunteers import points
from bot.errors import DomainError
from content.words import label
from db.models import Person
from handlers.personal import privately
from handlers.reading import short_words, words

_SHOWN = 4


@flow("points.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """Show the points of the year by their sources, to their person alone."""
    privately(turn)
    by_rule = points.of_year(turn.db, turn.person.id or 0, _year(turn))
    choices = (
        Choice(label=label("points_detail"), go="points.detail"),
        Choice(label=label("points_wrong"), go="points.object"),
    )
    sources = lines.summed(by_rule)
    stars = Choice(label=label("my_stars"), go="stars.mine")
    shown = (*choices, stars) if sources else (stars,)
    return Reply("points/mine", total=sum(by_rule.values()), sources=sources, choices=shown)


@flow("points.detail")
def detail(turn: Turn, _form: Form) -> Reply:
    """Show what the last points of the year were for, each line with its evidence."""
    privately(turn)
    found = _last(turn)
    wrong = Choice(label=label("points_wrong"), go="points.object")
    return Reply("points/detail", lines=found, choices=(wrong,) if found else ())


def only_line(turn: Turn, _answers: Answers) -> int | None:
    """Return the only line there is; refuses where there is none."""
    privately(turn)
    found = _last(turn)
    if not found:
        raise DomainError("points/none_yet")
    return found[0].entry.id if len(found) == 1 else None


def lines_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the last lines of the year."""
    return tuple(Choice(label=_as_words(turn, one), fill={"value": one.entry.id}) for one in _last(turn))


class Doubted(Form):
    """A line that is wrong."""

    entry_id: Annotated[int, Ask("points/which_line", known=only_line, offer=lines_offered)]


@flow("points.object", Doubted)
def doubt(turn: Turn, form: Doubted) -> Reply:
    """Ask what is wrong with a line; what hours are worth is asked as hours are."""
    line = objecting.own_line(turn.db, form.entry_id, turn.person)
    kind, _, number = line.entry.evidence.partition(":")
    if kind == points.SERVICE:
        return Reply.leading("service.dispute", record_id=int(number))
    return Reply.leading("points.say_why", entry_id=form.entry_id)


def line_named(turn: Turn, answers: Answers) -> dict[str, object]:
    """Name the line that is doubted."""
    line = objecting.own_line(turn.db, answers["entry_id"], turn.person)
    return {"title": line.title, "day": line.day, "points": line.points}


class Why(Form):
    """A line that is wrong, and what is right."""

    entry_id: int
    words: Annotated[str, Ask("points/what_is_right", show=line_named, reads=words, takes_anything=True)]


@flow("points.say_why", Why)
def say_why(turn: Turn, form: Why) -> Reply:
    """Ask the secretary to decide."""
    objecting.object_to(turn.db, form.entry_id, form.words, by=turn.person, now=turn.now)
    return Reply("points/objected")


def objection_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is doubted; refuses who may not decide, and what is decided."""
    privately(turn)
    row = objecting.for_decider(turn.db, answers["objection_id"], turn.person)
    line = objecting.line_of(turn.db, row)
    return {
        "name": turn.db.get_one(Person, row.person_id).name,
        "title": line.title if line else "",
        "points": line.points if line else 0,
        "words": row.words,
    }


def as_it_stands(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to leave the points as they are."""
    line = objecting.line_of(turn.db, objecting.for_decider(turn.db, answers["objection_id"], turn.person))
    return (Choice(label=label("leave_minutes"), fill={"value": line.points if line else 0}),)


def how_many(turn: Turn) -> int:
    """Read how many points it is to be, said with the word for points: a bare digit picks what is offered."""
    unit = label("points_unit")
    said = digit(turn.text.removesuffix(unit)) if turn.text.endswith(unit) else ""
    if not said or int(said) > objecting.MOST:
        raise InvalidAnswer("points/no_such_number", most=objecting.MOST)
    return int(said)


class Decided(Form):
    """What an objection comes to, and why."""

    objection_id: int
    points: Annotated[int, Ask("points/how_many", show=objection_shown, offer=as_it_stands, reads=how_many)]
    reason: Annotated[str, Ask("volunteering/why_so", reads=short_words, takes_anything=True)]


@flow("points.decide", Decided)
def decide(turn: Turn, form: Decided) -> Reply:
    """Keep the decision; whose points they are hears it with its reason."""
    objecting.decide(turn.db, form.objection_id, form.points, form.reason, by=turn.person, now=turn.now)
    return Reply("volunteering/decided")


def _year(turn: Turn) -> int:
    return turn.now.astimezone(turn.zone).year


def _last(turn: Turn) -> list[Line]:
    return list(lines.last(turn.db, turn.person.id or 0, _year(turn), limit=_SHOWN))


def _as_words(turn: Turn, line: Line) -> str:
    values = {"day": line.day, "title": line.title, "points": line.points}
    return house_of(turn.db).renderer.render("points/line", values)


FLOWS: tuple[Flow, ...] = (mine, detail, doubt, say_why, decide)
"""The flows of this module, listed by hand."""
