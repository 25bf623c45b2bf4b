"""The one renderer: a template's name and its values become plain text."""

import functools
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateSyntaxError, meta

from bot.errors import ContentError, ContentProblem

FOLDER = Path(__file__).parent / "messages"
_WEEKDAYS = "一二三四五六日"


class Renderer:
    """Renders messages for people who live in one time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Show times in ``zone``."""
        self._zone = zone
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701  # plain text: each channel escapes for itself
        )
        self._environment.filters["day"] = self._day
        self._environment.filters["date"] = self._date
        self._environment.filters["clock"] = self._clock
        self._template = functools.cache(self._load)

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Render one message; raise ``ValueError`` unless exactly the variables it names are given."""
        template, variables = self._template(name)
        if variables != set(values):
            raise ValueError(f"{name} takes {sorted(variables)}, was given {sorted(values)}")
        return template.render(values).strip()

    def variables(self, name: str) -> set[str]:
        """Return the variables a message names; raise :class:`bot.errors.ContentError` when it is malformed."""
        try:
            return self._template(name)[1]
        except TemplateSyntaxError as error:
            advice = error.message or type(error).__name__
            raise ContentError([ContentProblem(f"content/messages/{name}.j2", error.lineno, "line", advice)]) from error

    def _load(self, name: str) -> tuple[Template, set[str]]:
        source = (FOLDER / f"{name}.j2").read_text(encoding="utf-8")
        template = self._environment.get_template(f"{name}.j2")
        template.globals = dict(template.globals)  # a chain of them would be walked at each rendering
        return template, meta.find_undeclared_variables(self._environment.parse(source))

    def _day(self, moment: datetime | date) -> str:
        local = moment.astimezone(self._zone) if isinstance(moment, datetime) else moment
        return f"{local.month}月{local.day}日 周{_WEEKDAYS[local.weekday()]}"

    def _date(self, moment: datetime | date) -> str:
        """Write a day with its year, for what may be of another year."""
        local = moment.astimezone(self._zone) if isinstance(moment, datetime) else moment
        return f"{local.year}年{local.month}月{local.day}日"

    def _clock(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%H:%M").removeprefix("0")
