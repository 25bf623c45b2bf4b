"""Looking at pledges: those of one's village, one's own, and one of them with how far it is."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import units
from bot.domain.grid import telling
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import members
from bot.domain.pledges import appraising, asking, finding, history, judging, keeping
from bot.errors import DomainError
from content.words import label
from db.models import Person, Pledge, PledgeState, Unit, UnitKind
from handlers.villages import example_village, my_village, village, villages_offered

_SHOWN = 4
_APPRAISALS = 3
_WORDS = 60


def own_village(turn: Turn, answers: Answers) -> int | None:
    """Return the village somebody lives in, else that of the branch on whose roster they stand."""
    branch = None if turn.person.unit_id else members.branch_of(turn.db, turn.conversation.person_id)
    line = units.line_up(turn.db, branch) if branch else []
    of_branch = next((one.id for one in line if one.kind is UnitKind.VILLAGE), branch.id if branch else None)
    return of_branch or my_village(turn, answers)


class OfVillage(Form):
    """Whose pledges, and how many of them have been shown."""

    skipped: int = 0
    unit_id: Annotated[
        int,
        Ask("cases/which_village", show=example_village, offer=villages_offered, known=own_village, reads=village),
    ]


@flow("pledges.of_village", OfVillage)
def of_village(turn: Turn, form: OfVillage) -> Reply:
    """Show what the secretary of a village has promised, a page at a time."""
    unit = turn.db.get(Unit, form.unit_id)
    found = list(finding.of_place(turn.db, unit, now=turn.now)) if unit else list[Pledge]()
    shown = found[form.skipped :][:_SHOWN]
    if unit is None or not shown:
        return Reply("pledges/none_here", unit=unit.name if unit else "")
    choices = [_choice(turn, one) for one in shown]
    if left := len(found) - form.skipped - len(shown):
        fill = {"unit_id": unit.id, "skipped": form.skipped + len(shown)}
        choices.append(Choice(label=f"{label('further')} {left}", go="pledges.of_village", fill=fill))
    return Reply("pledges/of_village", unit=unit.name, choices=tuple(choices))


@flow("pledges.mine")
def mine(turn: Turn, _form: Form) -> Reply:
    """Show somebody's own pledges that are not over."""
    found = finding.open_of(turn.db, turn.person)[:_SHOWN]
    write = Choice(label=label("write_pledge"), go="pledges.make")
    choices = (*(_choice(turn, one) for one in found), write)
    return Reply("pledges/mine", count=len(found), choices=choices)


class OnePledge(Form):
    """A pledge, by its id."""

    pledge_id: int


@flow("pledges.show", OnePledge)
def show(turn: Turn, form: OnePledge) -> Reply:
    """Show a pledge with how far it is, and to whoever may, what may be done about it."""
    pledge = turn.db.get(Pledge, form.pledge_id)
    is_kept = pledge is not None and keeping.is_keeper(turn.db, pledge, turn.person)
    may_review = pledge is not None and judging.may_review(turn.db, pledge, turn.person)
    if pledge is None or not (finding.is_public(pledge) or is_kept or may_review):
        raise DomainError("pledges/not_yours")
    told = history.last_told(turn.db, pledge)
    given = appraising.of(turn.db, pledge)[-_APPRAISALS:]
    return Reply(
        "pledges/shown",
        choices=_to_do(turn, pledge, is_kept=is_kept, may_review=may_review),
        attachments=telling.photos(turn.db, told.files) if told else (),
        unit=turn.db.get_one(Unit, pledge.unit_id).name,
        name=turn.db.get_one(Person, pledge.holder_id).name,
        words=pledge.words,
        due=pledge.due_on,
        state=_state(turn, pledge),
        reason=pledge.reason,
        told=_short(told.words) if told else "",
        told_at=told.at if told else None,
        given=given,
    )


def _to_do(turn: Turn, pledge: Pledge, *, is_kept: bool, may_review: bool) -> tuple[Choice, ...]:
    fill = {"pledge_id": pledge.id}
    if is_kept and pledge.state is PledgeState.PUBLISHED:
        withdraw = Choice(label=label("withdraw_pledge"), go="pledges.withdraw", fill=fill)
        return (*asking.to_tell(pledge), withdraw)
    if is_kept and pledge.state is PledgeState.RETURNED:
        return judging.to_rewrite(pledge)
    if is_kept and pledge.state is PledgeState.WAITING:
        return (Choice(label=label("withdraw_pledge"), go="pledges.withdraw", fill=fill),)
    if may_review and pledge.state is PledgeState.WAITING:
        return judging.to_decide(pledge)
    if appraising.stages_for(turn.db, pledge, turn.person):
        return (Choice(label=label("appraise_pledge"), go="pledges.appraise", fill=fill),)
    return ()


def _choice(turn: Turn, pledge: Pledge) -> Choice:
    values = {"words": asking.short(pledge), "due": pledge.due_on, "state": _state(turn, pledge)}
    line = house_of(turn.db).renderer.render("pledges/line", values)
    return Choice(label=line, go="pledges.show", fill={"pledge_id": pledge.id})


def _state(turn: Turn, pledge: Pledge) -> str:
    return "overdue" if finding.is_overdue(turn.db, pledge, now=turn.now) else pledge.state.value


def _short(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _WORDS else f"{flat[: _WORDS - 1]}…"
