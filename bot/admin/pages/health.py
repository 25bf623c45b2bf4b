"""How the bot itself is: its settings by name and where they come from, its database, worker, channels and outbox."""

from dataclasses import dataclass

from bot.admin import tables
from bot.admin.asked import Asked, Misfilled
from bot.admin.setting_list import shown_settings
from bot.admin.tables import Column
from bot.admin.views import Go, Page, View
from bot.domain import audit
from bot.domain.access import Act
from bot.domain.broadcasts import reopening
from bot.domain.console.visiting import Visit
from bot.domain.lists import letters
from bot.domain.outgoing import capabilities
from bot.domain.outgoing.backlog import backlog
from bot.settings import Settings
from content import console

_FILTERS = ("state",)
_MAY = frozenset({Act.SEE_HEALTH})
_MOST_COUNTED = 1_000

COLUMNS = (
    Column("number", lambda row: row.id, sort="id"),
    Column("kind", lambda row: console.word("outbox_kinds", row.kind)),
    Column("state", lambda row: console.word("outbox_states", row.state)),
    Column("channel", lambda row: console.words("channels").get(row.channel, row.channel)),
    Column("at", lambda row: row.due_at),
    Column("reason", lambda row: row.reason or None),
)


@dataclass(frozen=True, slots=True)
class HealthPage:
    """The page, with what it shows of the settings."""

    settings: Settings

    def show(self, visit: Visit, asked: Asked) -> View:
        """Show how everything stands, and what could not be sent."""
        want = tables.wanted(asked, _FILTERS)
        table = tables.shown(visit, asked, letters.listing(dict(want.filters)), want, COLUMNS)
        values = {
            "table": table,
            "backlog": backlog(visit.db, now=visit.now, most=_MOST_COUNTED),
            "shut": capabilities.shut_now(visit.db, now=visit.now),
            "settings": shown_settings(self.settings),
            "database": "postgresql" if self.settings.database.startswith("postgresql") else "sqlite",
            "states": letters.DEAD,
        }
        return View("health", values, part="health_part")

    def take(self, visit: Visit, asked: Asked) -> Go | View:
        """Send a message once more that could not be sent."""
        if asked.form.get("do", "") != "requeue":
            raise Misfilled("empty", "do")
        letter_id = asked.id("letter_id")
        done = reopening.requeue(visit.db, [letter_id], now=visit.now)
        if done:
            audit.note(visit.db, "outbox.requeue", str(letter_id), actor_id=visit.person.id, now=visit.now)
        return Go(asked.path, said="requeued" if done else "not_requeued")

    def pages(self) -> tuple[Page, ...]:
        """Return its page."""
        return (Page("/admin/health", self.show, takes=self.take, needs=_MAY),)
