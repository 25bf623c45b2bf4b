"""A village of very many, where somebody writes to all of them."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bot.clock import TurnableClock
from tests.bench.kit.hongyan import prepared
from tests.bench.kit.rows import settle_down, villagers
from tests.kit.audience import Crowded
from tests.kit.databases import opened


def crowd_of(url: str, count: int, folder: Path) -> Crowded:
    """Let so many people, each with an address, live in a village where two others work."""
    prepared(url, folder=folder)
    villagers(url, count + 1)
    crowded = Crowded.found(opened(url), 0, now=datetime.now(UTC))
    crowded.clock = TurnableClock(start=datetime.now(UTC))
    own = text("UPDATE person SET unit_id = :unit WHERE id BETWEEN 2 AND :last")
    crowded.database.run(lambda db: db.execute(own, {"unit": crowded.unit_id, "last": count + 1}))
    settle_down(url)
    return crowded
