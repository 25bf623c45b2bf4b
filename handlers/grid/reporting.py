"""A report in three steps: what and where (a photo, a sentence, a spot on the map), whether it is known, and a look."""

from datetime import timedelta
from typing import Annotated, Any

from bot.conversation.answers import yes_or_no
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import files, units
from bot.domain.grid import following, handling, joining, places, reporting, routing, saying, telling
from bot.domain.grid.reporting import Seen
from bot.domain.house import house_of
from bot.domain.messages import Choice, Pin
from content.grid import guess, kind_name, tells_of_trouble
from content.match import Outcome
from content.words import label
from db.models import FileKind, GridReport, Person, Place, Unit
from handlers.reading import words
from handlers.villages import example_village, my_village, village, village_in, villages_offered

SUBMIT, CHANGE, UNNAMED = "submit", "change", "unnamed"
"""What may become of a report that is looked at."""

HANDLED, ASKED = "handled", "asked"
"""What else may be meant: a report that is there already is done, or a person is to be asked."""

_PHOTOS = frozenset({FileKind.PHOTO, FileKind.VOICE})
_LONGEST = 60
_JUST_NOW = timedelta(minutes=15)


def photo_noted(_turn: Turn, answers: Answers) -> dict[str, object]:
    """Tell whether a photo is there already."""
    return {"has_photo": bool(answers.get("files"))}


def or_something_else(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer what else a photo may be: a question to a person, or, from who sees to a report, that it is done."""
    asked = Choice(label=label("only_asking"), fill={"value": {"words": "", "else": ASKED}})
    if not answers.get("files") or not handling.waiting_for(turn.db, turn.person):
        return (asked,)
    done = Choice(label=label("photo_of_done"), fill={"value": {"words": "", "else": HANDLED, "report_id": 0}})
    return (done, asked)


def what_and_where(turn: Turn) -> dict[str, Any]:
    """Read a sentence, a spot on the map or both; a handler may say instead that something is done."""
    pin = turn.inbound.pin
    if pin:
        return {"words": turn.text, "pin": [pin.latitude, pin.longitude]}
    said = saying.read(words(turn))
    if said.act == saying.DONE and handling.waiting_for(turn.db, turn.person):
        return {"words": said.words, "else": HANDLED, "report_id": said.report_id}
    return {"words": words(turn)}


def where_it_is(turn: Turn, answers: Answers) -> int | None:
    """Return the unit it is in, as far as the place, the words or the person tell."""
    if _is_else(answers):
        return 0
    if answers.get("place_id"):
        return places.found(turn.db, answers["place_id"]).unit_id
    return village_in(turn, answers["said"]["words"]) or my_village(turn, answers)


def nothing_near(turn: Turn, answers: Answers) -> int | None:
    """Return 0 where nothing like it is reported yet."""
    return 0 if _is_else(answers) or _near(turn, answers) is None else None


def near_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what may be the same."""
    found = _near(turn, answers)
    if found is None:
        raise AssertionError("it is asked for only where something is near")
    return {"number": telling.number(found), "what": telling.what(found)}


def same_or_other(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to join what is reported already, or to report another thing."""
    found = _near(turn, answers)
    return (
        Choice(label=label("me_too"), fill={"value": found.id if found else 0}),
        Choice(label=label("another_one"), fill={"value": 0}),
    )


def no_look_needed(_turn: Turn, answers: Answers) -> str | None:
    """Ask for no look at what joins another report."""
    if _is_else(answers):
        return answers["said"]["else"]
    return SUBMIT if answers.get("joins") else None


def summary_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what will be handed on, and who will see the name of whoever reports it."""
    seen = _seen(turn, answers)
    charge = routing.route(turn.db, seen.unit)
    place = seen.place.name if seen.place else ""
    return {
        "kind": kind_name(seen.kind),
        "words": seen.words,
        "unit": seen.unit.name if seen.unit else "",
        "place": place,
        "to": charge.name or label("service_centre"),
        "has_name": bool(turn.person.name),
    }


def summary_choices(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to submit it, to say it anew, or to leave the name out where there is one."""
    unnamed = (Choice(label=label("submit_unnamed"), fill={"value": UNNAMED}),) if turn.person.name else ()
    return (
        Choice(label=label("submit"), fill={"value": SUBMIT}),
        Choice(label=label("change_it"), fill={"value": CHANGE}),
        *unnamed,
    )


def submitted_or_not(turn: Turn) -> str:
    """Read a yes or a no, beside what is offered."""
    return SUBMIT if yes_or_no(turn.text) else CHANGE


class Report(Form):
    """What somebody saw, where, whether it is reported already, and whether it is to be handed on."""

    files: tuple[int, ...] = ()
    place_id: int = 0
    said: Annotated[
        dict[str, Any],
        Ask(
            "grid/what_and_where",
            show=photo_noted,
            offer=or_something_else,
            reads=what_and_where,
            takes_anything=True,
            inline=True,
        ),
    ]
    unit_id: Annotated[
        int,
        Ask("cases/which_village", show=example_village, offer=villages_offered, known=where_it_is, reads=village),
    ]
    joins: Annotated[int, Ask("grid/seen_already", known=nothing_near, show=near_shown, offer=same_or_other)]
    decision: Annotated[
        str,
        Ask("grid/summary", known=no_look_needed, show=summary_shown, offer=summary_choices, reads=submitted_or_not),
    ]


@flow("grid.report", Report)
def report(turn: Turn, form: Report) -> Reply:
    """Hand a report on, let it join another, or ask again."""
    answers = form.model_dump(mode="json")
    if form.decision == HANDLED:
        fill = {"report_id": form.said["report_id"]} if form.said["report_id"] else {}
        return Reply.leading("grid.done", files=list(form.files), words=form.said["words"], **fill)
    if form.decision == ASKED:
        return Reply.leading("cases.hand_off", files=list(form.files))
    if form.decision == CHANGE:
        return Reply.leading("grid.report", files=list(form.files), place_id=form.place_id)
    seen = _seen(turn, answers)
    if form.joins:
        found = turn.db.get_one(GridReport, form.joins)
        joining.join(turn.db, found, seen, now=turn.now)
        return Reply("grid/joined", number=telling.number(found))
    made, charge = reporting.open_one(turn.db, seen, now=turn.now)
    only = turn.db.get_one(Person, charge.people_ids[0]).name if len(charge.people_ids) == 1 else ""
    days = house_of(turn.db).grid.to_mend
    return Reply("grid/submitted", number=telling.number(made), to=charge.name, name=only, days=days)


def is_photo(turn: Turn) -> bool:
    """Tell whether a photo came alone and nothing is asked for meanwhile."""
    if not turn.files or turn.text or turn.conversation.open_form:
        return False
    return all(one.kind is FileKind.PHOTO for one in files.rows(turn.db, turn.files))


@flow("grid.photo")
def photo(turn: Turn, _form: Form) -> Reply:
    """Begin a report with a photo; what it shows is asked next."""
    return Reply.leading("grid.report", files=list(turn.files))


def is_of_a_kind(turn: Turn) -> bool:
    """Tell whether words speak of something that is broken, and are no question that has an answer."""
    is_short = len(turn.text) <= _LONGEST and not turn.text.rstrip().endswith(("?", "\uff1f"))
    if not is_short or not tells_of_trouble(turn.text):
        return False
    return turn.library.matcher.decide(turn.text).outcome is not Outcome.ANSWER


@flow("grid.spoken")
def spoken(turn: Turn, _form: Form) -> Reply:
    """Begin a report with the words that speak of something that is broken."""
    sent = files.just_sent(turn.db, turn.person.id or 0, since=turn.now - _JUST_NOW)
    return Reply.leading("grid.report", said={"words": turn.text}, files=sent)


def _is_else(answers: Answers) -> bool:
    return "else" in answers["said"]


def _near(turn: Turn, answers: Answers) -> GridReport | None:
    found = joining.near(turn.db, _seen(turn, answers), now=turn.now)
    return found if found and not following.has_part(turn.db, found.id or 0, turn.person.id or 0) else None


def _seen(turn: Turn, answers: Answers) -> Seen:
    said = answers["said"]
    unit = turn.db.get(Unit, answers["unit_id"]) if answers["unit_id"] else units.root(turn.db)
    rows = files.rows(turn.db, answers.get("files", ()))
    latitude, longitude = said.get("pin", (None, None))
    return Seen(
        person=turn.person,
        address=turn.address,
        unit=routing.grid_within(turn.db, unit, said["words"]) if unit else None,
        place=turn.db.get(Place, answers["place_id"]) if answers.get("place_id") else None,
        kind=guess(said["words"]),
        words=said["words"],
        pin=Pin(latitude=latitude, longitude=longitude) if latitude is not None else None,
        files=tuple(one for one in rows if one.person_id == turn.person.id and one.kind in _PHOTOS),
        is_named=answers.get("decision") != UNNAMED and bool(turn.person.name),
        wants_news=True,
    )
