"""An activity in the hands of whoever holds it: who is coming, another time, more seats, called off."""

from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import codes
from bot.domain.messages import Choice
from bot.domain.volunteers import activities, browsing, seats, series, volunteering
from content import counts
from content.moments import Outcome, read
from content.words import label
from db.models import Activity, CodePurpose, MemberKind, OccasionState
from handlers.personal import privately
from handlers.reading import short_words, yes_or_no_please

_SHOWN = 5
_NAMES_SHOWN = 30


class OneActivity(Form):
    """An activity, by its id."""

    activity_id: int


@flow("activities.held")
def held(turn: Turn, _form: Form) -> Reply:
    """List what this person holds: their names and codes are for no group."""
    privately(turn)
    theirs = browsing.held_in(turn.db, turn.person, now=turn.now, limit=_SHOWN)
    if not theirs:
        return Reply("volunteering/holds_nothing", choices=(Choice(label=label("plan_one"), go="activities.create"),))
    choices = tuple(
        Choice(label=activities.line(turn.db, one), go="activities.manage", fill={"activity_id": one.id})
        for one in theirs
    )
    return Reply("volunteering/held", choices=choices)


@flow("activities.manage", OneActivity)
def manage(turn: Turn, form: OneActivity) -> Reply:
    """Show how an activity stands, the code of its venue, and what can be done with it."""
    activity = volunteering.found_for(turn.db, form.activity_id, turn.person)
    return Reply(
        "volunteering/managed",
        choices=_acts(turn, activity),
        activity=activity,
        state=activity.state.value,
        room=activities.room(turn.db, [form.activity_id])[form.activity_id],
        code=_venue_code(turn, activity) if activity.state is OccasionState.PUBLISHED else "",
    )


def _acts(turn: Turn, activity: Activity) -> tuple[Choice, ...]:
    about: dict[str, Any] = {"activity_id": activity.id}
    call_off = Choice(label=label("call_activity_off"), go="activities.call_off", fill=about)
    if activity.state is OccasionState.DRAFT:
        return Choice(label=label("publish"), go="activities.publish", fill=about), call_off
    if activity.state is not OccasionState.PUBLISHED:
        return ()
    names = Choice(label=label("who_is_coming"), go="activities.names", fill=about)
    roll = Choice(label=label("take_roll"), go="presence.roll", fill=about)
    if activity.starts_at <= turn.now:
        return roll, names
    stop = Choice(
        label=label("end_activity_series"), go="activities.end_series", fill={"series_id": activity.series_id}
    )
    return (
        names,
        Choice(label=label("move_it"), go="activities.move", fill=about),
        Choice(label=label("change_seats"), go="activities.seats", fill=about),
        call_off,
        *((stop,) if activity.series_id else ()),
        Choice(label=label("make_poster"), go="activities.papers", fill=about),
    )


@flow("activities.names", OneActivity)
def names(turn: Turn, form: OneActivity) -> Reply:
    """List who has a seat and who waits, by name alone."""
    privately(turn)
    activity = volunteering.found_for(turn.db, form.activity_id, turn.person)
    coming, waiting = seats.names(turn.db, activity)
    return Reply(
        "volunteering/names",
        title=activity.title,
        coming=coming[:_NAMES_SHOWN],
        count=len(coming),
        waiting=waiting[:_NAMES_SHOWN],
    )


def what_is_called_off(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is to be called off; refuses who may not, and what cannot be any more."""
    activity = volunteering.found_for(turn.db, answers["activity_id"], turn.person)
    if activity.state is not OccasionState.DRAFT:
        activities.insist_on_time(activity, turn.now)
    return {"title": activity.title}


def how_many_are_told(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show how many will hear of it, and why."""
    room = activities.room(turn.db, [answers["activity_id"]])[answers["activity_id"]]
    title = volunteering.found_for(turn.db, answers["activity_id"], turn.person).title
    return {"title": title, "reason": answers["reason"], "count": room.taken + room.waiting}


def no_reason_for_draft(turn: Turn, answers: Answers) -> str | None:
    """Return that a draft needs no reason: nobody knows of it."""
    activity = volunteering.found_for(turn.db, answers["activity_id"], turn.person)
    return "-" if activity.state is OccasionState.DRAFT else None


def call_off_or_not(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to call it off, or not to."""
    return (
        Choice(label=label("call_activity_off"), fill={"value": True}),
        Choice(label=label("go_ahead"), fill={"value": False}),
    )


class CallOff(Form):
    """An activity that is not to be, and why."""

    activity_id: int
    reason: Annotated[
        str,
        Ask(
            "volunteering/why_called_off",
            show=what_is_called_off,
            known=no_reason_for_draft,
            reads=short_words,
            takes_anything=True,
        ),
    ]
    is_sure: Annotated[
        bool,
        Ask("volunteering/call_off_check", show=how_many_are_told, offer=call_off_or_not, reads=yes_or_no_please),
    ]


@flow("activities.call_off", CallOff)
def call_off(turn: Turn, form: CallOff) -> Reply:
    """Cancel it: whoever signed up hears why."""
    if not form.is_sure:
        return Reply("volunteering/goes_ahead")
    activity = volunteering.cancel(turn.db, form.activity_id, form.reason, by=turn.person, now=turn.now)
    return Reply("volunteering/called_off", title=activity.title)


def new_span(turn: Turn) -> list[str]:
    """Read from when until when it is to be instead."""
    found = read(turn.text, turn.now, turn.zone)
    if found.outcome is not Outcome.FOUND or not found.when.has_time or found.when.ends_at is None:
        raise InvalidAnswer("volunteering/from_when_until_when")
    volunteering.check_times(found.when.starts_at, found.when.ends_at, now=turn.now)
    return [found.when.starts_at.isoformat(), found.when.ends_at.isoformat()]


def place_as_before(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to leave it where it is."""
    place = volunteering.found_for(turn.db, answers["activity_id"], turn.person).place
    return (Choice(label=label("same_place"), fill={"value": place}),)


def time_as_before(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to leave it at its time: only the place is another."""
    activity = volunteering.found_for(turn.db, answers["activity_id"], turn.person)
    span = [activity.starts_at.isoformat(), activity.ends_at.isoformat()]
    return (Choice(label=label("same_time"), fill={"value": span}),)


class MoveIt(Form):
    """When and where an activity is to be instead, and why."""

    activity_id: int
    span: Annotated[
        list[str], Ask("volunteering/move_to_when", show=what_is_called_off, offer=time_as_before, reads=new_span)
    ]
    place: Annotated[str, Ask("volunteering/move_where", offer=place_as_before, reads=short_words)]
    reason: Annotated[str, Ask("volunteering/why_moved", reads=short_words, takes_anything=True)]


@flow("activities.move", MoveIt)
def move(turn: Turn, form: MoveIt) -> Reply:
    """Move it: whoever signed up hears of it and may leave by a digit."""
    starts_at, ends_at = (volunteering.moment_of(one) for one in form.span)
    to = volunteering.Move(starts_at, ends_at, form.place, form.reason)
    activity = volunteering.move(turn.db, form.activity_id, to, by=turn.person, now=turn.now)
    return Reply("volunteering/moved_done", line=activities.line(turn.db, activity))


def seats_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show how many seats there are and how many are taken."""
    activity = volunteering.found_for(turn.db, answers["activity_id"], turn.person)
    room = activities.room(turn.db, [activity.id or 0])[activity.id or 0]
    return {"title": activity.title, "room": room}


def seats_said(turn: Turn) -> dict[str, int]:
    """Read how many seats there are to be, of which kinds."""
    wanted = counts.read(turn.text)
    if not wanted:
        raise InvalidAnswer("volunteering/no_seats")
    return wanted


class Seats(Form):
    """How many seats an activity is to have."""

    activity_id: int
    wanted: Annotated[dict[str, int], Ask("volunteering/how_many_now", show=seats_shown, reads=seats_said)]


@flow("activities.seats", Seats)
def change_seats(turn: Turn, form: Seats) -> Reply:
    """Set the seats; new ones are offered to whoever waits."""
    for kind, count in form.wanted.items():
        meant = None if kind == counts.ANYBODY else MemberKind(kind)
        seats.set_seats(turn.db, form.activity_id, meant, count, by=turn.person, now=turn.now)
    room = activities.room(turn.db, [form.activity_id])[form.activity_id]
    return Reply("volunteering/seats_changed", room=room)


class OneSeries(Form):
    """A series, by its id."""

    series_id: int


@flow("activities.end_series", OneSeries)
def end_series(turn: Turn, form: OneSeries) -> Reply:
    """Let nothing more be made of a series."""
    return Reply(
        "volunteering/series_ended", title=series.end(turn.db, form.series_id, by=turn.person, now=turn.now).title
    )


def _venue_code(turn: Turn, activity: Activity) -> str:
    subject = activity.id or 0
    found = codes.standing(turn.db, CodePurpose.VENUE, subject, now=turn.now)
    return found or codes.make(turn.db, CodePurpose.VENUE, subject, now=turn.now, by=turn.person.id)
