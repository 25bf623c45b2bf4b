"""What needs me today."""

from bot.admin.asked import Asked
from bot.admin.views import Page, View
from bot.domain.console.visiting import Visit
from bot.domain.lists import today


def show(visit: Visit, _asked: Asked) -> View:
    """Show what waits, the most pressing kind first."""
    return View("today", {"piles": today.piles(visit)})


PAGES = (Page("/admin", show),)
