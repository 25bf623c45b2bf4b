"""From what a cadre says of an audience to a filter, and back: names are found also when they are misspelt."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.access import Act
from bot.domain.broadcasts.audiences import Audience, Whom
from bot.errors import DomainError
from content import audience as spoken
from content.audience import Missing, Said, Spoken
from content.audience.reading import split
from content.match import likeliest, normalise
from content.rosters import branch_form
from db.models import Activity, Broadcast, BroadcastState, OccasionState, Person, StudySession, Unit

_LEAST_OF_A_NAME = 2
_SHOWN = 20
_TITLE = 12
_SENT = (BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.FINISHED, BroadcastState.RECALLED)


def read(db: Session, text: str, *, by: Person, now: datetime) -> Audience:
    """Return the filter that words mean; without a unit it is everybody the cadre works for.

    Raises :class:`DomainError` naming the word nobody knows, or the unit that is not the cadre's.
    """
    reach = access.reach(db, by, Act.BROADCAST)
    if not reach:
        raise DomainError("access/not_yours")
    book = _UnitNames(db, reach)
    said = spoken.read(text, book.forms)
    subjects, rest = _subjects(db, said, reach, now)
    named = book.meant(said.names, rest)
    own = [one.id or 0 for one in units.at(db, reach)]
    return Audience(
        units=tuple(named or own),
        kinds=tuple(Whom(one) for one in said.kinds),
        gender=said.genders[0] if len(said.genders) == 1 else "",
        ages=said.ages,
        is_bound=said.is_bound,
        missing=tuple(subjects),
    )


def in_words(db: Session, audience: Audience) -> str:
    """Say a filter as a cadre would."""
    rows = db.execute(select(col(Unit.id), col(Unit.name)).where(col(Unit.id).in_(audience.units)))
    names = {row[0]: row[1] for row in rows}
    return spoken.in_words(
        Spoken(
            units=[names[one] for one in audience.units if one in names],
            kinds=[one.value for one in audience.kinds],
            gender=audience.gender,
            ages=audience.ages,
            is_bound=audience.is_bound,
            missing=[(what, _title(db, what, subject)) for what, subject in audience.missing],
        )
    )


def insist_on_units(db: Session, audience: Audience, by: Person) -> Unit:
    """Return the unit in whose name somebody speaks to an audience; refuse who does not work for all of it."""
    reach = access.reach(db, by, Act.BROADCAST)
    meant = db.execute(select(Unit).where(col(Unit.id).in_(audience.units))).scalars().all()
    if not meant or len(meant) < len(set(audience.units)):
        raise DomainError("broadcasts/no_such_unit")
    above = [[path for path in reach if one.path.startswith(path)] for one in meant]
    for one, paths in zip(meant, above, strict=True):
        if not paths:
            raise DomainError("broadcasts/not_your_unit", unit=one.name)
    return units.at(db, [min((max(paths, key=len) for paths in above), key=len)])[0]


class _UnitNames:
    """Every way to write every unit, and which of them somebody may write to."""

    def __init__(self, db: Session, reach: Sequence[str]) -> None:
        self._reach = tuple(reach)
        self._units = {one.id or 0: one for one in db.execute(select(Unit).order_by(col(Unit.id))).scalars()}
        self._named: dict[str, list[int]] = {}
        for unit_id, unit in self._units.items():
            for form in dict.fromkeys(self._forms(unit)):
                self._named.setdefault(form, []).append(unit_id)
        self.forms = [form for form in self._named if len(form) >= _LEAST_OF_A_NAME]

    def meant(self, names: Iterable[str], rest: Iterable[str]) -> list[int]:
        """Return the units that are meant; one that is only named to say where another lies is left out."""
        found = [self._named[one] for one in names]
        for piece in rest:
            ids = self._likely(piece)
            parts = [] if ids else [self._likely(part) for part in split(piece)]
            if not ids and (not parts or not all(parts)):
                raise DomainError("broadcasts/unknown_word", word=piece[:_SHOWN])
            found += [ids] if ids else parts
        chosen = [self._one_of(ids, found) for ids in found]
        paths = {self._units[one].path: one for one in chosen}
        is_above = {path for path in paths for other in paths if other != path and other.startswith(path)}
        return [one for path, one in paths.items() if path not in is_above]

    def _one_of(self, ids: Sequence[int], named: Sequence[Sequence[int]]) -> int:
        """Return which of several units of a name is meant: the one below another that was named, within reach."""
        within = [one for one in ids if self._is_within(one)]
        if not within:
            raise DomainError("broadcasts/not_your_unit", unit=self._units[ids[0]].name)
        others = [self._units[one].path for group in named if group is not ids for one in group]
        below = [one for one in within if any(self._units[one].path.startswith(path) for path in others)]
        best = below or within
        if len(best) > 1:
            raise DomainError("broadcasts/which_unit", unit=self._units[best[0]].name)
        return best[0]

    def _likely(self, piece: str) -> list[int]:
        form = branch_form(piece)
        if form in self._named:
            return self._named[form]
        begun = [one for name, ids in self._named.items() if name.startswith(form) for one in ids]
        begun = [one for one in dict.fromkeys(begun) if self._is_within(one)]
        if len(form) >= _LEAST_OF_A_NAME and len(begun) == 1:
            return begun
        near = {name: str(one) for name, ids in self._named.items() for one in ids if self._is_within(one)}
        guess = likeliest(form, near) if len(form) >= _LEAST_OF_A_NAME else None
        return [int(guess)] if guess else []

    def _is_within(self, unit_id: int) -> bool:
        return self._units[unit_id].path.startswith(self._reach)

    def _forms(self, unit: Unit) -> Iterable[str]:
        own = branch_form(unit.name)
        yield own
        for part in unit.path.strip("/").split("/")[:-1]:
            above = branch_form(self._units[int(part)].name)
            if own.startswith(above) and len(own) > len(above) + 1:
                yield own.removeprefix(above)


def _subjects(
    db: Session, said: Said, reach: Sequence[str], now: datetime
) -> tuple[list[tuple[Missing, int]], list[str]]:
    """Return what was not done of which, and the words that named none of them."""
    found: list[tuple[Missing, int]] = []
    rest = list(said.rest)
    for what in said.missing:
        known = _known(db, what, reach, now)
        if not known:
            raise DomainError("broadcasts/nothing_of_that_kind", what=what.value)
        named = [(one, piece) for one, title in known for piece in rest if piece in normalise(title)]
        found.append((what, named[0][0] if named else known[0][0]))
        rest = [piece for piece in rest if not named or piece != named[0][1]]
    return found, rest


def _known(db: Session, what: Missing, reach: Sequence[str], now: datetime) -> list[tuple[int, str]]:
    """Return what may be meant, as id and title: the next occasions, or the last broadcasts, the likeliest first."""
    below = select(col(Unit.id)).where(units.in_subtrees(reach))
    if what is Missing.RECEIPT:
        asked = (col(Broadcast.wants_receipts), col(Broadcast.state).in_(_SENT), col(Broadcast.unit_id).in_(below))
        sent = select(col(Broadcast.id), col(Broadcast.text)).where(*asked).order_by(col(Broadcast.id).desc())
        return [(one or 0, text) for one, text in db.execute(sent.limit(_SHOWN))]
    model = Activity if what is Missing.SIGNUP else StudySession
    ahead = (
        col(model.state) == OccasionState.PUBLISHED,
        col(model.starts_at) > now,
        col(model.unit_id).in_(below),
    )
    coming = select(col(model.id), col(model.title)).where(*ahead).order_by(col(model.starts_at), col(model.id))
    return [(one or 0, title) for one, title in db.execute(coming.limit(_SHOWN))]


def _title(db: Session, what: Missing, subject: int) -> str:
    match what:
        case Missing.RECEIPT:
            found = db.get(Broadcast, subject)
            return " ".join(found.text.split())[:_TITLE] if found else ""
        case Missing.SIGNUP:
            activity = db.get(Activity, subject)
            return activity.title if activity else ""
        case _:
            session = db.get(StudySession, subject)
            return session.title if session else ""
