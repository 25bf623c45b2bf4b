"""Memory that is given back after an index was made."""

import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from content.match.freeing import give_back

STATM = Path("/proc/self/statm")
IN_A_THREAD = """
from threading import Thread
from content.match.freeing import give_back, keep_one_heap
from tests.content.match.test_freeing import resident

def hold():
    bytes(20_000_000)  # from now on the C library keeps as much of a thread's
    pieces = [bytes(1000) for _ in range(30_000)]
    print(resident() - before)

keep_one_heap()
before = resident()
thread = Thread(target=hold)
thread.start()
thread.join()
give_back()
print(resident() - before)
"""
PIECE = 1000  # bytes, too small for the C library to map each on its own


def resident() -> int:
    """Return the resident memory of this process in pages."""
    return int(STATM.read_text(encoding="ascii").split()[1])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives back what it is asked to")
def test_what_was_held_for_a_moment_is_given_back_to_the_machine() -> None:
    before = resident()
    held = [np.ones(PIECE, np.uint8) for _ in range(60_000)]
    kept = held[-1]
    del held
    while_free = resident()

    give_back()

    assert kept.sum() == PIECE
    assert resident() - before < (while_free - before) / 2


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives back what it is asked to")
def test_what_a_thread_held_for_a_moment_is_given_back_too() -> None:
    told = subprocess.run([sys.executable, "-c", IN_A_THREAD], capture_output=True, check=True, text=True)
    held, left = map(int, told.stdout.split())

    assert left < held / 4
