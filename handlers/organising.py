"""Planning an activity: asked for step by step, looked at on a card, then published or kept as a draft."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, units
from bot.domain.messages import Choice
from bot.domain.reports import showing
from bot.domain.volunteers import activities, posting, series, volunteering
from bot.errors import DomainError
from content import counts
from content.match import normalise
from content.moments import read
from content.one_go import take_apart
from content.words import label
from db.models import Activity, ActivityKind, MemberKind, Unit
from handlers.planning import anew, decided, seats_said, span, timed
from handlers.reading import LONGEST_LINE, short_words
from handlers.timing import says_when

_UNITS_OFFERED = 5
_ASKED = "asked"
_FIELDS = ("title", "when", "place", "seats", "unit_id", "until_hours")


def title_asked(turn: Turn, _answers: Answers) -> str | None:
    """Refuse whoever may hold nothing before anything is asked."""
    if not access.reach(turn.db, turn.person, access.Act.HOLD_ACTIVITIES):
        raise DomainError("access/not_yours")
    return None


def audiences(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units an activity may be for: those this person works for, and what lies right below."""
    theirs = units.at(turn.db, access.reach(turn.db, turn.person, access.Act.HOLD_ACTIVITIES))
    below = [one for unit in theirs for one in units.children(turn.db, unit)]
    meant = list({one.id: one for one in (*theirs, *below)}.values())[:_UNITS_OFFERED]
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in meant)


def audience(turn: Turn) -> int:
    """Read the name of a unit in which this person may hold activities."""
    paths = access.reach(turn.db, turn.person, access.Act.HOLD_ACTIVITIES)
    said = normalise(turn.text)
    named = [one for one in units.within(turn.db, paths) if said and normalise(one.name).startswith(said)]
    if len(named) != 1:
        raise InvalidAnswer("volunteering/no_such_unit")
    return named[0].id or 0


def deadlines(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer until when people may sign up."""
    return (
        Choice(label=label("until_it_begins"), fill={"value": 0}),
        Choice(label=label("until_two_hours_before"), fill={"value": 2}),
        Choice(label=label("until_a_day_before"), fill={"value": 24}),
    )


def card_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show all that was said, as it will be; refuses what cannot be held."""
    plan, rule = _plan(turn, answers)
    volunteering.check(plan, now=turn.now)
    return {"plan": plan, "is_series": rule is not None}


def card_choices(_turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to publish it, to change something, or to keep it for later."""
    once = (
        Choice(label=label("make_poster"), fill={"value": "poster"}),
        Choice(label=label("keep_draft"), fill={"value": "keep"}),
    )
    return (
        Choice(label=label("publish"), fill={"value": "publish"}),
        Choice(label=label("change_something"), fill={"value": "change"}),
        *(() if answers["when"]["rule"] else once),
    )


def times_meant(_turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the times that may have been meant where it was unclear."""
    return tuple(Choice(label=shown, fill={"value": span_}) for shown, span_ in answers.get("maybe", ()))


def what_was_unclear(_turn: Turn, answers: Answers) -> dict[str, object]:
    """Show why a time is asked for that was said already."""
    return {"why": answers.get("why", "")}


class Span(Form):
    """From when until when, and on which days it repeats, if it does."""

    starts_at: datetime
    ends_at: datetime
    rule: dict[str, Any] | None = None


class Create(Form):
    """What an activity is to be."""

    has_waitlist: bool = True
    is_duty: bool = False
    why: str = ""
    maybe: tuple[tuple[str, dict[str, Any]], ...] = ()
    title: Annotated[str, Ask("volunteering/what_title", known=title_asked, reads=short_words, takes_anything=True)]
    when: Annotated[
        Span, Ask("volunteering/when", show=what_was_unclear, offer=times_meant, reads=span, takes_anything=True)
    ]
    place: Annotated[str, Ask("volunteering/where", reads=short_words, takes_anything=True)]
    seats: Annotated[dict[str, int], Ask("volunteering/how_many", reads=seats_said, takes_anything=True)]
    unit_id: Annotated[int, Ask("volunteering/for_whom", offer=audiences, reads=audience)]
    until_hours: Annotated[int, Ask("volunteering/until_when", offer=deadlines)]
    decision: Annotated[
        str | dict[str, Any], Ask("volunteering/card", show=card_shown, offer=card_choices, reads=decided)
    ]


def in_one_go(turn: Turn) -> dict[str, Any]:
    """Read all that is said of an activity at once; what is not clear is asked afterwards."""
    title_asked(turn, {})
    found = read(turn.text, turn.now, turn.zone)
    parts = take_apart(found.rest)
    if not parts.title or len(parts.title) > LONGEST_LINE or len(parts.place) > LONGEST_LINE:
        return {"title": short_words(turn)}
    given: dict[str, Any] = {"title": parts.title, "place": parts.place}
    given |= timed(turn, found)
    wanted = counts.read(parts.people)
    if 0 < sum(wanted.values()) <= volunteering.MOST_SEATS:
        given["seats"] = wanted
    given = {key: value for key, value in given.items() if value}
    own = showing.highest(access.reach(turn.db, turn.person, access.Act.HOLD_ACTIVITIES))
    if {"title", "when", "place", "seats"} <= given.keys() and len(own) == 1:
        given |= {"unit_id": units.at(turn.db, own)[0].id, "until_hours": 0}
    return given


class Plan(Form):
    """What is said of an activity to begin with: its name, or everything at once."""

    said: Annotated[
        dict[str, Any],
        Ask(
            "volunteering/what_title",
            known=title_asked,
            reads=in_one_go,
            takes_anything=True,
            inline=True,
            glued=says_when,
        ),
    ]


@flow("activities.plan", Plan)
def plan(_turn: Turn, form: Plan) -> Reply:
    """Begin an activity with what was said; the rest is asked step by step."""
    return Reply.leading("activities.create", **form.said)


@flow("activities.create", Create)
def create(turn: Turn, form: Create) -> Reply:
    """Publish what was planned, all the next weeks of it when it repeats, keep it as a draft, or ask what to change."""
    answers = form.model_dump(mode="json")
    if form.decision == "change":
        return Reply.leading("activities.change", given=_given(answers))
    if isinstance(form.decision, dict):
        return Reply.leading("activities.create", **{**_given(answers), **form.decision})
    plan, rule = _plan(turn, answers)
    unit = volunteering.holder(turn.db, plan.audience, turn.person)
    if rule is not None:
        begun = series.begin(turn.db, plan, rule, unit=unit, by=turn.person, now=turn.now)
        return Reply("volunteering/series_begun", title=begun.title)
    activity = volunteering.draft(turn.db, plan, unit=unit, by=turn.person, now=turn.now)
    if form.decision == "publish":
        return _published(turn, activity)
    publish_it = Choice(label=label("publish"), go="activities.publish", fill={"activity_id": activity.id})
    if form.decision == "poster":
        made = posting.posters(turn.db, activity, by=turn.person, now=turn.now)
        reply = Reply("volunteering/poster_first", title=activity.title, choices=(publish_it,))
        reply.attachments = made
        return reply
    return Reply("volunteering/kept_as_draft", title=activity.title, choices=(publish_it,))


def parts_offered(_turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the parts that may be said anew, and whether people may queue."""
    labels = (label("its_title"), label("its_time"), label("its_place"), label("its_seats"), label("its_audience"))
    named = zip((*labels, label("its_deadline")), _FIELDS, strict=True)
    has_waitlist = not answers["given"].get("has_waitlist", True)
    toggled = label("with_queue") if has_waitlist else label("without_queue")
    asked = tuple(Choice(label=shown, fill={"value": {_ASKED: name}}) for shown, name in named)
    return (*asked, Choice(label=toggled, fill={"value": {"has_waitlist": has_waitlist}}))


class Change(Form):
    """What was said so far about an activity that is being planned, and what of it is something else."""

    given: dict[str, Any]
    part: Annotated[dict[str, Any], Ask("volunteering/change_what", offer=parts_offered, reads=anew)]


@flow("activities.change", Change)
def change(_turn: Turn, form: Change) -> Reply:
    """Ask for one part again, or take its new value; the rest stays as it was said."""
    again = form.part.get(_ASKED)
    kept = {key: value for key, value in form.given.items() if key != again}
    return Reply.leading("activities.create", **{**kept, **{key: form.part[key] for key in form.part if key != _ASKED}})


class OneActivity(Form):
    """An activity, by its id."""

    activity_id: int


@flow("activities.publish", OneActivity)
def publish(turn: Turn, form: OneActivity) -> Reply:
    """Publish a draft."""
    return _published(turn, volunteering.found_for(turn.db, form.activity_id, turn.person))


def _published(turn: Turn, activity: Activity) -> Reply:
    published = volunteering.publish(turn.db, activity.id or 0, by=turn.person, now=turn.now)
    manage = Choice(label=label("manage_activity"), go="activities.manage", fill={"activity_id": published.id})
    poster = Choice(label=label("make_poster"), go="activities.papers", fill={"activity_id": published.id})
    line = activities.line(turn.db, published)
    return Reply("volunteering/published", line=line, choices=(manage, poster))


def _given(answers: Answers) -> dict[str, Any]:
    return {name: answers[name] for name in (*_FIELDS, "has_waitlist", "is_duty") if name in answers}


def _plan(turn: Turn, answers: Answers) -> tuple[volunteering.Plan, dict[str, Any] | None]:
    when = answers["when"]
    starts_at = datetime.fromisoformat(when["starts_at"])
    seats = {
        None if kind == counts.ANYBODY else MemberKind(kind): count for kind, count in answers["seats"].items() if count
    }
    only = next(iter(seats)) if len(seats) == 1 else None
    plan = volunteering.Plan(
        title=answers["title"],
        place=answers["place"],
        starts_at=starts_at,
        ends_at=datetime.fromisoformat(when["ends_at"]),
        signup_until=starts_at - timedelta(hours=answers["until_hours"]),
        seats=seats,
        audience=turn.db.get_one(Unit, answers["unit_id"]),
        audience_kind=only,
        has_waitlist=answers.get("has_waitlist", True),
        kind=ActivityKind.DUTY if answers.get("is_duty") else ActivityKind.VOLUNTEERING,
    )
    return plan, when["rule"]
