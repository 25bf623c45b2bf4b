"""A crowd that signs up, gives up and answers offers at random from several processes at once; and what must hold."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, units
from bot.domain.duties import DUTIES
from bot.domain.volunteers import activities, seats, waitlist
from bot.errors import DatabaseUnavailable, DomainError
from db.models import (
    Activity,
    AgendaItem,
    AgendaState,
    MemberKind,
    Person,
    Role,
    SeatQuota,
    Signup,
    SignupState,
    UnitKind,
)
from db.sql import Database
from tests.kit import databases
from tests.kit.activities import overbooked, published, somebody
from tests.kit.talk import MORNING

SPAN = timedelta(days=4)
"""So much time goes by while they act; the activities begin a day later."""

_LOOK_EVERY = 0.05
_KINDS = (MemberKind.PARTY_MEMBER, MemberKind.VOLUNTEER, MemberKind.SOCIAL_WORKER)
_MINE = ("volunteering.", "seats.")
_ACTS = ("sign_up", "cancel", "confirm", "decline", "raise", "sweep")
_WEIGHTS = (8, 4, 4, 1, 0.2, 4)


@dataclass
class Outcome:
    """What a process did: acts by what became of them, and who signed up for what."""

    done: int = 0
    refused: int = 0
    tried_again: int = 0
    signed: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])


@dataclass(frozen=True)
class Crowd:
    """Who may act on what."""

    url: str
    people: Sequence[int]
    activity_ids: Sequence[int]
    cadre_id: int


def gather(url: str, *, people: int, how_many: int) -> Crowd:
    """Make a town of people and a few activities with little room."""

    def found(db: Session) -> tuple[list[int], list[int], int]:
        town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
        everybody = [somebody(db, f"p{number}", town, _KINDS[number % 3]).id or 0 for number in range(people)]
        cadre = somebody(db, "cadre", town)
        access.grant(db, cadre, Role.SECRETARY, town)
        room = {MemberKind.PARTY_MEMBER: 5, MemberKind.SOCIAL_WORKER: 3, None: 10}
        held = [published(db, town, title=f"a{number}", seats=room).id or 0 for number in range(how_many)]
        return everybody, held, cadre.id or 0

    with closing(databases.opened(url)) as database:
        return Crowd(url, *database.run(found))


def act_at_once(crowd: Crowd, *, acts: int, processes: int) -> tuple[list[Outcome], int]:
    """Let ``acts`` happen, spread over processes; return what each did, and how often too many sat down meanwhile."""
    share = acts // processes
    seen = 0
    with (
        closing(databases.opened(crowd.url)) as database,
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
    ):
        running: list[Future[Outcome]] = [pool.submit(_act, crowd, seed, share) for seed in range(processes)]
        while not all(one.done() for one in running):
            seen += len(database.run(overbooked, write=False))
            time.sleep(_LOOK_EVERY)
        return [one.result() for one in running], seen


def faults(crowd: Crowd, outcomes: Sequence[Outcome]) -> list[str]:
    """Return everything that must not be: too many on the seats, somebody lost, an offer without an end."""
    with closing(databases.opened(crowd.url)) as database:
        return database.run(lambda db: _faults(db, crowd, outcomes), write=False)


def _faults(db: Session, crowd: Crowd, outcomes: Sequence[Outcome]) -> list[str]:
    found = [f"quota {one} has more people than seats" for one in overbooked(db)]
    rows = list(db.execute(select(Signup)).scalars())
    signed = set[tuple[int, int]]().union(*(one.signed for one in outcomes))
    lost = signed ^ {(one.person_id, one.activity_id) for one in rows}
    found += [f"{one} is lost" for one in sorted(lost)]
    left = [one for one in rows if one.state not in activities.STANDING]
    found += [f"sign-up {one.id} ended for no reason" for one in left if not one.reason]
    ranks = [(one.activity_id, one.rank) for one in rows]
    found += ["two people have one place in a queue"] if len(ranks) != len(set(ranks)) else []
    for one in rows:
        if one.state is SignupState.OFFERED and not _ends(db, one):
            found.append(f"the offer of sign-up {one.id} has no end")
    for activity_id in crowd.activity_ids:
        found += _idle_seats(db, db.get_one(Activity, activity_id))
    return found


def _ends(db: Session, signup: Signup) -> bool:
    item = select(func.count()).where(
        col(AgendaItem.cause) == f"offer:{signup.id}:{signup.rank}", col(AgendaItem.state) == AgendaState.PENDING
    )
    return db.execute(item).scalar_one() == 1


def _idle_seats(db: Session, activity: Activity) -> list[str]:
    """Return the seats nobody has although somebody waits for one."""
    quotas = select(SeatQuota).where(col(SeatQuota.activity_id) == activity.id)
    waiting = select(Signup).where(col(Signup.activity_id) == activity.id, col(Signup.state) == SignupState.WAITLISTED)
    queue = list(db.execute(waiting).scalars())
    return [
        f"a seat of quota {quota.id} is free while somebody waits"
        for quota in db.execute(quotas).scalars()
        if waitlist.taken(db, quota) < quota.seats
        and any(quota.kind is None or one.quota_id == quota.id for one in queue)
    ]


def _act(crowd: Crowd, seed: int, count: int) -> Outcome:
    chance, outcome = random.Random(seed), Outcome()  # noqa: S311  # a test that can be run again
    with closing(databases.opened(crowd.url)) as database:
        for number in range(count):
            now = MORNING + SPAN * (number / count)
            [what] = chance.choices(_ACTS, _WEIGHTS)
            person_id, activity_id = chance.choice(crowd.people), chance.choice(crowd.activity_ids)
            _once(database, outcome, crowd, (what, person_id, activity_id), now)
    return outcome


def _once(database: Database, outcome: Outcome, crowd: Crowd, act: tuple[str, int, int], now: object) -> None:
    what, person_id, activity_id = act
    while True:
        try:
            database.run(lambda db: _do(db, crowd, what, person_id, activity_id, now))
        except DomainError:
            outcome.refused += 1
        except DatabaseUnavailable:
            outcome.tried_again += 1
            continue
        else:
            outcome.done += 1
            if what == "sign_up":
                outcome.signed.add((person_id, activity_id))
        return


def _do(db: Session, crowd: Crowd, what: str, person_id: int, activity_id: int, now: object) -> None:
    assert isinstance(now, type(MORNING))
    signup = seats.standing(db, activity_id, person_id)
    match what:
        case "sign_up":
            seats.sign_up(db, activity_id, seats.Signing(db.get_one(Person, person_id)), now=now)
        case "raise":
            quota = db.execute(select(SeatQuota).where(col(SeatQuota.activity_id) == activity_id)).scalars().first()
            assert quota is not None
            by = db.get_one(Person, crowd.cadre_id)
            seats.set_seats(db, activity_id, quota.kind, quota.seats + 1, by=by, now=now)
        case "sweep":
            item = agenda.take(db, now=now)
            if item is not None:
                if item.kind.startswith(_MINE):
                    DUTIES[item.kind](db, item, now)
                agenda.done(db, item, now=now)
        case _ if signup is None:
            return
        case "cancel":
            seats.cancel(db, signup.id or 0, now=now)
        case "confirm":
            seats.confirm_offer(db, signup.id or 0, now=now)
        case _:
            seats.decline_offer(db, signup.id or 0, now=now)
