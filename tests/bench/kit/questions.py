"""Entries and questions by the thousand, made of the shipped ones: the same matters in villages that do not exist."""

import itertools
from collections.abc import Iterator

from content.loader import load_entries
from content.schema import Entry

_FIRST = "东西南北上下新老大小前后高石竹松柏梅桃李杨柳荷菊金银铜铁沙泥"
_SECOND = "坑塘岗坪围涌溪岭洞基田埔厦屋桥头尾口湾洲"
VILLAGES = tuple("".join(one) + "村" for one in itertools.product(_FIRST, _SECOND))


def asked(count: int) -> Iterator[tuple[Entry, str]]:
    """Yield so many entries, each with a question nobody indexed."""
    shipped = load_entries()
    for number in range(count):
        entry = shipped[number % len(shipped)]
        village = VILLAGES[number // len(shipped) % len(VILLAGES)] if number >= len(shipped) else ""
        changed = {
            "id": f"bench.e{number}",
            "title": village + entry.title,
            "ask": tuple(village + one for one in entry.ask),
            "related": (),
        }
        yield entry.model_copy(update=changed), village + entry.samples[number % len(entry.samples)]


def questions(count: int, entries: int) -> list[str]:
    """Return questions spread over so many entries."""
    every = [question for _, question in asked(entries)]
    return every[:: max(1, len(every) // count)][:count]
