"""Reports by chat: a week's or a month's picture on demand, and whether it comes by itself on Mondays."""

from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.messages import Choice
from bot.domain.reports import exporting, report, showing, weekly
from bot.domain.reports.periods import Period, PeriodKind, from_name, period_of, today
from bot.errors import DomainError
from content import periods
from content.words import label
from db.models import Unit
from handlers.personal import privately

_OFFERED = 5
_DAYS_OF_BEGINNING = 3


def units_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units somebody may see reports of."""
    found = showing.reported_to(turn.db, turn.person)[:_OFFERED]
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in found)


def only_unit(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit where there is only one; refuses who may see none."""
    found = showing.reported_to(turn.db, turn.person)
    if not found:
        raise DomainError("access/not_yours")
    return found[0].id if len(found) == 1 else None


def period_said(turn: Turn) -> str:
    """Read which week or month is meant."""
    day = today(turn.now, turn.zone)
    found = periods.read(turn.text, day)
    if found is None:
        raise InvalidAnswer("reports/which_period")
    return _begun(turn, period_of(found[1], PeriodKind(found[0]))).named()


def period_meant(turn: Turn, _answers: Answers) -> str | None:
    """Return the week or month that was named along with the wish; at the very beginning of one, the one before."""
    day = today(turn.now, turn.zone)
    kind, meant = periods.read(turn.text, day) or ("week", day)
    period = _begun(turn, period_of(meant, PeriodKind(kind)))
    is_fresh = day == period.first or (period.kind is PeriodKind.MONTH and day.day <= _DAYS_OF_BEGINNING)
    return (period.before if is_fresh and meant == day else period).named()


def allowed_period(turn: Turn, answers: Answers) -> str | None:
    """Return which week or month was named, as :func:`period_meant`; refuses whoever may see no reports first."""
    only_unit(turn, answers)
    return period_meant(turn, answers)


def _begun(turn: Turn, period: Period) -> Period:
    """Return a period; refuse one that has not begun."""
    if period.first > today(turn.now, turn.zone):
        raise DomainError("reports/lies_ahead")
    return period


class Wanted(Form):
    """Which week or month, of which unit."""

    period: Annotated[str, Ask("reports/which_period", known=allowed_period, reads=period_said, inline=True)]
    unit_id: Annotated[int, Ask("reports/which_unit", known=only_unit, offer=units_offered)]


@flow("reports.show", Wanted)
def show(turn: Turn, form: Wanted) -> Reply:
    """Show a unit's week or month: the picture, and its numbers in words."""
    unit = unit_of(turn, form.unit_id)
    period = from_name(form.period)
    counted = report.report(turn.db, unit, period, now=turn.now)
    before = Choice(
        label=label("week_before") if period.kind is PeriodKind.WEEK else label("month_before"),
        go="reports.show",
        fill={"unit_id": form.unit_id, "period": period.before.named()},
    )
    reply = Reply.of("reports/shown", showing.shown(counted), (*showing.steps(unit, period), before))
    reply.attachments = (showing.picture(turn.db, unit, period, to=turn.person.id, now=turn.now),)
    return reply


@flow("reports.export", Wanted)
def export(turn: Turn, form: Wanted) -> Reply:
    """Give the figures and the rows behind them as a sheet."""
    privately(turn)
    unit, period = unit_of(turn, form.unit_id), from_name(form.period)
    paper = exporting.export(turn.db, unit, period, by=turn.person, now=turn.now)
    reply = Reply.of("reports/sheet", showing.named(unit.name, period), _others(turn, form.unit_id, period))
    reply.attachments = (paper,)
    return reply


def period_of_a_cadre(turn: Turn) -> str:
    """Read which week or month is meant; whoever sees no reports means none, whatever they say."""
    if not access.reach(turn.db, turn.person, access.Act.SEE_REPORTS):
        return ""
    return period_said(turn)


class Meant(Form):
    """Which week or month, if one was named."""

    period: Annotated[str, Ask("reports/which_period", known=period_meant, reads=period_of_a_cadre, inline=True)]


@flow("reports.take_along", Meant)
def take_along(turn: Turn, form: Meant) -> Reply:
    """Give a cadre the figures of their unit, and everybody else what is kept of them."""
    if not access.reach(turn.db, turn.person, access.Act.SEE_REPORTS):
        return Reply.leading("my_data.export")
    return Reply.leading("reports.export", period=form.period)


@flow("reports.hours", Wanted)
def hours_served(turn: Turn, form: Wanted) -> Reply:
    """Give the confirmed hours of volunteering of a week or month, by person, in the official platform's columns."""
    privately(turn)
    unit, period = unit_of(turn, form.unit_id), from_name(form.period)
    count, paper = exporting.hours_served(turn.db, unit, period, by=turn.person, now=turn.now)
    named, others = showing.named(unit.name, period), _others(turn, form.unit_id, period, go="reports.hours")
    if paper is None:
        return Reply.of("reports/no_hours", named, others)
    reply = Reply.of("reports/hours", {**named, "count": count}, others)
    reply.attachments = (paper,)
    return reply


@flow("reports.mute")
def mute(turn: Turn, _form: Form) -> Reply:
    """Send no more pictures on Mondays."""
    only_unit(turn, {})
    weekly.opt_out(turn.db, turn.person, now=turn.now)
    return Reply("reports/muted")


@flow("reports.unmute")
def unmute(turn: Turn, _form: Form) -> Reply:
    """Send them again."""
    only_unit(turn, {})
    weekly.opt_in(turn.db, turn.person)
    return Reply("reports/unmuted")


def _others(turn: Turn, unit_id: int, period: Period, go: str = "reports.export") -> tuple[Choice, ...]:
    """Offer the other weeks and months that are usually wanted."""
    day = today(turn.now, turn.zone)
    week, month = (period_of(day, kind) for kind in PeriodKind)
    usual = {
        label("this_week"): week,
        label("last_week"): week.before,
        label("this_month"): month,
        label("last_month"): month.before,
    }
    return tuple(
        Choice(label=words, go=go, fill={"unit_id": unit_id, "period": one.named()})
        for words, one in usual.items()
        if one != period
    )


def unit_of(turn: Turn, unit_id: int) -> Unit:
    """Return a unit somebody may see reports of; refuses any other."""
    unit = turn.db.get(Unit, unit_id)
    access.insist(turn.db, turn.person, access.Act.SEE_REPORTS, unit)
    return unit or turn.db.get_one(Unit, unit_id)
