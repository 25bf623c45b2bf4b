"""Hours of service and points: seen by their person alone, doubted by a sentence, decided with a reason."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.volunteers import activities, service, volunteering
from bot.errors import DomainError
from content import lengths
from content.words import label
from db.models import Activity, Person, ServiceRecord
from handlers.personal import privately
from handlers.reading import short_words, words

_SHOWN = 3
_OPEN_SHOWN = 8


@flow("service.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """Show the hours of the year and what they were served at."""
    privately(turn)
    year = turn.now.astimezone(turn.zone).year
    total = service.of_year(turn.db, turn.person.id or 0, year)
    recent = service.recent(turn.db, turn.person.id or 0, limit=_SHOWN)
    lines = [_line(turn, record, activity) for record, activity in recent]
    wrong = (Choice(label=label("minutes_are_wrong"), go="service.dispute"),) if recent else ()
    return Reply("volunteering/my_hours", minutes=total, lines=lines, choices=wrong)


def records_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer what was served last."""
    recent = service.recent(turn.db, turn.person.id or 0, limit=_SHOWN)
    return tuple(Choice(label=_line(turn, record, activity), fill={"value": record.id}) for record, activity in recent)


def only_record(turn: Turn, _answers: Answers) -> int | None:
    """Return the only record there is; refuses when there is none."""
    privately(turn)
    recent = service.recent(turn.db, turn.person.id or 0, limit=2)
    if not recent:
        raise DomainError("volunteering/no_record_yet")
    return recent[0][0].id if len(recent) == 1 else None


class DisputeIt(Form):
    """Which minutes are wrong, and what is right."""

    record_id: Annotated[int, Ask("volunteering/which_record", known=only_record, offer=records_offered)]
    words: Annotated[str, Ask("volunteering/what_is_right", reads=words, takes_anything=True)]


@flow("service.dispute", DisputeIt)
def dispute(turn: Turn, form: DisputeIt) -> Reply:
    """Ask whoever held the activity to decide."""
    service.dispute(turn.db, form.record_id, form.words, by=turn.person, now=turn.now)
    return Reply("volunteering/disputed")


def dispute_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what is doubted; refuses who may not decide, and what is decided."""
    row = service.open_dispute(turn.db, answers["dispute_id"], turn.person)
    record = turn.db.get_one(ServiceRecord, row.record_id)
    return {
        "name": turn.db.get_one(Person, row.person_id).name,
        "title": activities.found(turn.db, record.activity_id).title,
        "minutes": record.minutes,
        "words": row.words,
    }


def as_it_stands(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to leave the minutes as they are."""
    row = service.open_dispute(turn.db, answers["dispute_id"], turn.person)
    return (
        Choice(label=label("leave_minutes"), fill={"value": turn.db.get_one(ServiceRecord, row.record_id).minutes}),
    )


def length(turn: Turn) -> int:
    """Read for how long it was."""
    minutes = lengths.read(turn.text)
    if minutes is None:
        raise InvalidAnswer("volunteering/no_length")
    return minutes


class Decide(Form):
    """What a dispute comes to, and why."""

    dispute_id: int
    minutes: Annotated[int, Ask("volunteering/how_long", show=dispute_shown, offer=as_it_stands, reads=length)]
    reason: Annotated[str, Ask("volunteering/why_so", reads=short_words, takes_anything=True)]


@flow("service.decide", Decide)
def decide(turn: Turn, form: Decide) -> Reply:
    """Keep the decision; the person hears it with its reason."""
    service.decide(turn.db, form.dispute_id, form.minutes, form.reason, by=turn.person, now=turn.now)
    return Reply("volunteering/decided")


class OneActivity(Form):
    """An activity, by its id."""

    activity_id: int


@flow("service.confirm_all", OneActivity)
def confirm_all(turn: Turn, form: OneActivity) -> Reply:
    """Let all open minutes count as the activity was meant."""
    count = service.confirm_all(turn.db, form.activity_id, by=turn.person, now=turn.now)
    return Reply("volunteering/minutes_confirmed", count=count)


@flow("service.open", OneActivity)
def open_(turn: Turn, form: OneActivity) -> Reply:
    """List whose minutes are open, to be set one by one."""
    activity = volunteering.found_for(turn.db, form.activity_id, turn.person)
    open_ones = service.proposed(turn.db, form.activity_id)
    if not open_ones:
        return Reply("volunteering/minutes_confirmed", count=0)
    choices = tuple(
        Choice(label=name, go="service.set", fill={"record_id": record.id}) for record, name in open_ones[:_OPEN_SHOWN]
    )
    rest = Choice(label=label("count_as_meant"), go="service.confirm_all", fill={"activity_id": form.activity_id})
    return Reply("volunteering/minutes_open", title=activity.title, count=len(open_ones), choices=(*choices, rest))


class SetMinutes(Form):
    """For how long somebody served, as the organiser knows it, and how."""

    record_id: int
    minutes: Annotated[int, Ask("volunteering/how_long_was_it", reads=length)]
    reason: Annotated[str, Ask("volunteering/why_so", reads=short_words, takes_anything=True)]


@flow("service.set", SetMinutes)
def set_minutes(turn: Turn, form: SetMinutes) -> Reply:
    """Keep the minutes, and show who is still open."""
    record = service.correct(turn.db, form.record_id, form.minutes, form.reason, by=turn.person, now=turn.now)
    return Reply.leading("service.open", activity_id=record.activity_id)


def _line(turn: Turn, record: ServiceRecord, activity: Activity) -> str:
    values = {"record": record, "title": activity.title, "is_open": record.state.value == "proposed"}
    return house_of(turn.db).renderer.render("volunteering/line_of_service", values)


FLOWS: tuple[Flow, ...] = (
    mine,
    dispute,
    decide,
    confirm_all,
    open_,
    set_minutes,
)
"""The flows of this module, listed by hand."""
