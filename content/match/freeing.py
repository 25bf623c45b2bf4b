"""Memory that an index took while it was made, given back to the machine: the C library would keep it for later."""

import ctypes
from collections.abc import Callable
from functools import cache

_KEPT = 0  # bytes the C library may keep at its end


def give_back() -> None:
    """Return what is free to the machine, where the C library can (glibc); elsewhere nothing happens."""
    _trim()(_KEPT)


@cache
def _trim() -> Callable[[int], object]:
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return bool
    return found
