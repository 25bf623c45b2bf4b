"""What is counted and timed, for ``GET /metrics``: one line at each call site, and never a word about a person.

Every label has a small fixed set of values. Series are made once and kept, so that a call costs a microsecond or two.
"""

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Generic, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

KINDS = ("reply", "notice", "reminder", "broadcast")
"""What a message is for, as the outbox names it."""

OUTCOMES = ("answer", "candidates", "none")
"""What the matcher does with a question."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of :func:`exposition`."""


class TurnResult(StrEnum):
    """How a turn ended; the first three are what the inbox records."""

    DONE = "done"
    QUIET = "quiet"
    POISONED = "poisoned"
    REDELIVERED = "redelivered"
    REFUSED_BUSY = "refused_busy"
    UNAVAILABLE = "unavailable"


class SendResult(StrEnum):
    """How one attempt to deliver a message ended."""

    SENT = "sent"
    FAILED = "failed"
    AGAIN = "again"
    UNCERTAIN = "uncertain"
    RATE_LIMITED = "rate_limited"


class WebhookRefusal(StrEnum):
    """Why a webhook was not answered 200; after the last two the platform delivers it again."""

    FORGED = "forged"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Depth:
    """What the database says: rows by (state, kind), seconds the oldest due one of each kind waits, senders, files.

    ``undone`` duties broke too often.
    """

    rows: Mapping[tuple[str, str], int]
    oldest_due: Mapping[str, float]
    dead: int
    senders: Mapping[str, int]
    fetches: int
    undone: int = 0


_TURN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SEND_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
_LATE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600)

disable_created_metrics()  # a second series beside each counter, which nobody reads
_REGISTRY = CollectorRegistry()
Child = TypeVar("Child", Counter, Gauge, Histogram)


class _Series(dict[tuple[str, ...], Child], Generic[Child]):
    """The series of one instrument by their label values, made when first asked for."""

    def __init__(self, instrument: Child) -> None:
        super().__init__()
        self._instrument: Child = instrument

    def __missing__(self, labels: tuple[str, ...]) -> Child:
        child = self[labels] = self._instrument.labels(*labels)
        return child

    def begin(self, *labels: str) -> None:
        """Show a series at 0 before anything is counted."""
        self.__missing__(labels)


def _counter(name: str, what: str, *labels: str) -> _Series[Counter]:
    return _Series(Counter(f"hongyan_{name}", what, labels, registry=_REGISTRY))


def _gauge(name: str, what: str, *labels: str) -> _Series[Gauge]:
    return _Series(Gauge(f"hongyan_{name}", what, labels, registry=_REGISTRY))


def _histogram(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> _Series[Histogram]:
    return _Series(Histogram(f"hongyan_{name}", what, labels, buckets=buckets, registry=_REGISTRY))


_TURNS = _counter("turns_total", "Turns, by how they ended.", "channel", "result")
_TURN_TIME = _histogram("turn_seconds", "Seconds from an inbound to its commit.", _TURN_SECONDS, "channel")
_SENDS = _counter("sends_total", "Attempts to deliver a message.", "channel", "kind", "result")
_SEND_TIME = _histogram("send_seconds", "Seconds a channel took for one attempt.", _SEND_SECONDS, "channel")
_LATE = _histogram("sent_after_due_seconds", "Seconds from due to sent.", _LATE_SECONDS, "kind")
_MATCHES = _counter("matches_total", "Questions searched for, by what the matcher decided.", "outcome")
_REFUSALS = _counter("webhook_refusals_total", "Webhook requests not answered 200.", "channel", "reason")
_MALFORMED = _counter("malformed_updates_total", "Updates that could not be read.", "channel")
_ERRORS = Counter("hongyan_database_errors_total", "Times the database could not take work.", registry=_REGISTRY)
_UP = Gauge("hongyan_database_up", "1 when the database answered this scrape in time.", registry=_REGISTRY)


def expect(channels: Iterable[str]) -> None:
    """Begin every series of some channels at 0: the first fault is then an increase, not a series out of nothing."""
    for channel in channels:
        _TURN_TIME.begin(channel)
        _SEND_TIME.begin(channel)
        _MALFORMED.begin(channel)
        for result in TurnResult:
            _TURNS.begin(channel, result)
        for reason in WebhookRefusal:
            _REFUSALS.begin(channel, reason)
        for kind in KINDS:
            for result in SendResult:
                _SENDS.begin(channel, kind, result)


def turn(channel: str, result: TurnResult, seconds: float) -> None:
    """Count a turn and how long it took; one that was refused before it began is not timed."""
    _TURNS[channel, result].inc()
    if result is not TurnResult.REFUSED_BUSY:
        _TURN_TIME[channel,].observe(seconds)


def send(channel: str, kind: str, result: SendResult, seconds: float) -> None:
    """Count one attempt to deliver a message and how long the channel took."""
    _SENDS[channel, kind, result].inc()
    _SEND_TIME[channel,].observe(seconds)


def sent_after(kind: str, seconds: float) -> None:
    """Keep how long after its time a message was sent."""
    _LATE[kind,].observe(max(seconds, 0.0))


def matched(outcome: str) -> None:
    """Count what the matcher decided about a question: one of :data:`OUTCOMES`."""
    _MATCHES[outcome,].inc()


def webhook_refused(channel: str, reason: WebhookRefusal) -> None:
    """Count a webhook request that was not answered 200."""
    _REFUSALS[channel, reason].inc()


def malformed(channel: str) -> None:
    """Count an update that could not be read."""
    _MALFORMED[channel,].inc()


def database_error() -> None:
    """Count a time the database could not take work."""
    _ERRORS.inc()


def exposition(depth: Depth | None, *, is_up: bool = True) -> bytes:
    """Return every instrument as Prometheus reads it.

    Without ``depth``, or where it keeps nothing (not ``is_up``), the database counts as down.
    """
    _UP.set(depth is not None and is_up)
    _WAITING.depth = depth
    return generate_latest(_REGISTRY)


class _Waiting(Collector):
    """What waits in the database, as it was read last; nothing at all when it could not be read."""

    depth: Depth | None = None

    def describe(self) -> tuple[GaugeMetricFamily, ...]:
        return self._families()

    def collect(self) -> tuple[GaugeMetricFamily, ...]:
        rows, oldest, dead, senders, fetches, undone = families = self._families()
        depth = self.depth
        if depth is None:
            return ()
        for labels, count in depth.rows.items():
            rows.add_metric(labels, count)
        for kind, seconds in depth.oldest_due.items():
            oldest.add_metric((kind,), seconds)
        for channel, held in depth.senders.items():
            senders.add_metric((channel,), held)
        dead.add_metric((), depth.dead)
        fetches.add_metric((), depth.fetches)
        undone.add_metric((), depth.undone)
        return families

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, ...]:
        return (
            GaugeMetricFamily("hongyan_outbox_rows", "Outbox rows not yet sent.", labels=("state", "kind")),
            GaugeMetricFamily(
                "hongyan_outbox_oldest_due_seconds", "How long the oldest due row waits.", labels=["kind"]
            ),
            GaugeMetricFamily("hongyan_dead_letters", "Failed and uncertain rows: a person has to look at them."),
            GaugeMetricFamily("hongyan_senders_held", "Accounts that a process pushes for now.", labels=["channel"]),
            GaugeMetricFamily("hongyan_fetches_waiting", "Files people sent whose bytes are not here yet."),
            GaugeMetricFamily("hongyan_duties_undone", "Duties that broke too often: a person has to look at them."),
        )


def _installed() -> str:
    try:
        return version("hongyan")
    except PackageNotFoundError:
        return "unknown"


_WAITING = _Waiting()
_REGISTRY.register(_WAITING)
ProcessCollector(registry=_REGISTRY)
_gauge("build_info", "Always 1; its labels say what runs.", "version", "python")[
    _installed(), platform.python_version()
].set(1)
for _outcome in OUTCOMES:
    _MATCHES.begin(_outcome)
for _kind in KINDS:
    _LATE.begin(_kind)
