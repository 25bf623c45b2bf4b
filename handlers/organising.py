"""Planning an activity: asked for step by step, looked at on a card, then published or kept as a draft."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, units
from bot.domain.messages import Choice
from bot.domain.volunteers import activities, series, volunteering
from bot.errors import DomainError
from content import counts
from content.match import normalise
from content.moments import Outcome, Read, read
from content.one_go import take_apart
from content.words import label
from db.models import Activity, ActivityKind, MemberKind, Unit
from handlers.reading import LONGEST_LINE, short_words

_UNITS_OFFERED = 5
_FIELDS = ("title", "when", "place", "seats", "unit_id", "until_hours")


def span(turn: Turn) -> dict[str, Any]:
    """Read when it begins and ends, and on which days it repeats."""
    found = read(turn.text, turn.now, turn.zone)
    when = found.options[0] if found.options else None
    if found.outcome is Outcome.AMBIGUOUS:
        raise InvalidAnswer("volunteering/which_time", times=[one.starts_at for one in found.options])
    if when is None or not when.has_time or when.ends_at is None:
        raise InvalidAnswer(_unclear(found))
    volunteering.check_times(when.starts_at, when.ends_at, now=turn.now)
    return {
        "starts_at": when.starts_at.isoformat(),
        "ends_at": when.ends_at.isoformat(),
        "rule": dict(found.rule) if found.rule else None,
    }


def _unclear(found: Read) -> str:
    match found.outcome:
        case Outcome.PAST:
            return "volunteering/in_the_past"
        case Outcome.IMPOSSIBLE:
            return "volunteering/no_such_time"
        case _:
            return "volunteering/from_when_until_when"


def seats_said(turn: Turn) -> dict[str, int]:
    """Read how many people, of which kinds."""
    wanted = counts.read(turn.text)
    if sum(wanted.values()) < 1:
        raise InvalidAnswer("volunteering/no_seats")
    if sum(wanted.values()) > volunteering.MOST_SEATS:
        raise InvalidAnswer("volunteering/too_many_seats", most=volunteering.MOST_SEATS)
    return wanted


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
    keep = (Choice(label=label("keep_draft"), fill={"value": "keep"}),) if not answers["when"]["rule"] else ()
    return (
        Choice(label=label("publish"), fill={"value": "publish"}),
        Choice(label=label("change_something"), fill={"value": "change"}),
        *keep,
    )


class Span(Form):
    """From when until when, and on which days it repeats, if it does."""

    starts_at: datetime
    ends_at: datetime
    rule: dict[str, Any] | None = None


class Create(Form):
    """What an activity is to be."""

    has_waitlist: bool = True
    is_duty: bool = False
    title: Annotated[str, Ask("volunteering/what_title", known=title_asked, reads=short_words, takes_anything=True)]
    when: Annotated[Span, Ask("volunteering/when", reads=span, takes_anything=True)]
    place: Annotated[str, Ask("volunteering/where", reads=short_words, takes_anything=True)]
    seats: Annotated[dict[str, int], Ask("volunteering/how_many", reads=seats_said, takes_anything=True)]
    unit_id: Annotated[int, Ask("volunteering/for_whom", offer=audiences, reads=audience)]
    until_hours: Annotated[int, Ask("volunteering/until_when", offer=deadlines)]
    decision: Annotated[str, Ask("volunteering/card", show=card_shown, offer=card_choices)]


def in_one_go(turn: Turn) -> dict[str, Any]:
    """Read all that is said of an activity at once; what is not clear is asked afterwards."""
    title_asked(turn, {})
    found = read(turn.text, turn.now, turn.zone)
    parts = take_apart(found.rest)
    given: dict[str, Any] = {"title": parts.title, "place": parts.place} if parts.title else {}
    if parts.title and found.outcome is not Outcome.NOTHING:
        given["when"] = _span_if_clear(turn)
    wanted = counts.read(parts.people)
    if 0 < sum(wanted.values()) <= volunteering.MOST_SEATS:
        given["seats"] = wanted
    if not parts.title or len(parts.title) > LONGEST_LINE or len(parts.place) > LONGEST_LINE:
        return {"title": short_words(turn)}
    return {key: value for key, value in given.items() if value}


def _span_if_clear(turn: Turn) -> dict[str, Any] | None:
    try:
        return span(turn)
    except (InvalidAnswer, DomainError):
        return None


class Plan(Form):
    """What is said of an activity to begin with: its name, or everything at once."""

    said: Annotated[
        dict[str, Any],
        Ask("volunteering/what_title", known=title_asked, reads=in_one_go, takes_anything=True, inline=True),
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
    plan, rule = _plan(turn, answers)
    unit = _holder(turn, plan.audience)
    if rule is not None:
        begun = series.begin(turn.db, plan, rule, unit=unit, by=turn.person, now=turn.now)
        return Reply("volunteering/series_begun", title=begun.title)
    activity = volunteering.draft(turn.db, plan, unit=unit, by=turn.person, now=turn.now)
    if form.decision != "publish":
        return Reply("volunteering/kept_as_draft", title=activity.title)
    return _published(turn, activity)


class Change(Form):
    """What was said so far about an activity that is being planned."""

    given: dict[str, Any]


@flow("activities.change", Change)
def change(_turn: Turn, form: Change) -> Reply:
    """Ask which part is to be said anew."""
    labels = (label("its_title"), label("its_time"), label("its_place"), label("its_seats"), label("its_audience"))
    words = (*labels, label("its_deadline"))
    fields = tuple(
        Choice(label=shown, go="activities.create", fill={key: form.given[key] for key in form.given if key != name})
        for shown, name in zip(words, _FIELDS, strict=True)
    )
    has_waitlist = not form.given.get("has_waitlist", True)
    toggled = label("with_queue") if has_waitlist else label("without_queue")
    queue = Choice(label=toggled, go="activities.create", fill={**form.given, "has_waitlist": has_waitlist})
    return Reply("volunteering/change_what", choices=(*fields, queue))


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


def _holder(turn: Turn, audience: Unit) -> Unit:
    """Return the unit that holds it: the nearest one above the audience this person works for."""
    paths = [
        one for one in access.reach(turn.db, turn.person, access.Act.HOLD_ACTIVITIES) if audience.path.startswith(one)
    ]
    if not paths:
        raise DomainError("access/not_yours")
    return units.at(turn.db, [max(paths, key=len)])[0]
