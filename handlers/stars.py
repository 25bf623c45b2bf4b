"""Stars: the sheet of a branch looked at, what its meeting decided entered, made public; each sees their own alone."""

from datetime import date
from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import units
from bot.domain.messages import Choice
from bot.domain.persons import members, people
from bot.domain.stars import deciding, sheets
from bot.domain.stars.sheets import Rated
from bot.errors import DomainError
from content.match import normalise
from content.stars import MOST, criteria, sample_mark, star_name
from content.starwords import read_stars
from content.words import label
from db.models import Person, StarRating, StarSheet, StarState, Unit, UnitKind
from handlers.personal import privately, reads_yes_or_no, yes_or_no_offered
from handlers.reading import short_words, words
from handlers.timing import day_said

_SHOWN = 4
_BRANCHES = 5
_NAMES = 24


def only_branch(turn: Turn, _answers: Answers) -> int | None:
    """Return the branch somebody keeps the stars of where there is one; refuse who keeps none."""
    privately(turn)
    found = _branches(turn)
    if not found:
        raise DomainError("access/not_yours")
    return found[0].id if len(found) == 1 else None


def branches_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the first branches; others are said by name."""
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in _branches(turn)[:_BRANCHES])


def a_branch(turn: Turn) -> int:
    """Read the name of a branch."""
    said = normalise(turn.text)
    found = [one for one in _branches(turn) if said and normalise(one.name).endswith(said)]
    if len(found) != 1:
        raise InvalidAnswer("stars/no_such_branch")
    return found[0].id or 0


class Begun(Form):
    """Whose stars."""

    unit_id: Annotated[int, Ask("stars/which_branch", known=only_branch, offer=branches_offered, reads=a_branch)]


@flow("stars.begin", Begun)
def begin(turn: Turn, form: Begun) -> Reply:
    """Draw this year's sheet of a branch, or go on with it."""
    sheet = sheets.begin(turn.db, turn.db.get_one(Unit, form.unit_id), by=turn.person, now=turn.now)
    return Reply.leading("stars.sheet", sheet_id=sheet.id)


class OneSheet(Form):
    """A sheet, and how many of its lines have been shown."""

    sheet_id: int
    skipped: int = 0


@flow("stars.sheet", OneSheet)
def show(turn: Turn, form: OneSheet) -> Reply:
    """Show how a sheet stands, and what may be done next."""
    privately(turn)
    sheet = sheets.for_keeper(turn.db, form.sheet_id, turn.person)
    found = sheets.rated(turn.db, sheet)
    fill = {"sheet_id": sheet.id}
    decide = Choice(label=label("enter_decision"), go="stars.decide", fill=fill)
    publish = Choice(label=label("publish_stars"), go="stars.publish", fill=fill)
    look = Choice(label=label("look_at_names"), go="stars.names", fill=fill)
    steps = {StarState.DRAFT: (look, decide), StarState.DECIDED: (look, publish, decide), StarState.PUBLISHED: (look,)}
    return Reply(
        "stars/sheet",
        choices=steps[sheet.state],
        unit=turn.db.get_one(Unit, sheet.unit_id).name,
        year=sheet.year,
        sample=sample_mark(),
        count=len(found),
        drafted=sum(one.rating.drafted > 0 for one in found),
        state=sheet.state.value,
        met_on=sheet.met_on,
    )


@flow("stars.names", OneSheet)
def names(turn: Turn, form: OneSheet) -> Reply:
    """List who is on a sheet by name, a page at a time."""
    privately(turn)
    found = sheets.rated(turn.db, sheets.for_keeper(turn.db, form.sheet_id, turn.person))
    shown = found[form.skipped :][:_SHOWN]
    choices = [Choice(label=_line(one), go="stars.one", fill={"rating_id": one.rating.id}) for one in shown]
    if left := len(found) - form.skipped - len(shown):
        fill = {"sheet_id": form.sheet_id, "skipped": form.skipped + len(shown)}
        choices.append(Choice(label=f"{label('further')} {left}", go="stars.names", fill=fill))
    return Reply("stars/names", choices=tuple(choices))


class OneRating(Form):
    """One member on a sheet."""

    rating_id: int


@flow("stars.one", OneRating)
def one_member(turn: Turn, form: OneRating) -> Reply:
    """Show what records say of one member, and offer to set their stars."""
    privately(turn)
    rating = deciding.rating_for_keeper(turn.db, form.rating_id, turn.person)
    said = [(one.name, f"{rating.marks[one.key]['value']:g}", one) for one in criteria() if one.key in rating.marks]
    facts = [(name, value, rating.marks[one.key]["is_met"]) for name, value, one in said]
    change = Choice(label=label("set_stars"), go="stars.set", fill={"rating_id": rating.id})
    return Reply(
        "stars/member",
        choices=(change,),
        name=turn.db.get_one(Person, rating.person_id).name,
        facts=facts,
        open_count=len(criteria()) - len(facts),
        sample=sample_mark(),
        drafted=star_name(rating.drafted),
        stars=star_name(rating.stars),
    )


def stars_offered(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer one star to all of them."""
    return tuple(Choice(label=star_name(count), fill={"value": count}) for count in range(1, MOST + 1))


def member_named(turn: Turn, answers: Answers) -> dict[str, object]:
    """Name whose stars are set."""
    rating = deciding.rating_for_keeper(turn.db, answers["rating_id"], turn.person)
    return {"name": turn.db.get_one(Person, rating.person_id).name}


class SetStars(Form):
    """Other stars for one member, and why."""

    rating_id: int
    stars: Annotated[int, Ask("stars/how_many", show=member_named, offer=stars_offered)]
    reason: Annotated[str, Ask("volunteering/why_so", reads=short_words, takes_anything=True)]


@flow("stars.set", SetStars)
def set_stars(turn: Turn, form: SetStars) -> Reply:
    """Keep other stars for one member."""
    rating = deciding.set_stars(turn.db, form.rating_id, form.stars, form.reason, by=turn.person, now=turn.now)
    back = Choice(label=label("look_at_names"), go="stars.names", fill={"sheet_id": rating.sheet_id})
    return Reply("stars/set", stars=star_name(form.stars), choices=(back,))


def may_decide(turn: Turn, answers: Answers) -> None:
    """Refuse who does not keep this sheet, before anything is asked."""
    privately(turn)
    sheets.for_keeper(turn.db, answers["sheet_id"], turn.person)


def as_drafted(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to take everything as it was drafted."""
    return (Choice(label=label("all_as_drafted"), fill={"value": ""}),)


def decisions(turn: Turn) -> str:
    """Read names with stars; refuse what says none at all."""
    said = words(turn)
    if not read_stars(said):
        raise InvalidAnswer("stars/no_decisions")
    return said


def a_meeting_day(turn: Turn) -> str:
    """Read the day of the meeting."""
    found = day_said(turn, turn.text)
    if found is None:
        raise InvalidAnswer("pledges/no_such_day")
    return found.isoformat()


def this_day(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer today."""
    return (Choice(label=label("on_this_day"), fill={"value": turn.now.astimezone(turn.zone).date().isoformat()}),)


class Decided(Form):
    """What the meeting decided, and when it met."""

    sheet_id: int
    said: Annotated[
        str, Ask("stars/what_was_decided", known=may_decide, offer=as_drafted, reads=decisions, takes_anything=True)
    ]
    met_on: Annotated[date, Ask("stars/when_was_it", offer=this_day, reads=a_meeting_day, takes_anything=True)]


@flow("stars.decide", Decided)
def decide(turn: Turn, form: Decided) -> Reply:
    """Keep what the meeting decided; names that mean nobody, or several, are told and change nothing."""
    found = sheets.rated(turn.db, sheets.for_keeper(turn.db, form.sheet_id, turn.person))
    stars: dict[int, int] = {}
    for name, count in read_stars(form.said):
        meant = [one for one in found if people.name_key(one.name) == people.name_key(name)]
        if len(meant) != 1:
            raise DomainError("stars/who_is_meant", name=name, count=len(meant))
        stars[meant[0].rating.id or 0] = count
    deciding.decide(turn.db, form.sheet_id, stars, form.met_on, by=turn.person, now=turn.now)
    return Reply.leading("stars.sheet", sheet_id=form.sheet_id)


class Published(Form):
    """A sheet that is made public, said yes to."""

    sheet_id: int
    is_sure: Annotated[
        bool, Ask("stars/sure_to_publish", known=may_decide, offer=yes_or_no_offered, reads=reads_yes_or_no)
    ]


@flow("stars.publish", Published)
def publish(turn: Turn, form: Published) -> Reply:
    """Make names and stars public, and tell each member their own."""
    if not form.is_sure:
        return Reply("stars/not_published")
    deciding.publish(turn.db, form.sheet_id, by=turn.person, now=turn.now)
    return Reply("stars/published")


@flow("stars.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """Show somebody their own stars, year by year."""
    privately(turn)
    found = [(year, star_name(stars)) for year, stars in deciding.of_person(turn.db, turn.person)[:_SHOWN]]
    return Reply("stars/mine", found=found)


class Notice(Form):
    """A branch whose stars are public, and how many names have been shown."""

    sheet_id: int = 0
    skipped: int = 0


@flow("stars.notice", Notice)
def notice(turn: Turn, form: Notice) -> Reply:
    """Show names and stars of a branch of one's village while they are public, by name."""
    unit = _own_village(turn)
    public = list(deciding.public_at(turn.db, unit, now=turn.now)) if unit else list[tuple[StarSheet, str]]()
    if not public:
        return Reply("stars/nothing_public")
    if not form.sheet_id and len(public) > 1:
        choices = [Choice(label=name, go="stars.notice", fill={"sheet_id": one.id}) for one, name in public[:_BRANCHES]]
        return Reply("stars/which_branch", choices=tuple(choices))
    sheet, name = next((one for one in public if one[0].id == form.sheet_id), public[0])
    return _public(turn, sheet, name, form.skipped)


def _public(turn: Turn, sheet: StarSheet, name: str, skipped: int) -> Reply:
    found = deciding.shown_to_all(turn.db, sheet)
    shown = [(one.name, star_name(one.rating.stars)) for one in found[skipped:][:_NAMES]]
    left = len(found) - skipped - len(shown)
    more = Choice(
        label=f"{label('further')} {left}", go="stars.notice", fill={"sheet_id": sheet.id, "skipped": skipped + _NAMES}
    )
    wrong = Choice(label=label("points_wrong"), go="cases.hand_off")
    choices = (more, wrong) if left > 0 else (wrong,)
    return Reply("stars/public", unit=name, year=sheet.year, shown=shown, choices=choices)


def _own_village(turn: Turn) -> Unit | None:
    home = turn.db.get(Unit, turn.person.unit_id) if turn.person.unit_id else None
    unit = home or members.branch_of(turn.db, turn.conversation.person_id)
    line = units.line_up(turn.db, unit) if unit else []
    return next((one for one in line if one.kind is UnitKind.VILLAGE), unit)


def _branches(turn: Turn) -> list[Unit]:
    return list(sheets.branches(turn.db, turn.person))


def _line(one: Rated) -> str:
    rating: StarRating = one.rating
    said = star_name(rating.stars) or (star_name(rating.drafted) + label("as_a_draft") if rating.drafted else "")
    return f"{one.name or label('erased')} {said or label('not_rated')}"


FLOWS: tuple[Flow, ...] = (begin, show, names, one_member, set_stars, decide, publish, mine, notice)
"""The flows of this module, listed by hand."""
