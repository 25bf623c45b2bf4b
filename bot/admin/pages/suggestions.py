"""Other words people use for an entry: taken, so that they are one more way to ask for it, or left."""

from bot.admin.asked import Asked, Misfilled
from bot.admin.views import Go, Page, View
from bot.domain.access import Act
from bot.domain.answers import suggestions
from bot.domain.console.visiting import Visit

_MAY = frozenset({Act.ANSWER_CASES, Act.EDIT_ENTRIES})


def show(visit: Visit, _asked: Asked) -> View:
    """List what many enough say, the weightiest first."""
    found = suggestions.waiting_for(visit.db, visit.person, now=visit.now)
    return View("suggestions", {"suggestions": found})


def decide(visit: Visit, asked: Asked) -> Go:
    """Take the words, or leave them."""
    suggestion_id = asked.id("suggestion_id")
    match asked.form.get("do", ""):
        case "accept":
            suggestions.accept(visit.db, suggestion_id, by=visit.person, now=visit.now)
        case "drop":
            suggestions.drop(visit.db, suggestion_id, by=visit.person, now=visit.now)
        case _:
            raise Misfilled("empty", "do")
    return Go(asked.path, said="suggestion_decided")


PAGES = (Page("/admin/suggestions", show, takes=decide, needs=_MAY),)
