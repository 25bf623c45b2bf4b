"""Memory that an index took while it was made, given back to the machine: the C library would keep it for later."""

import ctypes
from collections.abc import Callable
from functools import cache

_KEPT = 0  # bytes the C library may keep at its end
_HEAPS = -8  # what mallopt calls the number of heaps


def give_back() -> None:
    """Return what is free to the machine, where the C library can (glibc); elsewhere nothing happens."""
    _trim()(_KEPT)


def keep_one_heap() -> None:
    """Let threads that begin from now on share one heap, where the C library knows more (glibc).

    It gives back the end of the first heap alone: a thread that read ten thousand entries kept 20 MB in its own.
    """
    try:
        ctypes.CDLL(None).mallopt(_HEAPS, 1)
    except (AttributeError, OSError, TypeError):
        return


@cache
def _trim() -> Callable[[int], object]:
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return bool
    return found
