"""From the bot to a person: say it in a sentence, say which village, and hear back."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import cases, files, questions, units
from bot.domain.messages import Choice
from content.match import PhraseBook, normalise
from content.words import answer_words, label
from db.models import FileKind, StoredFile, Unit, UnitKind
from handlers.reading import words

_VILLAGES_NAMED = 12
_VILLAGES_OFFERED = 8
_SHORTEST_NAME = 2
_FEW_WORDS = 10
_LIKELY = 0.5
"""Score from which an entry tells what a question is about, for whom it goes to."""


def village(turn: Turn) -> int:
    """Read the name of a village, also inside a few words; not knowing it leaves the question to the centre above."""
    if normalise(turn.text) in {normalise(word) for word in answer_words()["unknown"]}:
        return _top(turn)
    known = units.villages(turn.db)
    meant = [one for one in known if _names(one, turn.text)]
    if len(meant) == 1:
        return meant[0].id or 0
    if meant:
        raise InvalidAnswer("cases/several_villages", name=meant[0].name)
    raise InvalidAnswer("cases/no_such_village", villages=[one.name for one in known[:_VILLAGES_NAMED]])


def _names(unit: Unit, text: str) -> bool:
    """Tell whether a text names a village: spelt or misspelt as a whole, or spelt within a few words."""
    short = unit.name[:-1] if len(unit.name) > _SHORTEST_NAME else unit.name
    said = normalise(text)
    if PhraseBook({unit.name: "it", short: "it"}).find(text):
        return True
    return len(said) <= _FEW_WORDS and any(normalise(name) in said for name in (unit.name, short))


def villages_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the villages where they are few enough to be shown."""
    known = units.villages(turn.db)
    if len(known) > _VILLAGES_OFFERED:
        return ()
    names = [one.name for one in known]
    labels = [one.name if names.count(one.name) == 1 else _with_parent(turn, one) for one in known]
    return tuple(Choice(label=shown, fill={"value": one.id}) for shown, one in zip(labels, known, strict=True))


def _with_parent(turn: Turn, unit: Unit) -> str:
    above = turn.db.get(Unit, unit.parent_id) if unit.parent_id else None
    return f"{unit.name} {above.name if above else unit.id}"


def my_village(turn: Turn, _answers: Answers) -> int | None:
    """Return the village the person is known to belong to, or the centre where there are no villages."""
    if turn.person.unit_id:
        line = units.line_up(turn.db, turn.db.get_one(Unit, turn.person.unit_id))
        return next((one.id for one in line if one.kind is UnitKind.VILLAGE), turn.person.unit_id)
    return centre_without_villages(turn, _answers)


def centre_without_villages(turn: Turn, _answers: Answers) -> int | None:
    """Return the centre above where there are no villages to ask for."""
    return None if units.villages(turn.db) else _top(turn)


def example_village(turn: Turn, _answers: Answers) -> dict[str, object]:
    """Name a village, so that the question shows what an answer looks like."""
    return {"example": units.villages(turn.db)[0].name}


class HandOff(Form):
    """What a cadre needs to answer: the question, what was sent along, and the village it concerns."""

    question: Annotated[str, Ask("cases/what_to_pass_on", reads=words, takes_anything=True)]
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


def _top(turn: Turn) -> int:
    top = units.root(turn.db)
    return (top.id if top else None) or 0
