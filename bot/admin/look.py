"""How pages are rendered: one environment, everything escaped, nothing undefined."""

import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.domain.cases import one_line
from bot.sheets import Cell
from content import console
from content.words import meeting_name

FOLDER = Path(__file__).parent / "templates"


class Look:
    """Renders the console's templates for people who live in one time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Show times in ``zone``."""
        self._zone = zone
        self.environment = Environment(
            loader=FileSystemLoader(FOLDER),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters: dict[str, Callable[..., str]] = {
            "moment": self._moment,
            "day": self._day,
            "clock": self._clock,
            "iso": self._iso,
            "cell": self._cell,
            "word": _word,
            "act": console.act,
            "meeting": meeting_name,
            "one_line": functools.partial(one_line, longest=80),
        }
        for name, one in filters.items():
            self.environment.filters[name] = one

    def render(self, template: str, values: dict[str, object]) -> str:
        """Render one page, or a part of one."""
        return self.environment.get_template(f"{template}.html").render(values)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone)

    def _moment(self, moment: datetime) -> str:
        return f"{self._day(moment)} {self._clock(moment)}"

    def _day(self, moment: datetime) -> str:
        local = self._local(moment)
        return f"{local.year}-{local.month}-{local.day}"

    def _clock(self, moment: datetime) -> str:
        return self._local(moment).strftime("%H:%M").removeprefix("0")

    def _cell(self, value: Cell) -> str:
        if isinstance(value, datetime):
            return self._moment(value)
        return "\N{EM DASH}" if value is None or value == "" else str(value)

    def _iso(self, moment: datetime) -> str:
        return self._local(moment).strftime("%Y-%m-%dT%H:%M")


def _word(key: object, group: str) -> str:
    return console.word(group, str(key))
