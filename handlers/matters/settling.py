"""A step that passed is written down: its day, what villagers read of it, how long it hangs out, and its proof."""

from datetime import date, timedelta
from typing import Annotated

from bot.conversation.answers import InvalidAnswer, digit, yes_or_no
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import files
from bot.domain.matters import correcting, keeping, opinions, quorum, stepping, telling
from bot.domain.matters.lines import last_day, standing
from bot.domain.matters.stepping import Held
from bot.domain.messages import Choice
from bot.errors import DomainError
from content import matters as told
from content.words import label
from db.models import FileKind, Matter, StoredFile
from handlers.matters.reading import a_sentence, day_that_is_over, near_days

_PUBLISH, _CHANGE, _NOT = "publish", "change", "no"
_MOST_DAYS = 90
_PROOFS = frozenset({FileKind.PHOTO, FileKind.DOCUMENT})
_ONE_DAY = timedelta(days=1)


def passed(turn: Turn, answers: Answers) -> dict[str, object]:
    """Say that a meeting passed the step, with how many it took, and where it may go next."""
    matter = keeping.ongoing(turn.db, answers["matter_id"], turn.person)
    step = told.step(answers["step"])
    judged = quorum.judge(step, answers.get("counts") or {})
    later = [one for one in told.steps() if one.key not in {line.step for line in standing(turn.db, matter.id or 0)}]
    follows = later[1] if len(later) > 1 else None
    return {
        "step": step.name,
        "public": step.public,
        "share": judged.share.words if judged.share else "",
        "needs": judged.needs,
        "next": follows.meeting if follows and follows.attend else "",
    }


def nothing_to_read(_turn: Turn, answers: Answers) -> str | None:
    """Ask for no words where villagers are not shown the step."""
    return None if told.step(answers["step"]).is_public else ""


def name_of_step(_turn: Turn, answers: Answers) -> dict[str, object]:
    """Name the step that is made public."""
    return {"public": told.step(answers["step"]).public}


def no_words(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to say nothing about it."""
    return (Choice(label=label("no_words"), fill={"value": ""}),)


def usual_days(_turn: Turn, answers: Answers) -> int | None:
    """Let it hang out as long as is usual, unless somebody wants to say."""
    return None if answers.get("asks") == "days" else told.step(answers["step"]).days


def some_days(turn: Turn) -> int:
    """Read a number of days."""
    plain = digit(turn.text) or turn.text.rstrip(label("day_mark"))
    if not plain.isascii() or not plain.isdecimal() or not 0 < int(plain) <= _MOST_DAYS:
        raise InvalidAnswer("matters/no_days", most=_MOST_DAYS)
    return int(plain)


def not_public(_turn: Turn, answers: Answers) -> str | None:
    """Ask for no look where villagers are not shown the step."""
    return None if told.step(answers["step"]).is_public else _PUBLISH


def as_shown(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show what villagers will see, and how long."""
    matter = keeping.ongoing(turn.db, answers["matter_id"], turn.person)
    day = date.fromisoformat(answers["day"])
    return {
        "title": matter.title,
        "public": told.step(answers["step"]).public,
        "words": answers["words"],
        "first": day,
        "last": day + (answers["days"] - 1) * _ONE_DAY,
        "days": answers["days"],
    }


def publish_or_not(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to make it public, for another number of days, or not."""
    return (
        Choice(label=label("make_public"), fill={"value": _PUBLISH}),
        Choice(label=label("other_days"), fill={"value": _CHANGE}),
        Choice(label=label("not_now"), fill={"value": _NOT}),
    )


def sure_or_not(turn: Turn) -> str:
    """Read a yes or a no, beside what is offered."""
    return _PUBLISH if yes_or_no(turn.text) else _NOT


class Settle(Form):
    """A step that passed: its day, what is made public, for how long; ``asks`` names what somebody wants to say."""

    asks: str = ""
    files: tuple[int, ...] = ()
    counts: dict[str, int] | None = None
    matter_id: int
    step: str
    day: Annotated[str, Ask("matters/held_when", show=passed, offer=near_days, reads=day_that_is_over)]
    words: Annotated[
        str,
        Ask(
            "matters/what_is_public",
            show=name_of_step,
            offer=no_words,
            known=nothing_to_read,
            reads=a_sentence,
            takes_anything=True,
        ),
    ]
    days: Annotated[int, Ask("matters/how_many_days", known=usual_days, reads=some_days)]
    decision: Annotated[
        str, Ask("matters/publish_sure", show=as_shown, offer=publish_or_not, known=not_public, reads=sure_or_not)
    ]


@flow("matters.settle", Settle)
def settle(turn: Turn, form: Settle) -> Reply:
    """Write a step down, or ask again for how long it hangs out."""
    if form.decision == _CHANGE:
        kept = form.model_dump(mode="json", exclude={"decision", "days", "asks"})
        return Reply.leading("matters.settle", **kept, asks="days")
    if form.decision == _NOT:
        return Reply("matters/not_written")
    held = Held(
        step=form.step,
        held_on=date.fromisoformat(form.day),
        counts=form.counts or {},
        words=form.words,
        days=form.days,
        files=_proofs(turn, form.files),
    )
    matter = stepping.record(turn.db, form.matter_id, held, by=turn.person, now=turn.now)
    return written(turn, matter)


def written(turn: Turn, matter: Matter) -> Reply:
    """Say what was written down, and offer what comes next."""
    line = standing(turn.db, matter.id or 0)[-1]
    fill = {"matter_id": matter.id, "line_id": line.id}
    until = last_day(line)
    proof = Choice(label=label("add_proof"), go="matters.add_proof", fill=fill)
    return Reply(
        "matters/written",
        choices=(proof, *telling.to_do(turn.db, matter)),
        title=matter.title,
        step=told.step(line.step).name,
        day=line.held_on,
        until=until,
        is_open=opinions.is_open(turn.db, matter, now=turn.now),
        next=telling.next_name(turn.db, matter),
        has_proof=bool(line.files),
    )


def nothing_but_files(turn: Turn) -> list[int]:
    """Read what was sent; words alone are no proof."""
    sent = [one.id or 0 for one in _proofs(turn, turn.files)]
    if not sent:
        raise InvalidAnswer("matters/no_proof")
    return sent


class Proof(Form):
    """A step, and what was sent as proof of it."""

    matter_id: int
    line_id: int
    sent: Annotated[
        list[int], Ask("matters/send_proof", reads=nothing_but_files, takes_anything=True, takes_files=True)
    ]


@flow("matters.add_proof", Proof)
def add_proof(turn: Turn, form: Proof) -> Reply:
    """Keep a photo or a file with a step."""
    sent = _proofs(turn, form.sent)
    if not sent:
        raise DomainError("matters/no_proof")
    matter = correcting.add_proofs(turn.db, form.line_id, sent, by=turn.person, now=turn.now)
    return Reply("matters/proof_kept", count=len(sent), choices=telling.to_do(turn.db, matter))


def _proofs(turn: Turn, file_ids: tuple[int, ...] | list[int]) -> list[StoredFile]:
    rows = files.rows(turn.db, file_ids)
    return [one for one in rows if one.person_id == turn.person.id and one.kind in _PROOFS]
