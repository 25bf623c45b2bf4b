"""What a process tree has used so far, read from /proc: CPU seconds and resident memory."""

import os
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PARENT, _USER, _SYSTEM, _DEAD_USER, _DEAD_SYSTEM = 1, 11, 12, 13, 14
"""Positions in ``/proc/<pid>/stat``, counted behind the name."""


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process, of all below it, and of those it has buried."""
    ticks = 0
    for one in tree(pid):
        fields = _stat(one)
        if fields:
            ticks += sum(int(fields[at]) for at in (_USER, _SYSTEM))
    fields = _stat(pid)
    if fields:
        ticks += sum(int(fields[at]) for at in (_DEAD_USER, _DEAD_SYSTEM))
    return ticks / _TICKS


def resident_bytes(pid: int) -> int:
    """Return how much memory one process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            fields = _stat(int(path.name))
            if fields:
                parents.setdefault(int(fields[_PARENT]), []).append(int(path.name))
    found = [pid]
    for one in found:
        found.extend(parents.get(one, []))
    return found


@dataclass(slots=True)
class Meter:
    """CPU seconds of some processes since it was made."""

    pids: dict[str, int]
    _before: dict[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        self._before = self._now()

    def used(self) -> dict[str, float]:
        return {name: now - self._before[name] for name, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self.pids.items()}


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
