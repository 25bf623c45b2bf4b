"""The sheet of important matters of a month: a row each, a column for each step."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from bot.domain.house import house_of, today
from bot.domain.matters import sheets, telling
from bot.domain.matters.lines import standing_of
from bot.domain.reports.periods import from_name
from bot.papers.marks import mark
from bot.papers.press import Circumstances
from bot.papers.sheets import Table
from bot.papers.times import full_day
from bot.sheets import Cell
from content import matters as told
from content.words import label, on_paper
from db.models import Matter, MatterState, MatterStep, Unit

_FEN = 100


def gather(db: Session, subject: str, press: Circumstances) -> Table:
    """Return the matters of a unit in a month; ``subject`` is the unit's id and the month: ``4/month.2026-11-01``."""
    unit_id, _, named = subject.partition("/")
    unit = db.get(Unit, int(unit_id))
    if unit is None:
        raise LookupError(subject)
    month, zone = from_name(named), house_of(db).zone
    day = today(db, press.clock.now())
    found = db.execute(sheets.of_month(db, unit, month)).all()
    lines = standing_of(db, [matter.id or 0 for matter, *_names in found])
    rows = [
        {**_about(matter, lines[matter.id or 0], day), "unit": name, "holder": holder or None}
        for matter, name, holder in found
    ]
    days = on_paper("report_days", first=full_day(month.first, zone), last=full_day(month.last, zone))
    return Table("matters", f"{unit.name} {days}", rows, mark(db, press))


def _about(matter: Matter, lines: Sequence[MatterStep], day: date) -> Mapping[str, Cell]:
    return {
        "title": matter.title,
        "kind": told.kind_name(matter.kind),
        "amount": matter.amount / _FEN if matter.amount else None,
        "now": _now(matter, lines, day),
        **{f"step_{one.step}": f"{one.held_on.isoformat()}{telling.numbers(one)}" for one in lines},
    }


def _now(matter: Matter, lines: Sequence[MatterStep], day: date) -> str:
    if matter.state is MatterState.DROPPED:
        return label("matter_dropped")
    if matter.state is MatterState.DONE:
        return label("matter_done")
    hangs = telling.hanging(lines[-1], day) if lines else None
    if hangs and hangs.day:
        return label("matter_hangs").format(called=hangs.called, day=hangs.day, days=hangs.days)
    return told.step(matter.step).name if matter.step else ""
