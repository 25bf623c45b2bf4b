"""Minutes of service that somebody says are wrong: decided once, with a reason."""

from bot.admin.asked import Asked
from bot.admin.views import Go, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.volunteers import activities, service
from db.models import Person, ServiceRecord

_MAY = frozenset({Act.HOLD_ACTIVITIES})
_LONGEST_REASON = 200
_MOST_MINUTES = 3 * 24 * 60


def show(visit: Visit, asked: Asked) -> View:
    """Show what was written down and what is said against it."""
    dispute = service.open_dispute(visit.db, asked.number("dispute_id"), visit.person)
    record = visit.db.get_one(ServiceRecord, dispute.record_id)
    values = {
        "dispute": dispute,
        "record": record,
        "person": visit.db.get_one(Person, dispute.person_id),
        "activity": activities.found(visit.db, record.activity_id),
    }
    return View("dispute", values)


def decide(visit: Visit, asked: Asked) -> Go:
    """Let the minutes be others, or as they were, and say why; whoever is concerned is told."""
    minutes = asked.whole("minutes", least=0, most=_MOST_MINUTES)
    reason = asked.text("reason", most=_LONGEST_REASON)
    service.decide(visit.db, asked.number("dispute_id"), minutes, reason, by=visit.person, now=visit.now)
    return Go("/admin", said="decided")


PAGES = (Page("/admin/disputes/{dispute_id}", show, takes=decide, needs=_MAY, writes=True),)
