"""What a cadre sees of the matters they keep: a list, one of them with all its lines, and how it is given up."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.matters import correcting, keeping, opinions, sheets, telling
from bot.domain.matters.lines import standing
from bot.domain.messages import Choice
from bot.domain.reports.periods import Period, PeriodKind, from_name, period_of
from bot.errors import DomainError
from content import periods
from content.matter_words import money_shown
from content.matters import kind_name
from content.words import label
from db.models import MatterState, Unit
from handlers.matters.reading import a_sentence, kept, today
from handlers.personal import privately

_SHOWN = 4
_UNITS = 5
_DAYS_OF_BEGINNING = 10


@flow("matters.kept")
def list_(turn: Turn, _form: Form) -> Reply:
    """List the matters that go on and somebody keeps."""
    found = kept(turn)
    new = Choice(label=label("new_matter"), go="matters.begin")
    export = Choice(label=label("matter_sheet"), go="matters.export")
    if not found:
        return Reply("matters/nothing_kept", choices=(new, export))
    shown = found[:_SHOWN]
    choices = [Choice(label=one.title, go="matters.look", fill={"matter_id": one.id}) for one in shown]
    return Reply("matters/kept", choices=(*choices, new, export))


class OneMatter(Form):
    """A matter, by its id."""

    matter_id: int


@flow("matters.look", OneMatter)
def look(turn: Turn, form: OneMatter) -> Reply:
    """Show a matter to who keeps it, with the lines that stand, and what may be done."""
    privately(turn)
    matter = keeping.found(turn.db, form.matter_id, turn.person)
    lines = standing(turn.db, form.matter_id)
    fill = {"matter_id": matter.id}
    hangs = telling.hanging(lines[-1], today(turn)) if lines else None
    asked, waiting = opinions.counts(turn.db, matter)
    choices = [one for one in telling.to_do(turn.db, matter) if one.go != "matters.look"]
    if matter.state is MatterState.DROPPED:
        choices.append(Choice(label=label("resume_matter"), go="matters.resume", fill=fill))
    else:
        choices.append(Choice(label=label("correct_step"), go="matters.correct", fill=fill))
    if matter.state is MatterState.ONGOING:
        choices.append(Choice(label=label("drop_matter"), go="matters.drop", fill=fill))
    return Reply(
        "matters/look",
        choices=tuple(choices),
        title=matter.title,
        kind=kind_name(matter.kind),
        amount=money_shown(matter.amount),
        last=telling.lines(lines)[-1] if lines else "",
        hangs=hangs,
        state=matter.state.value,
        reason=matter.reason,
        next=telling.next_name(turn.db, matter),
        asked=asked,
        waiting=waiting,
    )


class Drop(Form):
    """A matter that is given up, and why."""

    matter_id: int
    reason: Annotated[str, Ask("matters/why_dropped", reads=a_sentence, takes_anything=True)]


@flow("matters.drop", Drop)
def drop(turn: Turn, form: Drop) -> Reply:
    """Give a matter up."""
    matter = correcting.drop(turn.db, form.matter_id, form.reason, by=turn.person, now=turn.now)
    again = Choice(label=label("resume_matter"), go="matters.resume", fill={"matter_id": matter.id})
    return Reply("matters/dropped", title=matter.title, choices=(again,))


@flow("matters.resume", OneMatter)
def resume(turn: Turn, form: OneMatter) -> Reply:
    """Let a matter go on that was given up."""
    matter = correcting.resume(turn.db, form.matter_id, by=turn.person, now=turn.now)
    next_ = telling.next_name(turn.db, matter)
    return Reply("matters/resumed", title=matter.title, next=next_, choices=telling.to_do(turn.db, matter))


def units_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units somebody has a role at."""
    return tuple(
        Choice(label=one.name, fill={"value": one.id}) for one in sheets.units_of(turn.db, turn.person)[:_UNITS]
    )


def only_unit(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit where there is only one; refuses who has none."""
    privately(turn)
    found = sheets.units_of(turn.db, turn.person)
    if not found:
        raise DomainError("access/not_yours")
    return found[0].id if len(found) == 1 else None


def month_meant(turn: Turn, _answers: Answers) -> str | None:
    """Return which month is meant: the one that was said, in its first days the one before, else this one."""
    day = today(turn)
    said = periods.read(turn.text, day)
    if said and said[0] == PeriodKind.MONTH:
        return period_of(said[1], PeriodKind.MONTH).named()
    month = period_of(day, PeriodKind.MONTH)
    return (month.before if day.day <= _DAYS_OF_BEGINNING else month).named()


def month_said(turn: Turn) -> str:
    """Read which month is meant."""
    return month_meant(turn, {}) or ""


class Export(Form):
    """Which month, and the matters of which unit."""

    unit_id: Annotated[int, Ask("matters/which_unit", offer=units_offered, known=only_unit)]
    month: Annotated[str, Ask("reports/which_period", known=month_meant, reads=month_said, inline=True)]


@flow("matters.export", Export)
def export(turn: Turn, form: Export) -> Reply:
    """Give the matters of a month as a sheet."""
    unit, month = turn.db.get_one(Unit, form.unit_id), from_name(form.month)
    count, paper = sheets.order(turn.db, unit, month, by=turn.person, now=turn.now)
    others = tuple(_other(form.unit_id, one) for one in (month.before,))
    if paper is None:
        return Reply("matters/no_sheet", unit=unit.name, month=month.first, choices=others)
    reply = Reply("matters/sheet", unit=unit.name, month=month.first, count=count, choices=others)
    reply.attachments = (paper,)
    return reply


def _other(unit_id: int, month: Period) -> Choice:
    fill = {"unit_id": unit_id, "month": month.named()}
    return Choice(label=label("month_before"), go="matters.export", fill=fill)
