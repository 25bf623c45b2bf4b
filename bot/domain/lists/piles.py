"""What waits under *today*, as it is shown: a pile for each kind of work, with its first few items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

SHOWN = 5
"""How many of each kind are shown."""

MOST = 99
"""How many of each kind are counted at most."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits: what it is, where it is dealt with, when it came or is to be."""

    text: str
    path: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pile:
    """Everything of a kind that waits: its name in ``console.yaml``, how many, the first few, where the rest is."""

    key: str
    count: int
    items: Sequence[Item] = ()
    path: str = ""
