"""From the bot to a person: say it in a sentence, say which village, and hear back."""

from typing import Annotated

from bot.conversation.flow import Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import cases, files, questions
from bot.domain.messages import Choice
from content.words import label
from db.models import FileKind, StoredFile, Unit, UnitKind
from handlers.reading import a_question
from handlers.villages import centre_without_villages, example_village, my_village, village, villages_offered

_LIKELY = 0.5
"""Score from which an entry tells what a question is about, for whom it goes to."""


class HandOff(Form):
    """What a cadre needs to answer: the question, what was sent along, and the village it concerns."""

    question: Annotated[str, Ask("cases/what_to_pass_on", reads=a_question, takes_anything=True)]
    unit_id: Annotated[
        int,
        Ask("cases/which_village", show=example_village, offer=villages_offered, known=my_village, reads=village),
    ]
    entry_id: str = ""
    files: tuple[int, ...] = ()


@flow("cases.hand_off", HandOff)
def hand_off(turn: Turn, form: HandOff) -> Reply:
    """Give the question to whoever is responsible and say its number."""
    unit = turn.db.get(Unit, form.unit_id) if form.unit_id else None
    if unit and unit.kind is UnitKind.VILLAGE and turn.person.unit_id is None:
        turn.person.unit_id = unit.id
        turn.db.add(turn.person)
    sent_along = tuple(row for row in files.rows(turn.db, form.files) if row.person_id == turn.person.id)
    hints = _hints(turn, form)
    asking = cases.Asking(turn.person, turn.address, form.question, unit, form.entry_id, sent_along, hints)
    opened = cases.hand_off(turn.db, asking, now=turn.now)
    files.pass_on(turn.db, sent_along)
    questions.log(
        turn.db,
        form.question,
        questions.Outcome.HANDED_OFF,
        address_id=turn.conversation.address_id,
        now=turn.now,
        entry_id=form.entry_id,
    )
    if opened.was_open:
        return Reply("cases/open_already", number=opened.number)
    if opened.by is None:
        return Reply("cases/written_down", number=opened.number, unit=cases.place_name(unit))
    return Reply("cases/handed_off", number=opened.number, unit=cases.place_name(opened.by))


def _hints(turn: Turn, form: HandOff) -> tuple[str, ...]:
    """Return the ways people ask for the entry a question came from, or that it may be about."""
    near = turn.library.matcher.search(form.question, limit=1)
    likely = near[0].entry_id if near and near[0].score >= _LIKELY else ""
    entry_id = form.entry_id or likely
    return turn.library.entries[entry_id].phrases if entry_id in turn.library.entries else ()


class MyVillage(Form):
    """The village somebody belongs to from now on."""

    unit_id: Annotated[
        int,
        Ask(
            "cases/which_village",
            show=example_village,
            offer=villages_offered,
            known=centre_without_villages,
            reads=village,
        ),
    ]


@flow("people.my_village", MyVillage)
def change_village(turn: Turn, form: MyVillage) -> Reply:
    """Keep a village that was given, so that it need not be asked for again."""
    unit = turn.db.get(Unit, form.unit_id)
    if unit is None or unit.kind is not UnitKind.VILLAGE:
        return Reply("cases/village_not_kept")
    turn.person.unit_id = unit.id
    turn.db.add(turn.person)
    return Reply("cases/village_kept", village=unit.name)


@flow("cases.pass_on")
def pass_on(turn: Turn, _form: Form) -> Reply:
    """Something came without words: say what it can be used for."""
    if turn.inbound.pin:
        return Reply("cases/received_pin")
    if turn.inbound.contact:
        return Reply("cases/received_contact")
    if not turn.files:
        return Reply("engine/nothing_to_read")
    first = turn.db.get_one(StoredFile, turn.files[0])
    fill: dict[str, object] = {"files": list(turn.files)}
    if first.kind is FileKind.VOICE:
        fill["question"] = label("voice_note")
    choices = (
        Choice(label=label("pass_on"), go="cases.hand_off", fill=fill),
        Choice(label=label("never_mind"), go="cases.never_mind"),
    )
    return Reply(_RECEIVED[first.kind], choices=choices)


@flow("cases.never_mind")
def never_mind(_turn: Turn, _form: Form) -> Reply:
    """Let it be: the person would rather not."""
    return Reply("cases/never_mind")


_RECEIVED = {
    FileKind.PHOTO: "cases/received_photo",
    FileKind.VOICE: "cases/received_voice",
    FileKind.DOCUMENT: "cases/received_document",
}
