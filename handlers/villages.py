"""How flows ask for a village, and read its name."""

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers
from bot.conversation.turn import Turn
from bot.domain import units
from bot.domain.messages import Choice
from content.match import PhraseBook, normalise
from content.words import answer_words
from db.models import Unit, UnitKind

_VILLAGES_NAMED = 12
_VILLAGES_OFFERED = 8
_SHORTEST_NAME = 2
_FEW_WORDS = 10


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


def village_in(turn: Turn, text: str) -> int | None:
    """Return the one village that a longer text names in full, if it names one."""
    said = normalise(text)
    named = [one for one in units.villages(turn.db) if normalise(one.name) in said]
    return named[0].id if len(named) == 1 else None


def _top(turn: Turn) -> int:
    top = units.root(turn.db)
    return (top.id if top else None) or 0
