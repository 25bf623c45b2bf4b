"""Which unit a roster means by a name: as it is written in full or in short, or probably."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.rosters.roster_cells import Unread
from content import rosters
from content.match import likeliest
from db.models import Unit, UnitKind

_HELD_BY = frozenset({UnitKind.BRANCH, UnitKind.GROUP, UnitKind.GENERAL_BRANCH})


class UnitBook:
    """The units by every way to write them, and which of them somebody may keep the roster of."""

    def __init__(self, db: Session, reach: Sequence[str], *, kinds: frozenset[UnitKind] | None = None) -> None:
        """Know all units; ``reach`` are the paths of the subtrees that may be changed, ``kinds`` those meant by names.

        Without ``kinds`` any unit is, and a title means a branch.
        """
        self._kinds = kinds
        self._units = {one.id or 0: one for one in db.execute(select(Unit).order_by(col(Unit.id))).scalars()}
        self._reach = tuple(reach)
        self._named: dict[str, set[int]] = {}
        for unit_id, unit in self._units.items():
            for form in self._forms(unit) if self._is_meant(unit) else ():
                self._named.setdefault(form, set()).add(unit_id)
        self._near = {form: str(min(ids)) for form, ids in self._named.items() if any(map(self.is_within, ids))}
        self._said: dict[str, int | str] = {}

    def is_within(self, unit_id: int) -> bool:
        """Tell whether a unit lies in the reach."""
        return self._units[unit_id].path.startswith(self._reach)

    def name(self, unit_id: int) -> str:
        """Return a unit's name."""
        return self._units[unit_id].name

    def path(self, unit_id: int) -> str:
        """Return where a unit stands in the tree."""
        return self._units[unit_id].path

    def find(self, text: str) -> int:
        """Return the unit within reach that a name means; raise :class:`Unread` with what to ask."""
        if text not in self._said:
            self._said[text] = self._found(text)
        found = self._said[text]
        if isinstance(found, str):
            raise Unread(found)
        return found

    def mentioned(self, about: str) -> int | None:
        """Return the one unit within reach that a title names, or the one branch there is, if there is just one."""
        said = rosters.branch_form(about)
        within = {one: unit for one, unit in self._units.items() if self.is_within(one) and self._is_meant(unit)}
        named = [one for one, unit in within.items() if rosters.branch_form(unit.name) in said]
        longest = max((len(rosters.branch_form(self.name(one))) for one in named), default=0)
        best = [one for one in named if len(rosters.branch_form(self.name(one))) == longest]
        if len(best) == 1 and within[best[0]].kind in (self._kinds or _HELD_BY):
            return best[0]
        branches = [one for one, unit in within.items() if unit.kind in (self._kinds or _HELD_BY)]
        alone = branches or list(within)
        return alone[0] if len(alone) == 1 else None

    def _problem(self, key: str, **values: object) -> str:
        return rosters.problem(f"{'unit' if self._kinds is None else 'village'}_{key}", **values)

    def _is_meant(self, unit: Unit) -> bool:
        return self._kinds is None or unit.kind in self._kinds

    def _found(self, text: str) -> int | str:
        shown = text[:30]
        ids = self._named.get(rosters.branch_form(text), set())
        within = sorted(filter(self.is_within, ids))
        if len(within) == 1:
            return within[0]
        if within:
            return self._problem("two", value=shown)
        if ids:
            return rosters.problem("unit_outside", value=shown)
        nearest = likeliest(rosters.branch_form(text)[:60], self._near)
        if nearest is None:
            return self._problem("unknown", value=shown)
        return self._problem("suggested", value=shown, suggestion=self.name(int(nearest)))

    def _forms(self, unit: Unit) -> Iterable[str]:
        """Yield a name in its ways: alone, without the names above it, and with them before it."""
        above = [self._units[int(part)] for part in unit.path.strip("/").split("/")[:-1]]
        own = rosters.branch_form(unit.name)
        names = [rosters.branch_form(one.name) for one in above]
        yield own
        for name in names:
            if own.startswith(name) and len(own) > len(name) + 1:
                yield own.removeprefix(name)
        before = ""
        for name in reversed(names):
            before = name + before
            if not own.startswith(name):
                yield before + own
