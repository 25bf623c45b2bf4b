"""The next step of a matter: the numbers of its meeting first, judged before anything else is asked."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.matters import keeping, quorum
from bot.domain.matters.lines import next_step
from bot.domain.matters.quorum import Finding
from bot.errors import DomainError
from content.matter_words import counts
from content.matters import Step
from db.models import Matter
from handlers.matters.reading import kept, matters_offered, numbers, only_matter

_MOST = 3


def nothing_to_count(turn: Turn, answers: Answers) -> dict[str, int] | None:
    """Ask for no numbers where the step is no meeting that is counted."""
    return {} if step_of(turn, answers).attend is None else None


def asked_so_far(turn: Turn, answers: Answers) -> dict[str, object]:
    """Show which meeting it is, and whether enough came, where that is said already."""
    step = step_of(turn, answers)
    so_far: dict[str, int] = answers.get("so_far") or {}
    judged = quorum.judge(step, so_far)
    return {"step": step.name, "came": "present" in so_far, "needs": judged.needs}


class Record(Form):
    """A matter, and the numbers of its next meeting: those said before (``so_far``) and now; ``files`` are proof."""

    so_far: dict[str, int] | None = None
    files: tuple[int, ...] = ()
    matter_id: Annotated[int, Ask("matters/which_matter", known=only_matter, offer=matters_offered)]
    said: Annotated[dict[str, int], Ask("matters/who_came", known=nothing_to_count, show=asked_so_far, reads=numbers)]


@flow("matters.record", Record)
def record(turn: Turn, form: Record) -> Reply:
    """Judge the numbers of a meeting: ask for those that are missing or too low, or go on to the day."""
    step = step_of(turn, {"matter_id": form.matter_id})
    known = {**(form.so_far or {}), **form.said}
    fill: dict[str, object] = {"matter_id": form.matter_id, "files": list(form.files)}
    judged = quorum.judge(step, known)
    match judged.finding:
        case Finding.PASSED:
            return Reply.leading("matters.settle", step=step.key, counts=known, **fill)
        case Finding.UNSAID:
            return Reply.leading("matters.record", so_far=known, **fill)
        case _:
            kept_on = {"expected": known["expected"]} if judged.share else {}
            share = judged.share.words if judged.share else ""
            return Reply.leading(
                "matters.recount", so_far=kept_on, found=judged.finding.value, share=share, needs=judged.needs, **fill
            )


def what_is_wrong(turn: Turn, answers: Answers) -> dict[str, object]:
    """Say why the numbers do not let the step pass."""
    step = step_of(turn, answers)
    return {"step": step.name, "found": answers["found"], "share": answers["share"], "needs": answers["needs"]}


class Recount(Form):
    """Numbers that did not let a step pass, why not, and what they are instead."""

    so_far: dict[str, int]
    files: tuple[int, ...] = ()
    found: str
    share: str
    needs: int
    matter_id: int
    said: Annotated[dict[str, int], Ask("matters/not_enough", show=what_is_wrong, reads=numbers)]


@flow("matters.recount", Recount)
def recount(_turn: Turn, form: Recount) -> Reply:
    """Judge the numbers that were said instead."""
    fill = {"matter_id": form.matter_id, "files": list(form.files)}
    return Reply.leading("matters.record", so_far=form.so_far, said=form.said, **fill)


def is_count(turn: Turn) -> bool:
    """Tell whether somebody who keeps matters says how many came to a meeting, and one waits for that."""
    found = counts(turn.text)
    return "present" in found and "expected" in found and bool(_meetings(turn))


@flow("matters.counted")
def counted(turn: Turn, _form: Form) -> Reply:
    """Take numbers for the meeting that comes next, of the one matter that waits for one."""
    meant = _meetings(turn)
    fill = {"matter_id": meant[0].id} if len(meant) == 1 else {}
    return Reply.leading("matters.record", said=counts(turn.text), **fill)


def step_of(turn: Turn, answers: Answers) -> Step:
    """Return the next step of a matter somebody keeps; refuse where there is none."""
    matter = keeping.ongoing(turn.db, answers["matter_id"], turn.person)
    step = next_step(turn.db, matter)
    if step is None:
        raise DomainError("matters/is_over", title=matter.title)
    return step


def _meetings(turn: Turn) -> list[Matter]:
    """Return the matters somebody keeps whose next step is a meeting."""
    if turn.inbound.is_group or not keeping.keeps_any(turn.db, turn.person):
        return []
    coming = ((one, next_step(turn.db, one)) for one in kept(turn))
    return [one for one, step in coming if step and step.attend]
