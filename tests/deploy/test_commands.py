"""Every `hongyan …` in deploy/ and in the operator's guide is a command that exists, with options that exist."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
import yaml

from bot.__main__ import cli
from tests.kit.sources import ROOT

DEPLOY = ROOT / "deploy"
STOOD_FOR = {"%i": "9101"}
"""What a unit's instance stands for."""


def command_lines() -> Iterator[tuple[str, str]]:
    """Every command line, and where it stands."""
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    yield "Dockerfile", shlex.join(yaml.safe_load(re.findall(r"(?m)^CMD (\[.+\])$", dockerfile)[-1]))
    for file in DEPLOY.glob("compose*.yaml"):
        for name, service in yaml.safe_load(file.read_text(encoding="utf-8"))["services"].items():
            if service["image"] == "hongyan:local" and "command" in service:
                yield f"{file.name}: {name}", shlex.join(service["command"])
    for file in DEPLOY.glob("*.service"):
        for line in re.findall(r"(?m)^ExecStart=\S+/hongyan (.+)$", file.read_text(encoding="utf-8")):
            yield file.name, line
    for line in re.findall(r"(?m)^hongyan (.+)$", (DEPLOY / "backup.sh").read_text(encoding="utf-8")):
        yield "backup.sh", line
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for line in re.findall(r"`hongyan ([a-z][^`\n]*)`", guide):
        yield "operations.md", line


LINES = sorted(set(command_lines()))


@pytest.mark.parametrize(("place", "line"), LINES, ids=[f"{place}: {line}" for place, line in LINES])
def test_a_command_line_is_understood(place: str, line: str) -> None:
    words = [STOOD_FOR.get(word, word) for word in shlex.split(line)]
    command: Any = typer.main.get_command(cli)
    while hasattr(command, "commands") and words:
        command = command.commands[words.pop(0)]  # a KeyError: there is no such command
    with command.make_context(place, words) as understood:
        assert understood.args == []


def test_there_are_command_lines_in_every_kind_of_file() -> None:
    places = {place.partition(":")[0] for place, _line in LINES}

    assert places >= {"Dockerfile", "compose.replicas.yaml", "hongyan.service", "hongyan-worker@.service", "backup.sh"}
