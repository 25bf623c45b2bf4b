"""Pages and sentences for the browser: the only place that writes HTML for people who chat."""

import functools
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta

from content.loader import load_yaml

_FOLDER = Path(__file__).parent / "pages"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def page(name: str, **values: object) -> str:
    """Render ``pages/<name>.html``; raise ``ValueError`` unless exactly the variables it names are given."""
    named = _variables(name)
    if named != set(values):
        raise ValueError(f"{name} takes {sorted(named)}, was given {sorted(values)}")
    return _ENVIRONMENT.get_template(f"{name}.html").render(values)


def sentence(key: str) -> str:
    """Return what a refusal says; raise ``KeyError`` for one nobody wrote."""
    return _mapping("errors.yaml")[key]


def greeting(look: str) -> dict[str, Any]:
    """Return the title, subtitle, first words and example questions of one chat page."""
    return _mapping("greeting.yaml")[look]


@functools.cache
def _variables(name: str) -> set[str]:
    source = (_FOLDER / f"{name}.html").read_text(encoding="utf-8")
    return meta.find_undeclared_variables(_ENVIRONMENT.parse(source))


@functools.cache
def _mapping(name: str) -> dict[str, Any]:
    loaded = load_yaml(_FOLDER / name)
    if not isinstance(loaded, dict):
        raise TypeError(f"{name} must be a mapping")
    return cast("dict[str, Any]", loaded)
