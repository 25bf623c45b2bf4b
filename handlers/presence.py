"""Coming and leaving: the code at the venue, a cadre's taps, and the paper sheet pasted afterwards."""

from typing import Annotated, Any

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import namesheet
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.domain.volunteers import activities, presence, service, volunteering
from content.words import label
from db.models import CheckInWay, Person
from handlers.personal import privately
from handlers.reading import person_name, words

_SHOWN = 8


def name_known(turn: Turn, answers: Answers) -> str | None:
    """Return the name that is known; refuses a scan far from the activity's time before anything is asked."""
    privately(turn)
    presence.insist_on_its_time(activities.found(turn.db, answers["activity_id"]), turn.now)
    return turn.person.name or None


class Scan(Form):
    """The venue whose code was scanned, and who is there."""

    activity_id: int
    name: Annotated[str, Ask("volunteering/your_name", known=name_known, reads=person_name)]


@flow("presence.check_in", Scan)
def check_in(turn: Turn, form: Scan) -> Reply:
    """Note that somebody came, or at the second scan left, and tell what they served."""
    if not turn.person.name:
        people.set_name(turn.person, form.name)
        turn.db.add(turn.person)
    scanned = presence.scan(turn.db, form.activity_id, turn.person, now=turn.now)
    if scanned.record is None:
        return Reply("volunteering/checked_in", at=scanned.check_in.in_at, is_new=scanned.is_new)
    if scanned.record.confirmed_by is None and scanned.record.state.value == "proposed":
        return Reply("volunteering/left_early", title=scanned.activity.title)
    return Reply("volunteering/served", served=service.counted(turn.db, scanned.record))


class Roll(Form):
    """A page of the names of an activity."""

    activity_id: int
    offset: int = 0


@flow("presence.roll", Roll)
def roll(turn: Turn, form: Roll) -> Reply:
    """Show who is expected and not noted yet, to be tapped."""
    privately(turn)
    activity = volunteering.found_for(turn.db, form.activity_id, turn.person)
    missing = presence.missing(turn.db, form.activity_id)
    sheet = Choice(label=label("paste_sheet"), go="presence.sheet", fill={"activity_id": form.activity_id})
    if not missing:
        return Reply("volunteering/all_noted", title=activity.title, choices=(sheet, *_minutes(turn, form.activity_id)))
    page = missing[form.offset : form.offset + _SHOWN] or missing[:_SHOWN]
    taps = tuple(_tap(form.activity_id, name, [person_id]) for person_id, name in page)
    everybody = _tap(form.activity_id, label("all_came"), [person_id for person_id, _ in missing])
    rest = Choice(
        label=label("more_names"),
        go="presence.roll",
        fill={"activity_id": form.activity_id, "offset": form.offset + _SHOWN},
    )
    more = (rest,) if len(missing) > _SHOWN else ()
    return Reply(
        "volunteering/roll", title=activity.title, count=len(missing), choices=(*taps, everybody, *more, sheet)
    )


class Tap(Form):
    """Who came, by a cadre's word."""

    activity_id: int
    person_ids: list[int]


@flow("presence.tap", Tap)
def tap(turn: Turn, form: Tap) -> Reply:
    """Note those who were tapped, and show the rest."""
    presence.mark(turn.db, form.activity_id, form.person_ids, CheckInWay.TAPPED, by=turn.person, now=turn.now)
    return Reply.leading("presence.roll", activity_id=form.activity_id)


class Pasted(Form):
    """A paper sheet, typed off."""

    activity_id: int
    text: Annotated[str, Ask("volunteering/paste_sheet", reads=words, takes_anything=True)]


@flow("presence.sheet", Pasted)
def sheet(turn: Turn, form: Pasted) -> Reply:
    """Note whose names are sure, keep the unknown as walk-ins, and ask about the doubtful one by one."""
    activity = volunteering.found_for(turn.db, form.activity_id, turn.person)
    said = namesheet.read(form.text, presence.may_stand_on_sheet(turn.db, activity))
    presence.mark(turn.db, form.activity_id, said.sure, CheckInWay.SHEET, by=turn.person, now=turn.now)
    for name in said.unknown:
        presence.walk_in(turn.db, form.activity_id, name, by=turn.person, now=turn.now)
    noted = len(said.sure) + len(said.unknown)
    return _ask_on(turn, form.activity_id, [[name, list(ids)] for name, ids in said.doubtful], noted)


class Doubt(Form):
    """Who a doubtful name is (0: somebody new, -1: nobody), and what is still open."""

    activity_id: int
    name: str
    person_id: int
    open_names: list[Any]
    noted: int


@flow("presence.doubt", Doubt)
def doubt(turn: Turn, form: Doubt) -> Reply:
    """Note who was meant, and ask about the next."""
    if form.person_id > 0:
        presence.mark(turn.db, form.activity_id, [form.person_id], CheckInWay.SHEET, by=turn.person, now=turn.now)
    elif form.person_id == 0:
        presence.walk_in(turn.db, form.activity_id, form.name, by=turn.person, now=turn.now)
    return _ask_on(turn, form.activity_id, form.open_names, form.noted + (form.person_id >= 0))


def _ask_on(turn: Turn, activity_id: int, open_names: list[Any], noted: int) -> Reply:
    if not open_names:
        return Reply("volunteering/sheet_noted", noted=noted, choices=_minutes(turn, activity_id))
    (name, ids), *rest = open_names
    about: dict[str, Any] = {"activity_id": activity_id, "name": name, "open_names": rest, "noted": noted}
    people_meant = tuple(
        Choice(label=_known_as(turn, one), go="presence.doubt", fill={**about, "person_id": one}) for one in ids[:5]
    )
    new = Choice(label=label("somebody_new"), go="presence.doubt", fill={**about, "person_id": 0})
    nobody = Choice(label=label("skip_name"), go="presence.doubt", fill={**about, "person_id": -1})
    return Reply("volunteering/who_is_meant", name=name, left=len(rest), choices=(*people_meant, new, nobody))


def _known_as(turn: Turn, person_id: int) -> str:
    """Return a name, with the end of the phone number that tells two people of one name apart."""
    person = turn.db.get_one(Person, person_id)
    masked = people.masked_mobile(turn.db, person)
    return f"{person.name} {masked[-4:]}" if masked else person.name


def _minutes(turn: Turn, activity_id: int) -> tuple[Choice, ...]:
    """Offer to let it count once it is over."""
    activity = activities.found(turn.db, activity_id)
    if activity.ends_at > turn.now:
        return ()
    return (Choice(label=label("count_as_meant"), go="service.confirm_all", fill={"activity_id": activity_id}),)


def _tap(activity_id: int, words_: str, person_ids: list[int]) -> Choice:
    return Choice(label=words_, go="presence.tap", fill={"activity_id": activity_id, "person_ids": person_ids})
