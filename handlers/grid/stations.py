"""Places with a poster: made by a cadre in one line, and what whoever scans the code may do there."""

from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access, codes, files, units
from bot.domain.access import Act
from bot.domain.grid import places, reporting, saying, telling
from bot.domain.grid.reporting import Seen
from bot.domain.messages import Choice
from bot.domain.persons import links
from bot.domain.reports import showing
from content.grid import guess
from content.match import Outcome, normalise
from content.words import label
from db.models import CodePurpose, FileKind, StoredFile, Unit
from handlers.personal import privately
from handlers.reading import LONGEST_LINE, words

_SHOWN = 5
_PHOTOS = frozenset({FileKind.PHOTO, FileKind.VOICE})


def keeps_places(turn: Turn, _answers: Answers) -> None:
    """Refuse whoever keeps no places, before anything is asked."""
    privately(turn)
    access.insist_somewhere(turn.db, turn.person, Act.KEEP_PLACES)


def place_said(turn: Turn) -> dict[str, str]:
    """Read a place's name and, behind a comma, what it says of itself."""
    said = " ".join(words(turn).split()).replace("\uff0c", ",")
    name, _, details = (part.strip() for part in said.partition(","))
    if not 0 < len(name) <= LONGEST_LINE:
        raise InvalidAnswer("engine/too_long_for_a_line", most=LONGEST_LINE)
    if len(details) > places.LONGEST_DETAILS:
        raise InvalidAnswer("engine/too_long", most=places.LONGEST_DETAILS)
    return {"name": name, "details": details.replace(",", "\uff0c")}


def unit_meant(turn: Turn, answers: Answers) -> int | None:
    """Return the unit that the place's name begins with, else the only one this person works for."""
    paths = access.reach(turn.db, turn.person, Act.KEEP_PLACES)
    name = normalise(answers["said"]["name"])
    named = [one for one in units.within(turn.db, paths) if name.startswith(normalise(one.name))]
    if named:
        return max(named, key=lambda one: len(one.name)).id
    own = showing.highest(paths)
    return units.at(turn.db, own)[0].id if len(own) == 1 else None


def units_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units this person works for."""
    found = units.at(turn.db, access.reach(turn.db, turn.person, Act.KEEP_PLACES))
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in found[:_SHOWN])


class NewPlace(Form):
    """A place, and the unit it belongs to."""

    said: Annotated[
        dict[str, str],
        Ask("grid/which_place", known=keeps_places, reads=place_said, takes_anything=True, inline=True),
    ]
    unit_id: Annotated[int, Ask("grid/of_which_unit", known=unit_meant, offer=units_offered)]


@flow("stations.poster", NewPlace)
def poster(turn: Turn, form: NewPlace) -> Reply:
    """Make a place, unless it is there, and give its poster to show and to print."""
    unit = turn.db.get_one(Unit, form.unit_id)
    place = places.put(turn.db, unit, form.said["name"], form.said["details"], by=turn.person, now=turn.now)
    made = places.posters(turn.db, place, by=turn.person, now=turn.now)
    code = codes.standing(turn.db, CodePurpose.STATION, place.id or 0, now=turn.now) or ""
    return Reply("grid/posters", name=place.name, unit=unit.name, code=links.spaced(code), attachments=made)


def place_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what a place is and what it says of itself."""
    place = places.found(turn.db, answers["place_id"])
    return {"name": place.name, "details": place.details}


def photo_or_words(turn: Turn) -> str:
    """Read a photo, with words or without, or words alone; a question that has an answer is answered instead."""
    sent = files.rows(turn.db, turn.files)
    if any(one.kind not in _PHOTOS for one in sent):
        raise InvalidAnswer("grid/only_photos")
    if sent:
        return turn.text
    if turn.library.matcher.decide(turn.text).outcome is Outcome.ANSWER:
        raise InvalidAnswer("grid/only_photos")
    return words(turn)


class AtStation(Form):
    """A place whose code was scanned, and what is seen there."""

    place_id: int
    files: tuple[int, ...] = ()
    words: Annotated[str, Ask("grid/station", show=place_shown, reads=photo_or_words, takes_files=True)]


@flow("stations.greet", AtStation)
def greet(turn: Turn, form: AtStation) -> Reply:
    """Take one photo for a report, with no name and no more questions; words alone are looked at once more."""
    said = saying.read(form.words)
    if said.report_id:
        return Reply.leading("grid.numbered")
    sent = _own_photos(turn, form.files)
    if not sent:
        given: dict[str, Any] = {"words": form.words}
        return Reply.leading("grid.report", place_id=form.place_id, said=given)
    place = places.found(turn.db, form.place_id)
    seen = Seen(
        person=turn.person,
        address=turn.address,
        unit=turn.db.get_one(Unit, place.unit_id),
        place=place,
        kind=guess(form.words),
        words=form.words,
        files=sent,
    )
    report, charge = reporting.open_one(turn.db, seen, now=turn.now)
    fill = {"report_id": report.id}
    choices = (
        Choice(label=label("want_news"), go="grid.news", fill={**fill, "wants_news": True}),
        Choice(label=label("want_no_news"), go="grid.news", fill={**fill, "wants_news": False}),
        Choice(label=label("report_another"), go="stations.greet", fill={"place_id": place.id}),
    )
    return Reply("grid/thanks", number=telling.number(report), to=charge.name, choices=choices)


def _own_photos(turn: Turn, file_ids: tuple[int, ...]) -> tuple[StoredFile, ...]:
    rows = files.rows(turn.db, file_ids)
    return tuple(one for one in rows if one.person_id == turn.conversation.person_id and one.kind in _PHOTOS)
