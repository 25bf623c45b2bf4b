"""A member's rounds: the households unseen for longest, a visit in two taps, a note that may lead on."""

from datetime import datetime
from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import files, units
from bot.domain.house import today as day_of
from bot.domain.messages import Choice
from bot.domain.visits import contacts, households, walking
from bot.errors import DomainError
from content import visits
from content.words import label
from db.models import NEVER, FileKind, Household, Unit, UnitKind, Visit
from handlers.personal import privately, reads_yes_or_no
from handlers.reading import words

_SHOWN = 5
_LONGEST_NAME = 4


def told_before(turn: Turn, _answers: Answers) -> bool | None:
    """Ask once whether the households may have the phone; refuse whoever has none."""
    privately(turn)
    person_id = turn.conversation.person_id
    if not walking.count(turn.db, person_id) or not households.may_visit(turn.db, turn.person):
        raise DomainError("visits/none_to_visit")
    return True if walking.was_told(turn.db, person_id) else None


def give_or_not(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to let the households have the phone, or not."""
    return (
        Choice(label=label("give_mobile"), fill={"value": True}),
        Choice(label=label("keep_mobile"), fill={"value": False}),
    )


class Rounds(Form):
    """Whether whoever walks knows who sees what, and behind whom the list goes on."""

    shows_mobile: Annotated[
        bool, Ask("visits/who_sees_what", known=told_before, offer=give_or_not, reads=reads_yes_or_no)
    ]
    after: tuple[datetime, int] | None = None


@flow("visits.today", Rounds)
def today(turn: Turn, form: Rounds) -> Reply:
    """Show the households to see next, the longest unseen first."""
    person_id = turn.conversation.person_id
    if not walking.was_told(turn.db, person_id):
        walking.show_mobile(turn.db, turn.person, shows=form.shows_mobile, now=turn.now)
    begun = walking.begins_today(turn.db, turn.now)
    found = walking.next_ones(turn.db, person_id, after=form.after, before=begun)
    shown, more = found[: visits.a_day()], found[visits.a_day() :]
    if not shown:
        return Reply("visits/all_seen", choices=(_history(),))
    choices = [Choice(label=_short(turn, one), go="visits.log", fill={"household_id": one.id}) for one in shown]
    if more:
        last = [shown[-1].seen_at.isoformat(), shown[-1].id]
        choices.append(Choice(label=label("further_households"), key="0", go="visits.today", fill={"after": last}))
    total = walking.count(turn.db, person_id)
    return Reply("visits/today", count=len(shown), total=total, choices=tuple(choices))


@flow("visits.card")
def card(turn: Turn, _form: Form) -> Reply:
    """Let the households have the phone, or no more: the other way round than it is."""
    told_before(turn, {})
    shows = not walking.shows_mobile(turn.db, turn.conversation.person_id)
    walking.show_mobile(turn.db, turn.person, shows=shows, now=turn.now)
    return Reply("visits/card", shows=shows)


def whom_to_see(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show where it is and how they are reached, to their contact alone; in full where the channel may carry it."""
    household = _mine(turn, answers["household_id"])
    carries = turn.traits.carries_personal_data
    where, phone = (
        (households.address, households.mobile) if carries else (households.masked_address, households.masked_mobile)
    )
    return {
        "unit": turn.db.get_one(Unit, household.unit_id).name,
        "holder": household.holder,
        "address": where(turn.db, household),
        "mobile": phone(turn.db, household),
        "last": None if household.seen_at == NEVER else household.seen_at,
    }


def kinds_offered(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer what a visit may be for."""
    return tuple(Choice(label=name, fill={"value": key}) for key, name in visits.kinds().items())


class Log(Form):
    """A household, and what its visit was for."""

    household_id: int
    kind: Annotated[str, Ask("visits/what_for", show=whom_to_see, offer=kinds_offered)]


@flow("visits.log", Log)
def log(turn: Turn, form: Log) -> Reply:
    """Write a visit down; whatever is said of it besides may be left out."""
    privately(turn)
    visit = walking.log(turn.db, form.household_id, form.kind, by=turn.person, now=turn.now)
    fill = {"visit_id": visit.id}
    choices = (
        Choice(label=label("note_visit"), go="visits.note", fill=fill),
        Choice(label=label("next_household"), go="visits.today"),
        Choice(label=label("household_code"), go="visits.code", fill={"household_id": form.household_id}),
        Choice(label=label("not_visited"), go="visits.remove", fill=fill),
    )
    return Reply("visits/logged", holder=_called(turn, visit), kind=visits.kind_name(visit.kind), choices=choices)


class OneVisit(Form):
    """A visit, by its id."""

    visit_id: int


def note_said(turn: Turn) -> str:
    """Read a sentence; a photo alone says enough."""
    said = "" if turn.files and not turn.text else words(turn)
    if len(said) > walking.LONGEST_NOTE:
        raise InvalidAnswer("engine/too_long", most=walking.LONGEST_NOTE)
    return said


class Note(Form):
    """What is noted of a visit: a sentence, a photo, or both."""

    visit_id: int
    files: tuple[int, ...] = ()
    words: Annotated[str, Ask("visits/say_note", reads=note_said, takes_anything=True, takes_files=True)]


@flow("visits.note", Note)
def note(turn: Turn, form: Note) -> Reply:
    """Keep what is noted, and offer to make a question or a report of it."""
    privately(turn)
    sent = files.rows(turn.db, form.files)
    photos = [one for one in sent if one.person_id == turn.person.id and one.kind is FileKind.PHOTO]
    visit = walking.note(turn.db, form.visit_id, form.words, photos, by=turn.person)
    onward = _onward(visit) if visit.note_sealed else ()
    return Reply("visits/noted", choices=(*onward, Choice(label=label("next_household"), go="visits.today")))


@flow("visits.to_question", OneVisit)
def to_question(turn: Turn, form: OneVisit) -> Reply:
    """Let what is noted be asked of whoever answers in the village, as any question is."""
    privately(turn)
    visit = walking.own(turn.db, form.visit_id, turn.person)
    village = _village(turn, visit)
    fill = {"unit_id": village} if village else {}
    photos = walking.photos_to_pass_on(turn.db, visit)
    return Reply.leading("cases.hand_off", question=walking.noted(turn.db, visit), files=photos, **fill)


@flow("visits.to_report", OneVisit)
def to_report(turn: Turn, form: OneVisit) -> Reply:
    """Let what is noted be a report to the grid, as any report is."""
    privately(turn)
    visit = walking.own(turn.db, form.visit_id, turn.person)
    said = {"words": walking.noted(turn.db, visit)}
    return Reply.leading(
        "grid.report", said=said, unit_id=visit.unit_id, files=walking.photos_to_pass_on(turn.db, visit)
    )


@flow("visits.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """Show one's own visits: how many this year and month, and the last of them."""
    privately(turn)
    person_id, day = turn.conversation.person_id, day_of(turn.db, turn.now)
    found = walking.recent(turn.db, person_id, limit=_SHOWN)
    if not found and not walking.count(turn.db, person_id):
        return Reply("visits/none_to_visit")
    choices = tuple(
        Choice(label=_line(turn, visit, household), go="visits.show", fill={"visit_id": visit.id})
        for visit, household in found
    )
    year = walking.counted_since(turn.db, person_id, day.replace(month=1, day=1))
    month = walking.counted_since(turn.db, person_id, day.replace(day=1))
    return Reply("visits/mine", year=year, month=month, choices=choices or (_next(),))


@flow("visits.show", OneVisit)
def show(turn: Turn, form: OneVisit) -> Reply:
    """Show one of one's own visits, and what may be done with it."""
    privately(turn)
    visit = walking.own(turn.db, form.visit_id, turn.person)
    fill = {"visit_id": visit.id}
    onward = _onward(visit) if visit.note_sealed else ()
    choices = (
        Choice(label=label("note_visit"), go="visits.note", fill=fill),
        *onward,
        Choice(label=label("delete_visit"), go="visits.remove", fill=fill),
    )
    return Reply(
        "visits/one",
        day=visit.visited_at,
        holder=_called(turn, visit),
        kind=visits.kind_name(visit.kind),
        note=walking.noted(turn.db, visit),
        photos=len(visit.files),
        choices=choices,
    )


@flow("visits.remove", OneVisit)
def remove(turn: Turn, form: OneVisit) -> Reply:
    """Take one's own visit back, with all that was noted of it."""
    privately(turn)
    walking.remove(turn.db, form.visit_id, by=turn.person, now=turn.now)
    return Reply("visits/removed", choices=(_next(), _history()))


class OneHousehold(Form):
    """A household, by its id."""

    household_id: int


@flow("visits.code", OneHousehold)
def code(turn: Turn, form: OneHousehold) -> Reply:
    """Give the code by which those who live there find their contact, to be told at the door."""
    household = _mine(turn, form.household_id)
    given = contacts.code(turn.db, household, by=turn.person, now=turn.now)
    return Reply("visits/code", code=given, days=contacts.CODE_LASTS.days, choices=(_next(),))


def _mine(turn: Turn, household_id: int) -> Household:
    privately(turn)
    return households.mine(turn.db, household_id, turn.person)


def _onward(visit: Visit) -> tuple[Choice, ...]:
    fill = {"visit_id": visit.id}
    return (
        Choice(label=label("ask_village"), go="visits.to_question", fill=fill),
        Choice(label=label("report_to_grid"), go="visits.to_report", fill=fill),
    )


def _next() -> Choice:
    return Choice(label=label("next_household"), go="visits.today")


def _history() -> Choice:
    return Choice(label=label("my_visits"), go="visits.mine")


def _short(turn: Turn, household: Household) -> str:
    """Return a household on a button: whose it is, and for how many days nobody was there."""
    name = households.called(household, households.masked_address(turn.db, household))[:_LONGEST_NAME]
    if household.seen_at == NEVER:
        return f"{name} {label('never_visited')}"
    days = (day_of(turn.db, turn.now) - day_of(turn.db, household.seen_at)).days
    return f"{name} {label('days_ago').format(days=days)}"


def _line(turn: Turn, visit: Visit, household: Household | None) -> str:
    day = day_of(turn.db, visit.visited_at)
    name = household.holder[:_LONGEST_NAME] if household else label("deleted_household")
    return f"{day.month}-{day.day} {name} {visits.kind_name(visit.kind)}"


def _called(turn: Turn, visit: Visit) -> str:
    household = turn.db.get(Household, visit.household_id) if visit.household_id else None
    if household is None:
        return label("deleted_household")
    return households.called(household, households.masked_address(turn.db, household))


def _village(turn: Turn, visit: Visit) -> int | None:
    line = units.line_up(turn.db, turn.db.get_one(Unit, visit.unit_id))
    return next((one.id for one in line if one.kind is UnitKind.VILLAGE), None)
