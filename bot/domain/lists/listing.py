"""One page of a long list: sorted by a column and the row's id, so that the next page is found and not counted off."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Select, SQLColumnExpression, func, select, tuple_
from sqlalchemy.orm import Session

from bot.domain.house import house_of
from bot.errors import DomainError

MOST_COUNTED = 1000
"""Rows that are counted at most: a list of more says "more than"."""

PAGE = 50
"""Rows of a page."""

MOST_EXPORTED = 5000
"""Rows of a file at most."""

_FIRST_YEAR, _LAST_YEAR = 2000, 2199
R = TypeVar("R")
Rows = Select[*tuple[Any, ...]]
Line = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: by a column that is never empty, then by the row's id; ``falls`` when the greatest comes first."""

    column: SQLColumnExpression[Any]
    row_id: SQLColumnExpression[Any]
    falls: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: filters by name, the order (``-name`` falls), and where the page begins or ends."""

    filters: Mapping[str, str]
    sort: str = ""
    after: str = ""
    before: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Slice(Generic[R]):
    """A page of a list: its rows, where the pages beside it are, and how many rows there are in all, up to a limit."""

    rows: Sequence[R]
    sort: str
    next: str
    previous: str
    count: int

    @property
    def has_more_than_counted(self) -> bool:
        """Tell whether there are more rows than were counted."""
        return self.count > MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list: what is selected, how it may be sorted (the first is the usual way), how a row is read."""

    rows: Rows
    orders: Mapping[str, Order]
    read: Callable[[Session, Sequence[Line]], Sequence[R]]

    def page(self, db: Session, wanted: Wanted) -> Slice[R]:
        """Return one page; raise :class:`DomainError` for a place in the list that cannot be read."""
        sort, order, falls = self._order(wanted.sort)
        is_back = bool(wanted.before)
        mark = _read(db, sort, wanted.before or wanted.after)
        turned = falls != is_back
        place = (order.column, order.row_id)
        chosen = self.rows.add_columns(order.column.label("_mark"), order.row_id.label("_id"))
        if mark is not None:
            chosen = chosen.where(tuple_(*place) < mark if turned else tuple_(*place) > mark)
        by = [one.desc() if turned else one.asc() for one in place]
        found = list(db.execute(chosen.order_by(*by).limit(wanted.limit + 1)))
        has_more = len(found) > wanted.limit
        found = found[: wanted.limit]
        if is_back:
            found.reverse()
        is_last = not (has_more or is_back)
        is_first = not has_more if is_back else mark is None
        return Slice(
            rows=self.read(db, found),
            sort=sort,
            next="" if is_last or not found else _mark(db, sort, found[-1]),
            previous="" if is_first or not found else _mark(db, sort, found[0]),
            count=self._count(db),
        )

    def all(self, db: Session, wanted: Wanted) -> Sequence[R]:
        """Return the rows of a file: as many as it may hold, from the beginning."""
        _, order, falls = self._order(wanted.sort)
        by = [one.desc() if falls else one.asc() for one in (order.column, order.row_id)]
        return self.read(db, db.execute(self.rows.order_by(*by).limit(MOST_EXPORTED)).all())

    def _order(self, sort: str) -> tuple[str, Order, bool]:
        name = sort.removeprefix("-")
        if name not in self.orders:
            name = next(iter(self.orders))
            return name, self.orders[name], self.orders[name].falls
        return sort, self.orders[name], sort.startswith("-")

    def _count(self, db: Session) -> int:
        some = self.rows.order_by(None).limit(MOST_COUNTED + 1).subquery()
        return db.execute(select(func.count()).select_from(some)).scalar_one()


def day_of(text: str) -> date | None:
    """Return the day that stands in an address; ``None`` for none, and for one so far off that none is beside it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _mark(db: Session, sort: str, row: Line) -> str:
    """Return where a row stands, signed, so that what comes back is of the types it went out with."""
    value, row_id = row[-2:]
    plain = [value.isoformat(), "moment"] if isinstance(value, datetime) else [value, ""]
    text = base64.urlsafe_b64encode(json.dumps([*plain, row_id]).encode()).decode()
    return f"{text}.{house_of(db).keys.sign('list', f'{sort}:{text}')}"


def _read(db: Session, sort: str, mark: str) -> tuple[Any, int] | None:
    if not mark:
        return None
    text, _, signature = mark.partition(".")
    if not house_of(db).keys.signed("list", f"{sort}:{text}", signature):
        raise DomainError("console/no_such_place")
    value, kind, row_id = json.loads(base64.urlsafe_b64decode(text))
    return datetime.fromisoformat(value) if kind else value, row_id
