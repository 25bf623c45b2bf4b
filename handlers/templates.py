"""The superior's own workbook by chat: sent once, looked through, used by every export of the unit from then on."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.offers import standing
from bot.conversation.turn import Reply, Turn
from bot.domain import access, units
from bot.domain.access import Act
from bot.domain.messages import Choice
from bot.domain.reports import showing, templates
from bot.domain.rosters import roster_files
from bot.errors import DomainError
from bot.sheets import Fault, Problem, UnreadableSheet
from content import figures, rosters
from content.words import label
from db.models import FileKind, StoredFile, Unit
from handlers.personal import privately

_OFFERED = 5
_SHOWN = 3
_TOO_LARGE = "template_too_large"
_NAMES = "reports.template_names"


def keeps_templates(turn: Turn) -> list[Unit]:
    """Return the units somebody keeps templates for, without those below another of them."""
    paths = showing.highest(access.reach(turn.db, turn.person, Act.KEEP_TEMPLATES))
    return list(units.at(turn.db, paths))


def units_offered(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the units a template may be for."""
    return tuple(Choice(label=one.name, fill={"value": one.id}) for one in keeps_templates(turn)[:_OFFERED])


def only_unit(turn: Turn, _answers: Answers) -> int | None:
    """Return the unit where there is only one; refuses who keeps none."""
    privately(turn)
    found = keeps_templates(turn)
    if not found:
        raise DomainError("access/not_yours")
    return found[0].id if len(found) == 1 else None


def is_template(turn: Turn) -> bool:
    """Tell whether a file came from somebody who was just asked for a template."""
    offer = standing(turn) if len(turn.files) == 1 else None
    if offer is None or not offer.fresh or not any(one.go == _NAMES for one in offer.choices):
        return False
    return bool(keeps_templates(turn)) and turn.db.get_one(StoredFile, turn.files[0]).kind is FileKind.DOCUMENT


class Whose(Form):
    """Whose template it is."""

    unit_id: Annotated[int, Ask("reports/which_unit", known=only_unit, offer=units_offered)]


class Sent(Whose):
    """A file, by its id; none when it is the one that came along."""

    file_id: int = 0


@flow("reports.template")
def send(turn: Turn, _form: Form) -> Reply:
    """Look at the file that came along, or ask for one."""
    only_unit(turn, {})
    if turn.files:
        return Reply.leading("reports.take_template", file_id=turn.files[0])
    kept = [one for one in (templates.of(turn.db, unit) for unit in keeps_templates(turn)) if one]
    drop_it = (Choice(label=label("drop_template"), go="reports.drop_template"),) if kept else ()
    return Reply("reports/send_template", name=kept[0].name if kept else "", choices=(*_send_again(), *drop_it))


@flow("reports.take_template", Sent)
def take(turn: Turn, form: Sent) -> Reply:
    """Keep a workbook for a unit, or say cell by cell what is wrong with it."""
    file_id = form.file_id or (turn.files[0] if turn.files else 0)
    file = roster_files.kept(turn.db, file_id, turn.person)
    if file is None:
        fill = {"file_id": file_id, "unit_id": form.unit_id}
        again = Choice(label=label("roster_look"), go="reports.take_template", fill=fill)
        return Reply("roster/still_coming", choices=(again,))
    unit = turn.db.get_one(Unit, form.unit_id)
    try:
        found = templates.take(turn.db, file, unit, by=turn.person, now=turn.now)
    except UnreadableSheet as refused:
        key = _TOO_LARGE if refused.fault is Fault.TOO_LARGE else refused.fault
        return Reply("reports/unreadable", reason=rosters.fault(key), choices=_send_again())
    if found.problems:
        shown = [_said(one) for one in found.problems[:_SHOWN]]
        return Reply("reports/template_wrong", count=len(found.problems), shown=shown, choices=_send_again())
    if not found.count:
        return Reply("reports/template_empty", choices=_send_again())
    try_it = Choice(label=label("try_template"), go="reports.export", fill={"unit_id": form.unit_id})
    return Reply("reports/template_taken", count=found.count, unit=unit.name, choices=(try_it,))


@flow("reports.drop_template", Whose)
def drop(turn: Turn, form: Whose) -> Reply:
    """Use a unit's template no more."""
    had = templates.drop(turn.db, turn.db.get_one(Unit, form.unit_id), by=turn.person, now=turn.now)
    return Reply("reports/template_dropped" if had else "reports/no_template")


@flow("reports.template_names")
def names(turn: Turn, _form: Form) -> Reply:
    """Show what a template may ask for."""
    only_unit(turn, {})
    of_figures, others, lists, before = figures.names()
    return Reply("reports/names", figures=of_figures, others=others, lists=lists, before=before, choices=_send_again())


def _send_again() -> tuple[Choice, ...]:
    """Offer the names, which also lets the next file be taken for a template."""
    return (Choice(label=label("template_names"), go="reports.template_names"),)


def _said(problem: Problem) -> str:
    return f"{problem.where} {figures.trouble(problem.trouble, problem.words)}"
