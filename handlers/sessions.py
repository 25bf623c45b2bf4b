"""Holding a session: a form of few questions, a card to check, and it is made known."""

from datetime import datetime
from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer, yes_or_no
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.studies import courses, study, study_desk, study_series
from bot.domain.studies.study import Design
from bot.errors import DomainError
from content.match import normalise
from content.words import label, meeting_name, meeting_names
from db.models import MeetingKind, StudySession, Unit
from handlers.reading import words
from handlers.session_words import LONGEST_TITLE, anew, in_one_go
from handlers.timing import only_time, rule_of, says_when, span, times, timing

_UNITS_OFFERED = 8
_COURSES_OFFERED = 5
_PUBLISH, _CHANGE, _NOT = "publish", "change", "no"
_ASKED_AGAIN = {
    "time": ("when", "time", "hours"),
    "place": ("place",),
    "title": ("title",),
    "audience": ("audience_id",),
    "hours": ("hours",),
}


def my_units(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units somebody may hold sessions for."""
    found = study_desk.units_of(turn.db, turn.person)[:_UNITS_OFFERED]
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in found)


def my_only_unit(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit where there is only one; refuses who has none."""
    found = study_desk.units_of(turn.db, turn.person)
    if not found:
        raise DomainError("access/not_yours")
    return found[0].id if len(found) == 1 else None


def unit_named(turn: Turn) -> int:
    """Read the name of a unit one may hold sessions for, or enough of it to know which."""
    said = normalise(turn.text)
    found = study_desk.units_of(turn.db, turn.person)
    meant = [one for one in found if normalise(one.name) == said] or [
        one for one in found if said and said in normalise(one.name)
    ]
    if len(meant) != 1:
        raise InvalidAnswer("sessions/no_such_unit")
    return meant[0].id or 0


def kinds(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer every kind of meeting, the usual ones first."""
    return tuple(Choice(label=name, fill={"value": kind}) for kind, name in meeting_names().items())


def running_courses(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the unit's courses of this year, for one more session of them."""
    unit = turn.db.get_one(Unit, answers["unit_id"])
    return tuple(
        Choice(label=one.title, fill={"value": one.title})
        for one in courses.of_unit(turn.db, unit, now=turn.now)[:_COURSES_OFFERED]
    )


def no_course(_turn: Turn, answers: Answers) -> str | None:
    """Ask for the course only where the session is a class of one."""
    return None if answers["kind"] == MeetingKind.COURSE_CLASS else ""


def plain_title(_turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the name of the kind of meeting as its title."""
    name = answers["course"] or meeting_name(answers["kind"])
    return (Choice(label=name, fill={"value": name}),)


def title(turn: Turn) -> str:
    """Read a short title on one line."""
    return short(turn, LONGEST_TITLE)


def place(turn: Turn) -> str:
    """Read a place on one line."""
    return short(turn, LONGEST_TITLE)


def short(turn: Turn, longest: int) -> str:
    """Read a few words on one line; refuse more than fits a card."""
    said = " ".join(words(turn).split())
    if len(said) > longest:
        raise InvalidAnswer("sessions/shorter", longest=longest)
    return said


def place_before(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer where the unit met last."""
    before = study_desk.last_place(turn.db, answers["unit_id"])
    return (Choice(label=before, fill={"value": before}),) if before else ()


def at_whose(_turn: Turn, answers: Answers) -> dict[str, object]:
    """Tell a class in somebody's home from other places."""
    return {"is_home": answers["kind"] == MeetingKind.HOME_CLASS}


def everybody_of_it(_turn: Turn, answers: Answers) -> int | None:
    """Mean everybody of the unit unless somebody wants to choose."""
    return None if answers.get("asks") == "audience" else answers["unit_id"]


def usual_hours(_turn: Turn, answers: Answers) -> float | None:
    """Credit as many hours as the session takes, to the half hour, unless somebody wants to say."""
    if answers.get("asks") == "hours":
        return None
    begins, ends = span(answers["time"])
    return round((ends - begins).total_seconds() / 1800) / 2


def a_number(turn: Turn) -> float:
    """Read a number of hours."""
    try:
        found = float(turn.text)
    except ValueError as error:
        raise InvalidAnswer("sessions/how_many_hours") from error
    if not 0 <= found <= study.MOST_HOURS:
        raise InvalidAnswer("study/how_many_hours")
    return found


def card(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show the session as it will be made known; refuses a time that cannot be."""
    begins, ends = span(answers["time"])
    study.insist_possible(begins, ends, now=turn.now)
    audience = turn.db.get_one(Unit, answers["audience_id"])
    kind = MeetingKind(answers["kind"])
    count = 0 if kind is MeetingKind.COURSE_CLASS else study_desk.count_meant(turn.db, kind, audience, None)
    return {
        "kind": meeting_name(kind),
        "title": answers["title"],
        "starts_at": begins,
        "ends_at": ends,
        "rule": rule_of(answers["when"]),
        "place": answers["place"],
        "audience": audience.name,
        "count": count,
        "hours": f"{answers['hours']:g}",
    }


def publish_or_change(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to make it known, or to change something first."""
    return (
        Choice(label=label("publish"), fill={"value": _PUBLISH}),
        Choice(label=label("change"), fill={"value": _CHANGE}),
    )


def in_order(turn: Turn) -> str | dict[str, Any]:
    """Read a yes or a no, beside what is offered, or a new value of something on the card."""
    try:
        return _PUBLISH if yes_or_no(turn.text) else _NOT
    except InvalidAnswer:
        return anew(turn)


def changeable(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer what may be changed."""
    return (
        Choice(label=label("change_time"), fill={"value": "time"}),
        Choice(label=label("change_place"), fill={"value": "place"}),
        Choice(label=label("change_title"), fill={"value": "title"}),
        Choice(label=label("change_audience"), fill={"value": "audience"}),
        Choice(label=label("change_hours"), fill={"value": "hours"}),
    )


class Hold(Form):
    """What a session is to be like, checked by whoever holds it; ``asks`` names what they want to be asked for."""

    asks: str = ""
    unit_id: Annotated[int, Ask("sessions/which_unit", offer=my_units, known=my_only_unit, reads=unit_named)]
    kind: Annotated[MeetingKind, Ask("sessions/which_kind", offer=kinds)]
    course: Annotated[str, Ask("sessions/which_course", offer=running_courses, known=no_course, reads=title)]
    title: Annotated[str, Ask("sessions/what_title", offer=plain_title, reads=title, takes_anything=True)]
    when: Annotated[dict[str, Any], Ask("sessions/when", reads=timing)]
    time: Annotated[tuple[str, str], Ask("sessions/which_time", offer=times, known=only_time)]
    place: Annotated[str, Ask("sessions/where", show=at_whose, offer=place_before, reads=place, takes_anything=True)]
    audience_id: Annotated[int, Ask("sessions/for_whom", offer=my_units, known=everybody_of_it, reads=unit_named)]
    hours: Annotated[float, Ask("sessions/how_many_hours", known=usual_hours, reads=a_number)]
    decision: Annotated[str | dict[str, Any], Ask("sessions/card", show=card, offer=publish_or_change, reads=in_order)]


class Change(Form):
    """What was said so far of a session that is not made known yet, and what of it is to be changed."""

    answers: dict[str, Any]
    which: Annotated[str | dict[str, Any], Ask("sessions/what_to_change", offer=changeable, reads=anew)]


def may_hold(turn: Turn, _answers: Answers) -> dict[str, Any] | None:
    """Begin at once where nothing was said yet; refuses who may hold nothing."""
    if not study_desk.units_of(turn.db, turn.person):
        raise DomainError("access/not_yours")
    return {}


class Plan(Form):
    """What is said of a session to begin with, if anything is."""

    said: Annotated[
        dict[str, Any], Ask("sessions/which_kind", known=may_hold, reads=in_one_go, inline=True, glued=says_when)
    ]


@flow("sessions.plan", Plan)
def plan(_turn: Turn, form: Plan) -> Reply:
    """Begin a session with what was said; the rest is asked step by step."""
    return Reply.leading("sessions.hold", **form.said)


@flow("sessions.hold", Hold)
def hold(turn: Turn, form: Hold) -> Reply:
    """Make a session known, or the first ones of a series."""
    answers = form.model_dump(mode="json", exclude={"decision"})
    if form.decision == _CHANGE:
        return Reply.leading("sessions.change", answers=answers)
    if isinstance(form.decision, dict):
        return _with(answers, form.decision)
    if form.decision != _PUBLISH:
        return Reply("sessions/not_published")
    unit = turn.db.get_one(Unit, form.unit_id)
    begins, ends = span(form.time)
    course = courses.named(turn.db, unit, form.course, by=turn.person, now=turn.now) if form.course else None
    design = Design(
        kind=form.kind,
        title=form.title,
        unit=unit,
        audience=turn.db.get_one(Unit, form.audience_id),
        place=form.place,
        starts_at=begins,
        ends_at=ends,
        credit_hours=form.hours,
        course_id=course.id if course else None,
    )
    rule = rule_of(form.when)
    if rule:
        made = study_series.begin(turn.db, design, rule, by=turn.person, now=turn.now)
        return _published(turn, made[0], [one.starts_at for one in made[1:]])
    return _published(turn, study.publish(turn.db, design, by=turn.person, now=turn.now), [])


@flow("sessions.change", Change)
def change(_turn: Turn, form: Change) -> Reply:
    """Ask again for what is to be changed; the rest stays as it was said."""
    if isinstance(form.which, dict):
        return _with(form.answers, form.which)
    again = {"asks", *_ASKED_AGAIN[form.which]}
    kept = {name: value for name, value in form.answers.items() if name not in again}
    return Reply.leading("sessions.hold", **kept, asks=form.which)


def _with(answers: Answers, news: dict[str, Any]) -> Reply:
    """Show the card again with what was said anew; the hours are counted again when the time is another."""
    kept = {key: value for key, value in answers.items() if key != "hours" or "time" not in news}
    return Reply.leading("sessions.hold", **{**kept, **news})


def _published(turn: Turn, session: StudySession, more: list[datetime]) -> Reply:
    count = study_desk.count_expected(turn.db, session.id or 0)
    fill = {"session_id": session.id}
    return Reply(
        "sessions/published",
        title=session.title,
        count=count,
        more=more,
        choices=(
            Choice(label=label("add_material"), go="sessions.add_material", fill=fill),
            Choice(label=label("venue_code"), go="sessions.venue_code", fill=fill),
            Choice(label=label("look_at_it"), go="sessions.show", fill=fill),
        ),
    )
