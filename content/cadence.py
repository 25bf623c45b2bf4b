"""How often each kind of unit meets at the least, as ``cadence.yaml`` says."""

import functools
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict

from content.loader import load_yaml

_FILE = Path(__file__).with_name("cadence.yaml")


class Cadence(BaseModel):
    """One line: units of these kinds hold a meeting of this kind every month or quarter. The words are the models'."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    units: tuple[str, ...]
    every: Literal["month", "quarter"]


@functools.cache
def cadences() -> tuple[Cadence, ...]:
    """Return every line; raise ``pydantic.ValidationError`` for one that is none."""
    return tuple(Cadence.model_validate(line) for line in cast("list[Any]", load_yaml(_FILE)))
