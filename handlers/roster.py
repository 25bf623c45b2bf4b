"""Keeping a roster by chat: a file is looked at, taken in, taken back, and given out."""

from typing import Annotated

from bot.conversation.flow import Answers, Ask, Flow, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import access
from bot.domain.access import Act
from bot.domain.files import KeptFile
from bot.domain.messages import Choice
from bot.domain.rosters import roster, roster_files, roster_undo
from bot.domain.rosters.roster_files import MOST_ROWS
from bot.domain.rosters.roster_judging import Plan
from bot.domain.rosters.roster_reading import Reading
from bot.sheets import UnreadableSheet
from content import rosters
from content.words import label
from db.models import FileKind, StoredFile

_ENDINGS = (".xlsx", ".csv", ".xls", ".xlsm", ".et", ".tsv")
_SHOWN = 3


class OneFile(Form):
    """A file, by its id."""

    file_id: int


def is_roster_file(turn: Turn) -> bool:
    """Tell whether a table came from somebody who keeps a roster."""
    if len(turn.files) != 1 or not access.reach(turn.db, turn.person, Act.KEEP_ROSTER):
        return False
    file = turn.db.get_one(StoredFile, turn.files[0])
    return file.kind is FileKind.DOCUMENT and file.name.lower().endswith(_ENDINGS)


@flow("roster.ask")
def ask(turn: Turn, _form: Form) -> Reply:
    """Look at the file that came along, or ask for one."""
    roster.reach(turn.db, turn.person)
    if turn.files:
        return _looked_at(turn, turn.files[0])
    if refusal := _elsewhere(turn):
        return refusal
    return Reply("roster/send_file", choices=(Choice(label=label("roster_export"), go="roster.export"),))


@flow("roster.received")
def received(turn: Turn, _form: Form) -> Reply:
    """Look at a table that came without words from somebody who keeps a roster."""
    return _looked_at(turn, turn.files[0]) if turn.files else Reply("roster/no_such_file")


@flow("roster.look", OneFile)
def look(turn: Turn, form: OneFile) -> Reply:
    """Look at a file that was still coming."""
    return _looked_at(turn, form.file_id)


@flow("roster.take_in", OneFile)
def take_in(turn: Turn, form: OneFile) -> Reply:
    """Take the good rows in, and give the others back to be mended."""
    if refusal := _elsewhere(turn):
        return refusal
    file = roster_files.kept(turn.db, form.file_id, turn.person)
    if file is None:
        return _still_coming(form.file_id)
    try:
        reading = roster_files.opened(turn.db, file, now=turn.now)
    except UnreadableSheet as refused:
        return _unreadable(refused)
    return _taken_in(turn, file, reading)


@flow("roster.problems", OneFile)
def problems(turn: Turn, form: OneFile) -> Reply:
    """Give the rows that cannot be taken back to be mended, without taking any in."""
    if refusal := _elsewhere(turn):
        return refusal
    file = roster_files.kept(turn.db, form.file_id, turn.person)
    if file is None:
        return _still_coming(form.file_id)
    plan = roster.look(turn.db, roster_files.opened(turn.db, file, now=turn.now), turn.person)
    paper = roster_files.problems(turn.db, form.file_id, turn.person, now=turn.now)
    return Reply("roster/problems_sent", refused=plan.refused, choices=_choices(file.id, plan), attachments=(paper,))


@flow("roster.leave")
def leave(_turn: Turn, _form: Form) -> Reply:
    """Let the roster be as it is."""
    return Reply("roster/left")


def last_import(turn: Turn, _answers: Answers) -> dict[str, object]:
    """Show what would be taken back; refuses when that is nothing."""
    record = roster_undo.last_import(turn.db, turn.person, now=turn.now)
    return {"day": record.imported_at, "added": record.added, "changed": record.changed}


def undo_or_keep(turn: Turn, _answers: Answers) -> tuple[Choice, ...]:
    """Offer to take the import back, or to leave it; the choice names the import that was shown."""
    record = roster_undo.last_import(turn.db, turn.person, now=turn.now)
    keep = Choice(label=label("roster_keep"), fill={"value": 0})
    return (Choice(label=label("roster_undo"), fill={"value": record.id}), keep)


class Undo(Form):
    """Which import is taken back, 0 for none."""

    import_id: Annotated[int, Ask("roster/undo_check", show=last_import, offer=undo_or_keep)]


@flow("roster.undo", Undo)
def undo(turn: Turn, form: Undo) -> Reply:
    """Put the roster back as it was before an import."""
    if not form.import_id:
        return Reply("roster/not_undone")
    roster_undo.undo(turn.db, form.import_id, turn.person, now=turn.now)
    return Reply("roster/undone")


@flow("roster.export")
def export(turn: Turn, _form: Form) -> Reply:
    """Give the roster out, to who keeps it; where phones may not be sent, a link to it."""
    roster.reach(turn.db, turn.person)
    if turn.inbound.is_group:
        return Reply("roster/alone")
    count, paper = roster_files.export(turn.db, turn.person, now=turn.now)
    if paper is None:
        return Reply("roster/nobody")
    return Reply("roster/export", count=count, attachments=(paper,))


def _elsewhere(turn: Turn) -> Reply | None:
    """Refuse to deal with rosters where others listen, or where the channel may not carry them."""
    if turn.inbound.is_group:
        return Reply("roster/alone")
    return None if turn.traits.carries_personal_data else Reply("roster/not_here")


def _looked_at(turn: Turn, file_id: int) -> Reply:
    if refusal := _elsewhere(turn):
        roster_files.decline(turn.db, turn.files)
        return refusal
    file = roster_files.kept(turn.db, file_id, turn.person)
    if file is None:
        return _still_coming(file_id)
    roster_files.keep_a_day(turn.db, file, now=turn.now)
    try:
        reading = roster_files.opened(turn.db, file, now=turn.now)
    except UnreadableSheet as refused:
        return _unreadable(refused)
    if not reading.count:
        return Reply("roster/unreadable", reason=rosters.fault("no_rows" if reading.has_header else "no_header"))
    plan = roster.look(turn.db, reading, turn.person)
    if reading.is_correction and not plan.refused and (plan.added or plan.changed):
        return _taken_in(turn, file, reading)
    return _report(file, plan)


def _report(file: KeptFile, plan: Plan) -> Reply:
    count, choices = plan.reading.count, _choices(file.id, plan)
    added, changed, refused = len(plan.added), len(plan.changed), plan.refused
    shown = [(plan.reading.where(place), reasons[0]) for place, reasons in plan.reading.problems.items()][:_SHOWN]
    more = max(0, refused - _SHOWN)
    if refused == count:
        return Reply("roster/all_bad", choices=choices, count=count, shown=shown, more=more)
    if refused:
        told = {"count": count, "added": added, "changed": changed, "refused": refused, "shown": shown, "more": more}
        return Reply.of("roster/dry_run", told, choices)
    if not added and not changed:
        return Reply("roster/nothing_new", count=count, absent=len(plan.absent))
    told = {"count": count, "added": added, "changed": changed, "unchanged": plan.unchanged}
    return Reply.of("roster/all_good", {**told, "absent": len(plan.absent)}, choices)


def _choices(file_id: int, plan: Plan) -> tuple[Choice, ...]:
    """Offer what can be done with a file: take the good rows, get the bad ones, or leave it."""
    fill, good = {"file_id": file_id}, len(plan.added) + len(plan.changed)
    offered: list[Choice] = []
    if good:
        take = label("roster_take_good").format(count=good) if plan.refused else label("roster_take_all")
        offered.append(Choice(label=take, go="roster.take_in", fill=fill))
    if plan.refused:
        offered.append(Choice(label=label("roster_problems"), go="roster.problems", fill=fill))
    if offered:
        offered.append(Choice(label=label("roster_leave"), go="roster.leave"))
    return tuple(offered)


def _taken_in(turn: Turn, file: KeptFile, reading: Reading) -> Reply:
    plan = roster.take_in(turn.db, reading, turn.person, file_name=file.name, now=turn.now)
    taken = len(plan.added) + len(plan.changed)
    if not taken:
        return Reply("roster/nothing_new", count=reading.count, absent=len(plan.absent))
    if reading.is_correction and not plan.refused:
        return Reply("roster/all_passed", count=reading.count)
    papers = (roster_files.problems(turn.db, file.id, turn.person, now=turn.now),) if plan.refused else ()
    return Reply("roster/taken_in", attachments=papers, taken=taken, refused=plan.refused, absent=len(plan.absent))


def _still_coming(file_id: int) -> Reply:
    again = Choice(label=label("roster_look"), go="roster.look", fill={"file_id": file_id})
    return Reply("roster/still_coming", choices=(again,))


def _unreadable(refused: UnreadableSheet) -> Reply:
    return Reply("roster/unreadable", reason=rosters.fault(refused.fault, most=MOST_ROWS))


FLOWS: tuple[Flow, ...] = (ask, received, look, take_in, problems, leave, undo, export)
