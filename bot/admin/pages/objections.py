"""Points somebody says are wrong: decided once, with a reason that is kept."""

from bot.admin.asked import Asked
from bot.admin.views import Go, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.ledger import objecting
from db.models import Person

_MAY = frozenset({Act.KEEP_POINTS})
_LONGEST_REASON = 200


def show(visit: Visit, asked: Asked) -> View:
    """Show the line and what is said against it."""
    row = objecting.for_decider(visit.db, asked.number("objection_id"), visit.person)
    line = objecting.line_of(visit.db, row)
    values = {"row": row, "line": line, "person": visit.db.get_one(Person, row.person_id), "most": objecting.MOST}
    return View("objection", values)


def decide(visit: Visit, asked: Asked) -> Go:
    """Let the points be others, or as they were, and say why; whoever is concerned is told."""
    points = asked.whole("points", least=0, most=objecting.MOST)
    reason = asked.text("reason", most=_LONGEST_REASON)
    objecting.decide(visit.db, asked.number("objection_id"), points, reason, by=visit.person, now=visit.now)
    return Go("/admin", said="decided")


PAGES = (Page("/admin/objections/{objection_id}", show, takes=decide, needs=_MAY, writes=True),)
