"""Every instrument counts what its function is told, costs next to nothing, and says nothing about anybody."""

import platform
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from bot import metrics
from bot.metrics import Depth, SendResult, TurnResult, WebhookRefusal
from content.match import Outcome
from db.models import InboxState, OutboxKind

DEPTH = Depth(
    rows={("pending", "reply"): 3}, oldest_due={"reply": 12.5}, dead=2, senders={"telegram": 1}, fetches=1, undone=4
)
OF_DATABASE = (
    "hongyan_outbox",
    "hongyan_dead",
    "hongyan_senders",
    "hongyan_fetches",
    "hongyan_duties",
    "hongyan_database_up",
)
MOST_MICROSECONDS = 5
SPARE = 4
"""How many times slower than here a busy machine may be."""


def shown(depth: Depth | None = None) -> Iterator[Sample]:
    for family in text_string_to_metric_families(metrics.exposition(depth).decode()):
        yield from (one for one in family.samples if one.name.startswith("hongyan_"))


def written(name: str, labels: Mapping[str, str]) -> str:
    return f"{name}{{{','.join(f'{key}={value}' for key, value in sorted(labels.items()))}}}"


def values(depth: Depth | None = None) -> dict[str, float]:
    return {written(one.name, one.labels): one.value for one in shown(depth)}


def increases(act: Callable[[], None]) -> dict[str, float]:
    """What an act changes."""
    before = values()
    act()
    return {name: value - before.get(name, 0) for name, value in values().items() if value != before.get(name, 0)}


def of_histogram(name: str, seconds: float, **labels: str) -> dict[str, float]:
    """What one observation changes: the sum, the count, and every bucket it fits in."""
    of_it = [one for one in shown() if one.name == f"{name}_bucket" and labels.items() <= one.labels.items()]
    fitting = {written(one.name, one.labels): 1.0 for one in of_it if seconds <= float(one.labels["le"])}
    return {written(f"{name}_sum", labels): seconds, written(f"{name}_count", labels): 1.0, **fitting}


def test_a_turn_is_counted_and_timed() -> None:
    metrics.expect(["a"])

    changed = increases(lambda: metrics.turn("a", TurnResult.DONE, 0.25))

    assert changed == {
        "hongyan_turns_total{channel=a,result=done}": 1.0,
        **of_histogram("hongyan_turn_seconds", 0.25, channel="a"),
    }


def test_a_turn_that_was_refused_before_it_began_is_not_timed() -> None:
    metrics.expect(["b"])

    changed = increases(lambda: metrics.turn("b", TurnResult.REFUSED_BUSY, 0.0))

    assert changed == {"hongyan_turns_total{channel=b,result=refused_busy}": 1.0}


def test_a_send_is_counted_by_how_it_ended_and_timed() -> None:
    metrics.expect(["c"])

    changed = increases(lambda: metrics.send("c", OutboxKind.NOTICE, SendResult.RATE_LIMITED, 0.125))

    assert changed == {
        "hongyan_sends_total{channel=c,kind=notice,result=rate_limited}": 1.0,
        **of_histogram("hongyan_send_seconds", 0.125, channel="c"),
    }


def test_how_late_a_message_was_is_kept_by_its_kind() -> None:
    changed = increases(lambda: metrics.sent_after(OutboxKind.REMINDER, 64.0))

    assert changed == of_histogram("hongyan_sent_after_due_seconds", 64.0, kind="reminder")


def test_a_message_sent_before_its_time_by_a_turned_clock_was_not_late() -> None:
    changed = increases(lambda: metrics.sent_after("reply", -3.0))

    assert changed.get("hongyan_sent_after_due_seconds_sum{kind=reply}", 0.0) == 0.0


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (lambda: metrics.matched(Outcome.CANDIDATES), "hongyan_matches_total{outcome=candidates}"),
        (
            lambda: metrics.webhook_refused("d", WebhookRefusal.FORGED),
            "hongyan_webhook_refusals_total{channel=d,reason=forged}",
        ),
        (lambda: metrics.malformed("d"), "hongyan_malformed_updates_total{channel=d}"),
        (metrics.database_error, "hongyan_database_errors_total{}"),
    ],
)
def test_each_of_the_others_counts_one(act: Callable[[], None], name: str) -> None:
    assert increases(act) == {name: 1.0}


def test_what_waits_is_shown_as_it_was_read() -> None:
    told = values(DEPTH)

    assert {name: value for name, value in told.items() if name.startswith(OF_DATABASE)} == {
        "hongyan_outbox_rows{kind=reply,state=pending}": 3.0,
        "hongyan_outbox_oldest_due_seconds{kind=reply}": 12.5,
        "hongyan_dead_letters{}": 2.0,
        "hongyan_senders_held{channel=telegram}": 1.0,
        "hongyan_fetches_waiting{}": 1.0,
        "hongyan_duties_undone{}": 4.0,
        "hongyan_database_up{}": 1.0,
    }


def test_without_a_database_nothing_is_said_of_what_waits() -> None:
    values(DEPTH)

    told = values(None)

    assert {name: value for name, value in told.items() if name.startswith(OF_DATABASE)} == {"hongyan_database_up{}": 0}


def test_the_version_and_the_process_are_told() -> None:
    told = metrics.exposition(None).decode()

    [build] = [one.labels for one in shown() if one.name == "hongyan_build_info"]
    assert build == {"version": version("hongyan"), "python": platform.python_version()}
    assert "\nprocess_start_time_seconds " in told
    assert "\nprocess_resident_memory_bytes " in told
    assert "\nprocess_cpu_seconds_total " in told


def test_every_series_of_a_channel_begins_at_nothing() -> None:
    metrics.expect(["f"])

    begun = [one for one in shown() if one.labels.get("channel") == "f"]
    assert {one.value for one in begun} == {0.0}
    assert Counter(one.name for one in begun if one.name.endswith("_total")) == {
        "hongyan_turns_total": len(TurnResult),
        "hongyan_sends_total": len(OutboxKind) * len(SendResult),
        "hongyan_webhook_refusals_total": len(WebhookRefusal),
        "hongyan_malformed_updates_total": 1,
    }


def test_the_words_of_other_rooms_are_the_same_here() -> None:
    assert tuple(kind.value for kind in OutboxKind) == metrics.KINDS
    assert tuple(outcome.value for outcome in Outcome) == metrics.OUTCOMES
    assert tuple(TurnResult(state) for state in InboxState) == tuple(TurnResult)[: len(InboxState)]


def test_every_label_has_a_few_fixed_values_and_none_is_about_a_person() -> None:
    metrics.expect(["g"])

    assert {label for one in shown(DEPTH) for label in one.labels} == {
        "channel",
        "result",
        "kind",
        "outcome",
        "reason",
        "state",
        "le",
        "version",
        "python",
    }


def test_every_instrument_is_named_and_explained_in_one_sentence() -> None:
    families = list(text_string_to_metric_families(metrics.exposition(DEPTH).decode()))

    assert [one.name for one in families if not re.fullmatch(r"(hongyan|process)_[a-z_]+", one.name)] == []
    assert [one.name for one in families if not one.documentation.endswith(".")] == []


@pytest.mark.parametrize(
    "act",
    [
        lambda: metrics.turn("web", TurnResult.DONE, 0.004),
        lambda: metrics.send("web", "reply", SendResult.SENT, 0.04),
        lambda: metrics.sent_after("reply", 10.0),
        lambda: metrics.matched("answer"),
        lambda: metrics.webhook_refused("web", WebhookRefusal.BUSY),
    ],
)
def test_counting_costs_next_to_nothing(act: Callable[[], None]) -> None:
    times = 5_000
    act()
    began = time.process_time()
    for _ in range(times):
        act()

    assert (time.process_time() - began) / times * 1e6 < MOST_MICROSECONDS * SPARE
