"""What stands in the menu of the console: the pages somebody may see."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.access import Act

ROOT = "/admin"
_PLACES: tuple[tuple[str, str, frozenset[Act]], ...] = (
    ("today", ROOT, frozenset()),
    ("questions", f"{ROOT}/questions", frozenset({Act.ANSWER_CASES})),
    ("grid", f"{ROOT}/grid", frozenset({Act.HANDLE_REPORTS})),
    ("pledges", f"{ROOT}/pledges", frozenset({Act.JUDGE_PLEDGES})),
    ("matters", f"{ROOT}/matters", frozenset({Act.KEEP_MATTERS})),
    ("households", f"{ROOT}/households", frozenset({Act.KEEP_HOUSEHOLDS})),
    ("entries", f"{ROOT}/entries", frozenset({Act.EDIT_ENTRIES, Act.ANSWER_CASES})),
    ("people", f"{ROOT}/people", frozenset({Act.KEEP_ROSTER})),
    ("activities", f"{ROOT}/activities", frozenset({Act.HOLD_ACTIVITIES})),
    ("study", f"{ROOT}/study", frozenset({Act.HOLD_SESSIONS})),
    ("stars", f"{ROOT}/stars", frozenset({Act.KEEP_POINTS})),
    ("broadcasts", f"{ROOT}/broadcasts", frozenset({Act.BROADCAST})),
    ("reports", f"{ROOT}/reports", frozenset({Act.SEE_REPORTS})),
    ("audit", f"{ROOT}/audit", frozenset({Act.SEE_AUDIT})),
    ("health", f"{ROOT}/health", frozenset({Act.SEE_HEALTH})),
)


@dataclass(frozen=True, slots=True)
class Place:
    """An item of the menu; ``is_here`` when the page that is shown belongs to it."""

    key: str
    path: str
    is_here: bool


def nav_of(acts: Collection[Act], path: str) -> list[Place]:
    """Return the items for somebody who may do these acts."""
    return [
        Place(key, to, is_here=path == to if to == ROOT else path.startswith(to))
        for key, to, needs in _PLACES
        if not needs or needs & set(acts)
    ]
