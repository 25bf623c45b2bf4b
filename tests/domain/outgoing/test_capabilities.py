"""What a platform does not let an account do for now, said by several who were refused at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from bot.domain.outgoing import capabilities
from db.sql import Database
from tests.kit.talk import MORNING

HOUR = timedelta(hours=1)
AT_ONCE = 8


def shut(database: Database, code: int, until: datetime, *, now: datetime = MORNING) -> bool:
    return database.run(lambda db: capabilities.shut(db, "wechat", "wx1", "custom", code=code, until=until, now=now))


def standing(database: Database, now: datetime = MORNING) -> list[tuple[int, datetime]]:
    found = database.run(lambda db: capabilities.shut_now(db, now=now), write=False)
    return [(one.code, one.until) for one in found]


def test_of_all_who_shut_something_at_once_one_is_told_that_it_was_open(database: Database) -> None:
    barrier = threading.Barrier(AT_ONCE)

    def work(_number: int) -> bool:
        barrier.wait(timeout=10)
        return shut(database, 45009, MORNING + HOUR)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(work, range(AT_ONCE)))

    assert (told.count(True), standing(database)) == (1, [(45009, MORNING + HOUR)])


def test_what_is_shut_is_never_shut_for_less_long(database: Database) -> None:
    told = [shut(database, code, MORNING + lasts) for code, lasts in ((45009, 5 * HOUR), (45011, HOUR))]
    shorter = standing(database)
    told.append(shut(database, 48001, MORNING + 6 * HOUR))

    assert (told, shorter) == ([True, False, False], [(45009, MORNING + 5 * HOUR)])
    assert standing(database) == [(48001, MORNING + 6 * HOUR)]


def test_what_was_shut_once_can_be_shut_again(database: Database) -> None:
    later = MORNING + 2 * HOUR

    told = [shut(database, 48001, MORNING + HOUR), shut(database, 40164, later + HOUR, now=later)]

    assert (told, standing(database, later)) == ([True, True], [(40164, later + HOUR)])


def test_what_is_opened_again_may_be_tried_unless_it_is_only_a_matter_of_time(database: Database) -> None:
    shut(database, 45009, MORNING + HOUR)
    still = database.run(lambda db: capabilities.reopen(db, "wechat", "wx1", codes=[40164]))
    shut(database, 40164, MORNING + 2 * HOUR)

    opened = database.run(lambda db: capabilities.reopen(db, "wechat", "wx1", codes=[40164]))

    assert (still, opened, standing(database)) == ([], ["custom"], [])
