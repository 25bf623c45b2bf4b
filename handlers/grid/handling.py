"""Seeing to reports: look at one, take it, say that it is done, or name who has to see to it instead."""

from datetime import timedelta
from typing import Annotated

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import cases, files, officers, units
from bot.domain.grid import handling, routing, telling
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.grid import kind_name, kinds
from content.match import normalise
from content.words import label
from db.models import ONGOING_REPORTS, FileKind, GridReport, GridState, Person, Unit
from handlers.personal import privately
from handlers.reading import words

_SHOWN = 5
_JUST_NOW = timedelta(minutes=15)


class OneReport(Form):
    """A report, by its id."""

    report_id: int


@flow("grid.look", OneReport)
def look(turn: Turn, form: OneReport) -> Reply:
    """Show a report with its photos to who may see to it, and what may be done."""
    privately(turn)
    report = handling.for_handler(turn.db, form.report_id, turn.person)
    holder = turn.db.get(Person, report.holder_id) if report.holder_id else None
    return Reply(
        "grid/look",
        choices=(*telling.to_do(report), *_to_sort(report)),
        kind=kind_name(report.category),
        attachments=telling.photos(turn.db, report.files),
        pin=telling.spot(report),
        number=telling.number(report),
        what=telling.what(report),
        where=telling.where(turn.db, report),
        by_whom=telling.by_whom(turn.db, report),
        holder=holder.name if holder else "",
        state=report.state.value,
        until=report.due_at,
    )


def kinds_offered(_turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer every kind there is."""
    return tuple(Choice(label=name, fill={"value": key}) for key, name in kinds().items())


class Sorted(Form):
    """A report, and of which kind it is."""

    report_id: int
    kind: Annotated[str, Ask("grid/which_kind", offer=kinds_offered)]


@flow("grid.sort", Sorted)
def sort(turn: Turn, form: Sorted) -> Reply:
    """Let a report be of another kind."""
    report = handling.sort(turn.db, form.report_id, form.kind, by=turn.person, now=turn.now)
    return Reply("grid/sorted", number=telling.number(report), kind=kind_name(form.kind))


def free_one(turn: Turn, _answers: Answers) -> int | None:
    """Return the only report nobody has taken yet; refuse where there is none."""
    return _only(turn, _free(turn))


def free_ones(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the reports nobody has taken yet."""
    return _offered(_free(turn))


class Take(Form):
    """A report somebody takes."""

    report_id: Annotated[int, Ask("grid/which_report", known=free_one, offer=free_ones)]


@flow("grid.take", Take)
def take(turn: Turn, form: Take) -> Reply:
    """Let whoever speaks see to a report."""
    report = handling.take(turn.db, form.report_id, by=turn.person, now=turn.now)
    return Reply("grid/yours", number=telling.number(report), until=report.due_at, choices=telling.to_do(report))


def own_one(turn: Turn, _answers: Answers) -> int | None:
    """Return the only report somebody has taken, else the only one that waits for them."""
    return _only(turn, _own(turn) or _waiting(turn))


def own_ones(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer the reports somebody has taken, else those that wait for them."""
    return _offered(_own(turn) or _waiting(turn))


def nothing_to_say(turn: Turn, answers: Answers) -> str | None:
    """Ask for no words where a photo says it; refuse whoever has nothing to see to before anything is asked."""
    if "report_id" not in answers:
        own_one(turn, answers)
    return "" if answers.get("files") or _just_sent(turn) else None


def what_was_done(turn: Turn) -> str:
    """Read what was done; a photo says it without words."""
    return turn.text if turn.files else words(turn)


class Done(Form):
    """A report that is done, and what was done: a sentence or a photo."""

    files: tuple[int, ...] = ()
    words: Annotated[
        str,
        Ask(
            "grid/what_was_done",
            known=nothing_to_say,
            reads=what_was_done,
            takes_anything=True,
            takes_files=True,
            inline=True,
        ),
    ]
    report_id: Annotated[int, Ask("grid/which_report", known=own_one, offer=own_ones)]


@flow("grid.done", Done)
def done(turn: Turn, form: Done) -> Reply:
    """Say that a report is done, and ask those who reported it."""
    sent = files.rows(turn.db, {*form.files, *_just_sent(turn)})
    photos = [one for one in sent if one.person_id == turn.person.id and one.kind is FileKind.PHOTO]
    report = handling.finish(turn.db, form.report_id, form.words, photos, by=turn.person, now=turn.now)
    return Reply("grid/done", number=telling.number(report), is_asked=report.state is GridState.DONE)


def above(turn: Turn, answers: Answers) -> tuple[Choice, ...]:
    """Offer those who work for its unit and the units above it, where somebody can be reached."""
    report = handling.for_handler(turn.db, answers["report_id"], turn.person)
    unit = turn.db.get(Unit, report.charge_id) if report.charge_id else None
    levels = units.line_up(turn.db, unit) if unit else []
    charges = [(one.id, routing.instead(turn.db, report, one)) for one in levels]
    found = [(unit_id, one) for unit_id, one in charges if set(one.people_ids) - {turn.person.id}]
    return tuple(Choice(label=one.name, fill={"value": unit_id}) for unit_id, one in found[:_SHOWN])


def office(turn: Turn) -> int:
    """Read the name of a unit, or of somebody who works for one: that unit."""
    said = normalise(turn.text)
    root = units.root(turn.db)
    every = list(units.within(turn.db, [root.path])) if root else list[Unit]()
    named = [one for one in every if said and normalise(one.name).startswith(said)]
    exact = [one for one in named if normalise(one.name) == said] or named
    if len(exact) == 1:
        return exact[0].id or 0
    people = officers.everywhere(turn.db, turn.text)
    if len(people) == 1 and people[0].unit_id:
        return people[0].unit_id
    raise InvalidAnswer("grid/no_such_office")


class PassOn(Form):
    """A report that is somebody else's, and whose it is."""

    report_id: int
    unit_id: Annotated[int, Ask("grid/who_instead", offer=above, reads=office)]


@flow("grid.pass_up", PassOn)
def pass_on(turn: Turn, form: PassOn) -> Reply:
    """Give a report to the unit that is named."""
    unit = turn.db.get_one(Unit, form.unit_id)
    report, charge = handling.pass_on(turn.db, form.report_id, unit, by=turn.person, now=turn.now)
    return Reply("grid/given_on", number=telling.number(report), to=charge.name)


def _to_sort(report: GridReport) -> tuple[Choice, ...]:
    if report.state not in ONGOING_REPORTS:
        return ()
    return (Choice(label=label("change_kind"), go="grid.sort", fill={"report_id": report.id}),)


def _waiting(turn: Turn) -> list[GridReport]:
    return list(handling.waiting_for(turn.db, turn.person))


def _free(turn: Turn) -> list[GridReport]:
    return [one for one in _waiting(turn) if one.holder_id is None]


def _own(turn: Turn) -> list[GridReport]:
    return [one for one in _waiting(turn) if one.holder_id == turn.person.id]


def _only(turn: Turn, found: list[GridReport]) -> int | None:
    privately(turn)
    if not found:
        raise DomainError("grid/nothing_waits")
    return found[0].id if len(found) == 1 else None


def _offered(found: list[GridReport]) -> tuple[Choice, ...]:
    return tuple(
        Choice(label=f"{telling.number(one)} {cases.one_line(telling.what(one), longest=16)}", fill={"value": one.id})
        for one in found[:_SHOWN]
    )


def _just_sent(turn: Turn) -> list[int]:
    return files.just_sent(turn.db, turn.person.id or 0, since=turn.now - _JUST_NOW)
