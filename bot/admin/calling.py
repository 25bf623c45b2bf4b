"""Who is to be called about something, on its page: names, masked numbers, why, and a button for each."""

from collections.abc import Mapping

from bot.admin.asked import Asked
from bot.admin.views import Go
from bot.domain import calls
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from db.models import Occasion

_MOST = 50


def shown(visit: Visit, occasion: Occasion) -> Mapping[str, object]:
    """Return what ``call_list.html`` shows; a number in full is seen on its person's page, and that is written down."""
    return {"to_call": calls.waiting(visit.db, occasion, limit=_MOST), "may_see_phones": visit.may(Act.KEEP_ROSTER)}


def tick(visit: Visit, asked: Asked) -> Go:
    """Note that somebody was called."""
    calls.called(visit.db, [asked.id("item_id")], visit.person, now=visit.now)
    return Go(asked.path, said="called")
