"""Arrays that grow at their end: what is written stays where it is, so that readers need no lock."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)


def extended(held: NDArray[Kind], size: int, more: NDArray[Kind]) -> NDArray[Kind]:
    """Write more values behind the first `size` of an array's last axis and return the array that holds them all.

    It is the same array where there was room; otherwise a larger copy, while whoever reads the old one goes on.
    """
    needed = size + more.shape[-1]
    if needed > held.shape[-1]:
        grown = np.zeros((*held.shape[:-1], needed + needed // 8 + 256), held.dtype)
        grown[..., :size] = held[..., :size]
        held = grown
    held[..., size:needed] = more
    return held
