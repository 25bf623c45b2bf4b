"""One at a time for each key, in the order of coming, and nothing left behind."""

import asyncio

from bot.jobs.lines import Lines


async def test_who_comes_first_goes_first_and_other_keys_wait_for_nobody() -> None:
    lines = Lines[str]()
    done: list[str] = []
    gate = asyncio.Event()

    async def go(key: str, name: str) -> None:
        async with lines.of(key):
            if name == "one":
                await gate.wait()
            done.append(name)

    going = [asyncio.create_task(go(key, name)) for key, name in (("a", "one"), ("a", "two"), ("b", "three"))]
    await asyncio.sleep(0.01)
    going.append(asyncio.create_task(go("a", "four")))
    await asyncio.sleep(0.01)
    gate.set()
    await asyncio.gather(*going)

    assert done == ["three", "one", "two", "four"]


async def test_one_who_comes_while_the_line_moves_on_does_not_overtake() -> None:
    lines = Lines[str]()
    done: list[str] = []

    async def go(name: str, *, then: str = "") -> None:
        async with lines.of("a"):
            done.append(name)
            await asyncio.sleep(0)
        if then:  # the next in line was called and has not begun yet
            await go(then)

    await asyncio.gather(go("one", then="three"), go("two"))

    assert done == ["one", "two", "three"]


async def test_nothing_is_kept_of_a_key_nobody_is_there_for() -> None:
    lines = Lines[int]()

    async def stay(key: int) -> None:
        async with lines.of(key):
            await asyncio.sleep(60)

    staying = [asyncio.create_task(stay(key)) for key in (1, 1, 2)]
    await asyncio.sleep(0.01)
    in_use = len(lines)
    staying[1].cancel()  # one that waits
    staying[2].cancel()  # one whose turn it is
    await asyncio.sleep(0.01)
    left = len(lines)
    staying[0].cancel()
    await asyncio.gather(*staying, return_exceptions=True)

    assert (in_use, left, len(lines)) == (2, 1, 0)
