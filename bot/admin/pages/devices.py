"""The browsers one is in with, and how to be out."""

from bot.admin.asked import Asked, Misfilled
from bot.admin.views import Go, Page, View
from bot.domain.console import staying
from bot.domain.console.visiting import Visit


def show(visit: Visit, _asked: Asked) -> View:
    """List the browsers one is in with."""
    stays = staying.of(visit.db, visit.person.id or 0, now=visit.now)
    return View("devices", {"stays": stays, "own": visit.stay.id})


def leave(visit: Visit, asked: Asked) -> Go:
    """Be out here, in one other browser, or everywhere."""
    by_id = visit.person.id or 0
    match asked.form.get("where", ""):
        case "here":
            staying.leave_one(visit.db, visit.stay.id or 0, by_id=by_id, now=visit.now)
            return Go("/admin/login")
        case "everywhere":
            staying.leave_everywhere(visit.db, by_id, now=visit.now)
            return Go("/admin/login")
        case "other":
            stay_id = asked.id("stay_id")
            staying.leave_one(visit.db, stay_id, by_id=by_id, now=visit.now)
            return Go(asked.path, said="left_device")
        case _:
            raise Misfilled("empty", "where")


PAGES = (Page("/admin/devices", show, takes=leave),)
