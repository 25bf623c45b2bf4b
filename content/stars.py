"""By which criteria members are rated and what stars are called, as ``stars.yaml`` says."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from content.loader import load_yaml

MOST = 5
"""Stars one may have."""

_FILE = Path(__file__).with_name("stars.yaml")


class Criterion(BaseModel):
    """One criterion; ``source`` are the records that say something about it, ``least`` from how much on it is met."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    source: Literal["", "study_hours", "attendance", "service_hours", "visits"] = Field(default="", alias="from")
    least: float = 0


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    is_sample: bool
    sample: str
    criteria: tuple[Criterion, ...]
    drafts: dict[int, int]
    least_known: int
    public_days: int
    names: dict[int, str]


def criteria() -> Sequence[Criterion]:
    """Return every criterion in order; raise ``pydantic.ValidationError`` for a table that is none."""
    return _table().criteria


def sample_mark() -> str:
    """Return what stands behind the criteria while they are samples, else nothing."""
    return _table().sample if _table().is_sample else ""


def drafted(met: Mapping[str, bool]) -> int:
    """Return the stars that are drafted from which criteria are met, of those records speak of; 0 where of too few."""
    if len(met) < _table().least_known:
        return 0
    share = 100 * sum(met.values()) / len(met)
    return max((stars for stars, least in _table().drafts.items() if share >= least), default=0)


def public_days() -> int:
    """Return for how many days names and stars are public."""
    return _table().public_days


def star_name(stars: int) -> str:
    """Return what so many stars are called; nothing for none."""
    return _table().names.get(stars, "")


@functools.cache
def _table() -> _Table:
    return _Table.model_validate(load_yaml(_FILE))
