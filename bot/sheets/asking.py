"""What a workbook with places is filled in from, and what is found in one before that."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.sheets.rows import Cell

ListOf = Callable[[str], str | None]
"""Tells of which list the words of a place are: of none (``""``), or ``None`` where they mean nothing."""


class Source(Protocol):
    """Knows what goes into the places of a workbook."""

    def list_of(self, words: str) -> str | None:
        """Return of which list the words of a place are: ``""`` of none, ``None`` where they mean nothing."""
        ...

    def value(self, words: str) -> Cell:
        """Return what goes into a place of no list."""
        ...

    def rows(self, list_: str) -> int:
        """Return how many rows a list has."""
        ...

    def cell(self, list_: str, words: str, row: int) -> Cell:
        """Return what goes into a place of a row, counted from 0."""
        ...


class Trouble(StrEnum):
    """Why a place cannot be filled in."""

    UNKNOWN = "unknown"
    IN_FORMULA = "in_formula"
    TWO_LISTS = "two_lists"
    MERGED_DOWN = "merged_down"


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that cannot be filled in: where it is, what stands there, and why not."""

    where: str
    words: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Looked:
    """How many places a workbook has, and what is wrong with some."""

    count: int
    problems: tuple[Problem, ...]
