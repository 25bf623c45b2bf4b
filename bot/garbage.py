"""Python's search for garbage, in a process that serves: past what stands for good, and seldom.

A turn leaves nothing behind that refers to itself. Each full search went through all that was ever loaded, for 45 to
140 ms in which nobody was answered, however little there was to find.
"""

import gc

_THRESHOLDS = (10_000, 20, 20)
"""Objects made and not freed until the youngest are looked through, and such rounds until older ones are too."""


def spare_what_stands() -> None:
    """Search once, look never again at what is left, and from now on where much has been made and not freed.

    For a process that is about to serve and has loaded all it needs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
