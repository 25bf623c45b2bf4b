"""A list of households from a file: looked at first, taken in but for what is not right, taken back within a day."""

from bot.admin.asked import Asked, Misfilled
from bot.admin.tables import EXCEL
from bot.admin.views import Download, Go, Outcome, Page, View
from bot.domain import access
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.files import KeptFile
from bot.domain.lists import households
from bot.domain.rosters import roster_files
from bot.domain.rosters.roster_files import MOST_ROWS
from bot.domain.visits import household_files, household_import
from bot.domain.visits.household_judging import Plan
from content import rosters

_MAY = frozenset({Act.KEEP_HOUSEHOLDS})
_SHOWN = 50


def show(visit: Visit, _asked: Asked) -> View:
    """Ask for a file, and offer to take one's last imports back."""
    lasts = household_import.UNDOABLE
    imports = households.last_imports(visit, limit=10, since=visit.now - 7 * lasts)
    undoable = {one.id for one in imports if one.undone_at is None and visit.now - one.imported_at <= lasts}
    return View("household_import", {"imports": imports, "undoable": undoable})


def take(visit: Visit, asked: Asked) -> Outcome:
    """Look at a file, take it in, give back what could not be taken, or take an import back."""
    access.insist_somewhere(visit.db, visit.person, Act.KEEP_HOUSEHOLDS)
    match asked.form.get("do", ""):
        case "look":
            if not asked.file:
                raise Misfilled("no_file", "file")
            file_id = roster_files.receive(visit.db, asked.file, asked.file_name, visit.person, now=visit.now)
            return _shown(visit, roster_files.arrived(visit.db, file_id, visit.person), taken=None)
        case "take_in":
            file = roster_files.arrived(visit.db, asked.id("file_id"), visit.person)
            reading = household_files.opened(file)
            plan = household_import.take_in(visit.db, reading, visit.person, file_name=file.name, now=visit.now)
            return _shown(visit, file, taken=plan)
        case "problems":
            return _problems(visit, asked)
        case "undo":
            household_import.undo(visit.db, asked.id("import_id"), visit.person, now=visit.now)
            return Go(asked.path, said="import_undone")
        case _:
            raise Misfilled("empty", "file")


def _problems(visit: Visit, asked: Asked) -> Download:
    file = roster_files.arrived(visit.db, asked.id("file_id"), visit.person)
    plan = household_import.look(visit.db, household_files.opened(file), visit.person)
    data = household_files.problems_file(file.path, plan, name=file.name, most=MOST_ROWS)
    return Download(f"{rosters.word('errors_title')}.xlsx", data, EXCEL)


def _shown(visit: Visit, file: KeptFile, *, taken: Plan | None) -> View:
    plan = taken
    if plan is None:
        reading = household_files.opened(file)
        if not reading.count:
            raise Misfilled("no_household_rows" if reading.has_header else "no_household_header", "file")
        plan = household_import.look(visit.db, reading, visit.person)
    problems = [(plan.reading.where(place), reason) for place, reason in plan.problems()]
    values = {
        "file": file,
        "plan": plan,
        "is_taken": taken is not None,
        "problems": problems[:_SHOWN],
        "more": max(0, len(problems) - _SHOWN),
    }
    return View("household_plan", values)


PAGES = (Page("/admin/households/import", show, takes=take, needs=_MAY),)
