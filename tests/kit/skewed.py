"""Hongyan on a machine whose clock is wrong: ``python -m tests.kit.skewed FILE COMMAND…``.

The file holds by how many seconds, and may change at any time, as a machine's clock may be set at any time. Nothing
else is different: what a process makes of its machine's clock is its own affair.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from bot import clock

_PLACE = Path(sys.argv.pop(1))


class MachinesClock(clock.SystemClock):
    """The machine's clock, as wrong as the file says."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=float(_PLACE.read_text() or 0))


if __name__ == "__main__":
    clock.SystemClock = MachinesClock  # before anybody else has asked for it

    from bot.__main__ import main

    main()
