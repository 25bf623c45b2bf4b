"""Memory that is given back after an index was made."""

import platform
from pathlib import Path

import numpy as np
import pytest

from content.match.freeing import give_back

STATM = Path("/proc/self/statm")
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
