"""Each alert fires when what it is about happens, and is silent otherwise: asked of Prometheus' own rule tester."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.kit.sources import ROOT

RULES = ROOT / "deploy" / "prometheus" / "alerts.yaml"
LOADED = yaml.safe_load(RULES.read_text(encoding="utf-8"))
ALERTS = {rule["alert"]: rule for group in LOADED["groups"] for rule in group["rules"]}
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(not PROMTOOL, reason="no promtool on this machine: the alert rules were not tried")

ONE, TWO = 'job="hongyan-serve",instance="a"', 'job="hongyan-serve",instance="b"'
UP = {f"up{{{ONE}}}": "1x120"}
QUIET = "0x120"


def sends(result: str, growth: str, kind: str = "reply", channel: str = "telegram") -> dict[str, str]:
    return {f'hongyan_sends_total{{{ONE},channel="{channel}",kind="{kind}",result="{result}"}}': growth}


def turns(result: str, growth: str) -> dict[str, str]:
    return {f'hongyan_turns_total{{{ONE},channel="web",result="{result}"}}': growth}


def refusals(reason: str, growth: str) -> dict[str, str]:
    return {f'hongyan_webhook_refusals_total{{{ONE},channel="telegram",reason="{reason}"}}': growth}


def buckets(name: str, labels: str, fast: str, slow: str) -> dict[str, str]:
    """A histogram whose observations are all below 0.5 s as ``fast`` grows, or below 600 s as ``slow`` does."""
    steps = {"0.5": fast, "300": slow, "900": slow, "+Inf": slow}
    return {f'{name}_bucket{{{ONE},{labels},le="{bound}"}}': growth for bound, growth in steps.items()}


def waits(kind: str, seconds: str, labels: str = ONE) -> dict[str, str]:
    return {f'hongyan_outbox_oldest_due_seconds{{{labels},kind="{kind}"}}': seconds}


def rows(state: str, count: str, labels: str = ONE) -> dict[str, str]:
    return {f'hongyan_outbox_rows{{{labels},state="{state}",kind="broadcast"}}': count}


HAPPENS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "HongyanDown": ({f"up{{{ONE}}}": "0x120", f"up{{{TWO}}}": "1x120"}, UP),
    "HongyanGone": ({'up{job="node"}': "1x120"}, UP),
    "HongyanDatabaseDown": ({f"hongyan_database_up{{{ONE}}}": "0x120"}, {f"hongyan_database_up{{{ONE}}}": "1x120"}),
    "HongyanOutboxWaits": (waits("reply", "301x120"), waits("reply", "299x120") | waits("broadcast", "9000x120")),
    "HongyanBroadcastStands": (
        waits("broadcast", "400x120") | sends("sent", "500x120", "broadcast"),
        waits("broadcast", "9000x120") | sends("sent", "0+30x120", "broadcast"),
    ),
    "HongyanDeadLettersGrow": (
        {f"hongyan_dead_letters{{{ONE}}}": "3x70 20x50", f"hongyan_dead_letters{{{TWO}}}": "3x70 20x50"},
        {f"hongyan_dead_letters{{{ONE}}}": "500x120", f"hongyan_dead_letters{{{TWO}}}": "500x120"},
    ),
    "HongyanUncertainSends": (
        rows("uncertain", "1x60 2x60") | rows("uncertain", "1x60 2x60", TWO),
        rows("uncertain", "4x120") | rows("failed", "0+1x120"),
    ),
    "HongyanSendsFail": (
        sends("sent", "0+1x120") | sends("again", "0+5x120"),
        sends("sent", "0+5x120") | sends("again", "0+1x120") | sends("rate_limited", "0+1x120"),
    ),
    "HongyanRateLimited": (
        sends("rate_limited", "0+2x120"),
        sends("rate_limited", "0+1x120") | sends("sent", "0+9x120"),
    ),
    "HongyanSendsLate": (
        buckets("hongyan_sent_after_due_seconds", 'kind="notice"', QUIET, "0+5x120"),
        buckets("hongyan_sent_after_due_seconds", 'kind="notice"', "0+5x120", "0+5x120")
        | buckets("hongyan_sent_after_due_seconds", 'kind="broadcast"', QUIET, "0+5x120"),
    ),
    "HongyanTurnsFail": (turns("poisoned", "0x100 1x20"), turns("poisoned", "1x120") | turns("done", "0+9x120")),
    "HongyanTurnsRefused": (turns("refused_busy", "0+2x120"), turns("done", "0+9x120") | turns("unavailable", "3x120")),
    "HongyanTurnsSlow": (
        buckets("hongyan_turn_seconds", 'channel="web"', QUIET, "0+5x120"),
        buckets("hongyan_turn_seconds", 'channel="web"', "0+5x120", "0+5x120"),
    ),
    "HongyanWebhookUnavailable": (refusals("unavailable", "0+2x120"), refusals("forged", "0+1x120")),
    "HongyanWebhookForged": (refusals("forged", "0+2x120"), refusals("forged", "0+1x120")),
    "HongyanUpdatesMalformed": (
        {f'hongyan_malformed_updates_total{{{ONE},channel="telegram"}}': "0+0.1x120"},
        {f'hongyan_malformed_updates_total{{{ONE},channel="telegram"}}': "7x120"},
    ),
    "HongyanDatabaseErrors": (
        {f"hongyan_database_errors_total{{{ONE}}}": "0+2x120"},
        {f"hongyan_database_errors_total{{{ONE}}}": "0+0.5x120"},
    ),
    "HongyanFilesWait": (
        {f"hongyan_fetches_waiting{{{ONE}}}": "51x120"},
        {f"hongyan_fetches_waiting{{{ONE}}}": "5x120"},
    ),
    "HongyanDutiesUndone": (
        {f"hongyan_duties_undone{{{ONE}}}": "0x70 1x50"},
        {f"hongyan_duties_undone{{{ONE}}}": "2x120"},
    ),
    "HongyanRestarts": (
        {f"process_start_time_seconds{{{ONE}}}": "0+60x120"},
        {f"process_start_time_seconds{{{ONE}}}": "5x120"},
    ),
    "HongyanBackupTooOld": (
        {"hongyan_backup_last_success_timestamp_seconds": f"{-27 * 3600}x120"},
        {"hongyan_backup_last_success_timestamp_seconds": f"{-20 * 3600}x120"},
    ),
}
"""For each alert: the series that make it fire, minute by minute for two hours, and series that do not."""


def fired(folder: Path, series: dict[str, str]) -> set[str]:
    """Which alerts fire when some series go on for two hours; the tester tells by what it did not expect."""
    series = series if any(name.startswith("up{") for name in series) else series | UP
    question = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "110m", "exp_samples": []}
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    asked = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": inputs, "promql_expr_test": [question]}],
    }
    path = folder / "asked.yaml"
    path.write_text(yaml.safe_dump(asked), encoding="utf-8")
    done = subprocess.run([PROMTOOL or "", "test", "rules", path], capture_output=True, text=True, check=False)
    found = set(re.findall(r'alertname="(\w+)"', done.stdout + done.stderr))
    assert bool(found) == bool(done.returncode), done.stdout + done.stderr
    return found


@needs_promtool
@pytest.mark.parametrize("alert", HAPPENS)
def test_an_alert_fires_alone_when_what_it_is_about_happens(alert: str, tmp_path: Path) -> None:
    happens, _ = HAPPENS[alert]

    assert fired(tmp_path, happens) == {alert}


@needs_promtool
@pytest.mark.parametrize("alert", HAPPENS)
def test_nothing_fires_when_it_does_not(alert: str, tmp_path: Path) -> None:
    _, is_well = HAPPENS[alert]

    assert fired(tmp_path, is_well) == set()


def test_every_alert_was_tried() -> None:
    assert sorted(HAPPENS) == sorted(ALERTS)


def test_every_alert_says_in_one_line_what_happened_and_how_bad_it_is() -> None:
    lacking = [
        name
        for name, rule in ALERTS.items()
        if rule["labels"].get("severity") not in {"critical", "warning"} or not rule["annotations"].get("summary")
    ]

    assert lacking == []


def test_the_guide_says_what_to_do_about_every_alert_and_about_no_other() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert sorted(set(re.findall(r"\bHongyan[A-Z]\w+", guide))) == sorted(ALERTS)
