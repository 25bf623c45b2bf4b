"""The dashboard and the alerts ask for numbers that exist, and every number is asked for somewhere."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.metrics import OUTCOMES, Depth, SendResult, TurnResult, WebhookRefusal
from db.models import OutboxKind, OutboxState
from tests.kit.sources import ROOT

DEPLOY = ROOT / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "hongyan.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ASKED = [target["expr"] for panel in PANELS for target in panel["targets"]]
WARNED = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
FROM_THE_BACKUP = {"hongyan_backup_last_success_timestamp_seconds"}
VALUES: dict[str, set[str]] = {
    "result": {*TurnResult, *SendResult},
    "reason": {*WebhookRefusal},
    "outcome": {*OUTCOMES},
    "kind": {*OutboxKind},
    "state": {*OutboxState},
}
PROMTOOL = shutil.which("promtool")


def instruments() -> dict[str, set[str]]:
    """Every instrument with the names of its series."""
    metrics.expect(["web"])
    depth = Depth(rows={("pending", "reply"): 0}, oldest_due={"reply": 0.0}, dead=0, senders={"web": 0}, fetches=0)
    families = text_string_to_metric_families(metrics.exposition(depth).decode())
    return {family.name: {sample.name for sample in family.samples} for family in families}


def named(expressions: list[str]) -> set[str]:
    return {name for one in expressions for name in re.findall(r"\b(?:hongyan|process)_[a-z_]+", one)}


def test_every_number_that_is_asked_for_exists() -> None:
    known = {name for names in instruments().values() for name in names}

    assert sorted(named([*ASKED, *WARNED]) - known) == sorted(FROM_THE_BACKUP)
    assert [name for name in FROM_THE_BACKUP if name not in (DEPLOY / "backup.sh").read_text(encoding="utf-8")] == []


def test_every_instrument_is_shown_or_warned_of() -> None:
    asked = named([*ASKED, *WARNED])
    ours = {name: series for name, series in instruments().items() if name.startswith("hongyan_")}

    assert sorted(name for name, series in ours.items() if not series & asked) == []


def test_every_instrument_stands_in_the_guide() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(hongyan_[a-z_]+)`", guide))
    counters = {f"{name}_total" for name in instruments()}

    assert (
        sorted(name for name in instruments() if name.startswith("hongyan_") and not {name, f"{name}_total"} & told)
        == []
    )
    assert sorted(told - set(instruments()) - counters - FROM_THE_BACKUP) == []


@pytest.mark.parametrize("label", VALUES)
def test_every_value_that_is_picked_out_can_occur(label: str) -> None:
    picked = {
        value
        for one in [*ASKED, *WARNED]
        for values in re.findall(rf'\b{label}\s*(?:=|!=|=~|!~)\s*"([^"]*)"', one)
        for value in values.split("|")
    }

    assert sorted(picked - VALUES[label]) == []


def test_every_panel_has_a_title_a_unit_and_legends() -> None:
    lacking = [
        panel["title"]
        for panel in PANELS
        if not panel["title"]
        or not panel["fieldConfig"]["defaults"]["unit"]
        or not all(target["legendFormat"] for target in panel["targets"])
    ]

    assert lacking == []


def test_panels_stand_side_by_side_without_overlap() -> None:
    taken = [
        (column, line)
        for panel in DASHBOARD["panels"]
        for column in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for line in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(taken) == len(set(taken))
    assert {panel["id"] for panel in DASHBOARD["panels"]} == set(range(1, len(DASHBOARD["panels"]) + 1))
    assert max(column for column, _line in taken) < 24


@pytest.mark.skipif(not PROMTOOL, reason="no promtool on this machine: the queries were not parsed")
def test_prometheus_understands_every_query(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [{"record": f"asked:{number}", "expr": one} for number, one in enumerate(ASKED)]
    path = tmp_path / "asked.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    command = [PROMTOOL or "", "check", "rules", path, DEPLOY / "prometheus" / "alerts.yaml"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
