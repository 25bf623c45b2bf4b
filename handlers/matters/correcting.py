"""A step that was written down wrongly: another day, other numbers, or taken back, each with its reason."""

from datetime import date
from typing import Annotated, Any

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.matters import correcting, keeping, telling
from bot.domain.matters.correcting import Right
from bot.domain.matters.lines import standing
from bot.domain.messages import Choice
from bot.errors import DomainError
from content import matters as told
from content.matter_words import counts
from content.moments.past import past_day
from content.words import label
from db.models import MatterStep
from handlers.matters.reading import a_sentence, today

_WITHDRAWN = "withdrawn"


def lines_offered(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer the lines of a matter that stand, the newest first."""
    found = _lines(turn, answers)[::-1]
    shown = zip(telling.lines(found), found, strict=True)
    return tuple(Choice(label=said, fill={"value": one.id}) for said, one in shown)


def only_line(turn: Turn, answers: Answers) -> int | None:
    """Return the line where there is only one; refuses where there is none."""
    found = _lines(turn, answers)
    if not found:
        raise DomainError("matters/nothing_to_correct")
    return found[0].id if len(found) == 1 else None


def line_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show the line that is put right."""
    line = turn.db.get_one(MatterStep, answers["line_id"])
    return {"line": telling.lines([line])[0], "has_numbers": line.expected is not None}


def take_back(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer to take the last line back."""
    is_last = _lines(turn, answers)[-1].id == answers["line_id"]
    return (Choice(label=label("withdraw_step"), fill={"value": {_WITHDRAWN: True}}),) if is_last else ()


def day_or_numbers(turn: Turn) -> dict[str, Any]:
    """Read another day, other numbers, or both."""
    numbers = counts(turn.text)
    day = past_day(turn.text, today(turn))
    if not numbers and day is None:
        raise InvalidAnswer("matters/say_day_or_numbers")
    return {"counts": numbers, "day": day.isoformat() if day else ""}


class Correct(Form):
    """A line of a matter, what is right instead, and why it was wrong."""

    matter_id: int
    line_id: Annotated[int, Ask("matters/which_line", known=only_line, offer=lines_offered)]
    right: Annotated[
        dict[str, Any], Ask("matters/what_is_right", show=line_shown, offer=take_back, reads=day_or_numbers)
    ]
    reason: Annotated[str, Ask("matters/why_wrong", reads=a_sentence, takes_anything=True)]


@flow("matters.correct", Correct)
def correct(turn: Turn, form: Correct) -> Reply:
    """Put a line right, or take it back; the wrong one stays to be seen."""
    by, now = turn.person, turn.now
    line = turn.db.get_one(MatterStep, form.line_id)
    if form.right.get(_WITHDRAWN):
        matter = correcting.withdraw(turn.db, form.line_id, reason=form.reason, by=by, now=now)
    else:
        day = date.fromisoformat(form.right["day"]) if form.right["day"] else None
        right = Right(day, form.right["counts"])
        matter = correcting.amend(turn.db, form.line_id, right, reason=form.reason, by=by, now=now)
    return Reply(
        "matters/corrected",
        title=matter.title,
        step=told.step(line.step).name,
        is_withdrawn=bool(form.right.get(_WITHDRAWN)),
        choices=telling.to_do(turn.db, matter),
    )


def _lines(turn: Turn, answers: Answers) -> list[MatterStep]:
    matter = keeping.found(turn.db, answers["matter_id"], turn.person)
    return standing(turn.db, matter.id or 0)
