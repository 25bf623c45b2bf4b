"""A roster from a file: looked at first, taken in but for the rows that are not right, taken back within a day."""

from bot.admin.asked import Asked, Misfilled
from bot.admin.tables import EXCEL
from bot.admin.views import Download, Go, Outcome, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.files import KeptFile
from bot.domain.lists import people
from bot.domain.rosters import roster, roster_files, roster_sheets, roster_undo
from bot.domain.rosters.roster_files import MOST_ROWS
from bot.domain.rosters.roster_judging import Plan
from content import rosters

_MAY = frozenset({Act.KEEP_ROSTER})
_SHOWN = 50


def show(visit: Visit, _asked: Asked) -> View:
    """Ask for a file, and offer to take one's last imports back."""
    imports = people.last_imports(visit, limit=10, since=visit.now - 7 * roster.UNDOABLE)
    undoable = {one.id for one in imports if one.undone_at is None and visit.now - one.imported_at <= roster.UNDOABLE}
    return View("roster_import", {"imports": imports, "undoable": undoable})


def take(visit: Visit, asked: Asked) -> Outcome:
    """Look at a file, take it in, give back what could not be taken, or take an import back."""
    match asked.form.get("do", ""):
        case "look":
            return _looked_at(visit, asked)
        case "take_in":
            return _taken_in(visit, asked)
        case "problems":
            return _problems(visit, asked)
        case "undo":
            roster_undo.undo(visit.db, asked.id("import_id"), visit.person, now=visit.now)
            return Go(asked.path, said="import_undone")
        case _:
            raise Misfilled("empty", "file")


def _looked_at(visit: Visit, asked: Asked) -> View:
    if not asked.file:
        raise Misfilled("no_file", "file")
    file_id = roster_files.receive(visit.db, asked.file, asked.file_name, visit.person, now=visit.now)
    return _shown(visit, roster_files.arrived(visit.db, file_id, visit.person), taken=None)


def _taken_in(visit: Visit, asked: Asked) -> View:
    file = roster_files.arrived(visit.db, asked.id("file_id"), visit.person)
    reading = roster_files.opened(visit.db, file, now=visit.now)
    plan = roster.take_in(visit.db, reading, visit.person, file_name=file.name, now=visit.now)
    return _shown(visit, file, taken=plan)


def _problems(visit: Visit, asked: Asked) -> Download:
    file = roster_files.arrived(visit.db, asked.id("file_id"), visit.person)
    plan = roster.look(visit.db, roster_files.opened(visit.db, file, now=visit.now), visit.person)
    data = roster_sheets.problems_file(file.path, plan, name=file.name, most=MOST_ROWS)
    return Download(f"{rosters.word('errors_title')}.xlsx", data, EXCEL)


def _shown(visit: Visit, file: KeptFile, *, taken: Plan | None) -> View:
    plan = taken
    if plan is None:
        reading = roster_files.opened(visit.db, file, now=visit.now)
        if not reading.count:
            raise Misfilled("no_rows" if reading.has_header else "no_header", "file")
        plan = roster.look(visit.db, reading, visit.person)
    problems = [(plan.reading.where(place), reason) for place, reason in plan.problems()]
    values = {
        "file": file,
        "plan": plan,
        "is_taken": taken is not None,
        "problems": problems[:_SHOWN],
        "more": max(0, len(problems) - _SHOWN),
        "absent": plan.absent[:_SHOWN],
    }
    return View("roster_plan", values)


PAGES = (Page("/admin/people/import", show, takes=take, needs=_MAY),)
