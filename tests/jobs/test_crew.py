"""A pile is worked off whole, in order, by as few tasks as it takes and by no more than may be."""

import asyncio

import pytest

from bot.jobs.crew import Crew

MOST = 4


async def test_what_nobody_waits_for_is_done_in_order_by_one_and_one_who_came_in_vain() -> None:
    done: list[int] = []
    before = len(asyncio.all_tasks())
    seen: list[int] = []

    async def work(number: int) -> None:
        done.append(number)
        seen.append(len(asyncio.all_tasks()) - before)

    await Crew(work, at_once=MOST).work_off(range(100))

    assert done == list(range(100))
    assert max(seen) == 2


async def test_where_everything_is_waited_for_as_many_are_at_it_as_may_be() -> None:
    begun: list[int] = []
    gate = asyncio.Event()

    async def work(number: int) -> None:
        begun.append(number)
        await gate.wait()

    working = asyncio.create_task(Crew(work, at_once=MOST).work_off(range(10)))
    await asyncio.sleep(0.05)
    at_once = list(begun)
    gate.set()
    await working

    assert at_once == list(range(MOST))
    assert begun == list(range(10))


async def test_one_that_takes_long_holds_up_no_other() -> None:
    done: list[int] = []
    gate = asyncio.Event()

    async def work(number: int) -> None:
        if number == 0:
            await gate.wait()
        done.append(number)
        if number == 9:
            gate.set()

    await Crew(work, at_once=MOST).work_off(range(10))

    assert done == [*range(1, 10), 0]


async def test_an_empty_pile_is_done_at_once() -> None:
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)

    await asyncio.wait_for(Crew(work, at_once=MOST).work_off([]), 1)

    assert begun == []


async def test_what_breaks_one_stops_no_other_and_is_told_at_the_end() -> None:
    done: list[int] = []
    gate = asyncio.Event()

    async def work(number: int) -> None:
        if number == 1:
            raise ZeroDivisionError
        if number == 0:
            await gate.wait()
        done.append(number)
        if number == 9:
            gate.set()

    with pytest.raises(ZeroDivisionError):
        await Crew(work, at_once=MOST).work_off(range(10))

    assert sorted(done) == [0, *range(2, 10)]


async def test_whoever_stops_it_stops_all_of_it() -> None:
    stopped: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.append(number)
            raise

    working = asyncio.create_task(Crew(work, at_once=MOST).work_off(range(10)))
    await asyncio.sleep(0.05)
    working.cancel()

    with pytest.raises(asyncio.CancelledError):
        await working
    assert sorted(stopped) == list(range(MOST))
