"""How pledges are appraised: the stages, who enters each, and the grades, as ``pledges.yaml`` says."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from content.loader import load_yaml

_FILE = Path(__file__).with_name("pledges.yaml")


class Stage(BaseModel):
    """One appraisal of a pledge: its name, the roles (the models' words) that enter it, and where they hold them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    by: tuple[Literal["secretary", "cadre", "grid_worker", "editor", "admin"], ...]
    at: Literal["own", "above"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    is_sample: bool
    stages: dict[str, Stage]
    grades: dict[str, str]
    sample: str


def stages() -> Mapping[str, Stage]:
    """Return every stage by its key, in order; raise ``pydantic.ValidationError`` for a table that is none."""
    return _table().stages


def stage_name(key: str) -> str:
    """Return what people call a stage, marked while it is a sample; one the table no longer has is told by its key."""
    table = _table()
    found = table.stages.get(key)
    return f"{found.name if found else key}{table.sample if table.is_sample else ''}"


def grades() -> Mapping[str, str]:
    """Return the name of every grade by its key, the best first."""
    return _table().grades


def grade_name(key: str) -> str:
    """Return what people call a grade; one the table no longer has is told by its key."""
    return _table().grades.get(key, key)


@functools.cache
def _table() -> _Table:
    return _Table.model_validate(load_yaml(_FILE))
