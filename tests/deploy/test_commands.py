"""Every `hongyan …` in deploy/ and in the guides is a command that exists, with options that exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bot.__main__ import cli
from tests.kit.sources import ROOT

DEPLOY = ROOT / "deploy"
STOOD_FOR = {"%i": "9101", "$(date +%F)": "2026-11-27"}
"""What a unit's instance, and what a shell asks for, stands for."""

FILES = {".xlsx", ".yaml", ".zip", ".csv"}
GUIDES = [path for path in (*(ROOT / "docs").glob("*.md"), *ROOT.glob("README*.md")) if path.stem != "architecture"]
IN_A_BLOCK = r"(?m)^(?: {4})?(?! *systemctl)(?:.*[ /])?hongyan ([a-z][^`\n]*)$"
"""A line of a block that is to be typed, or the end of one."""


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
    for guide in GUIDES:
        said = guide.read_text(encoding="utf-8")
        for line in re.findall(r"`(?:\.venv/bin/)?hongyan ([a-z][^`\n]*)`", said) + re.findall(IN_A_BLOCK, said):
            yield guide.name, re.split(r" +(?:#|&&|—)", line)[0].strip()


LINES = sorted(set(command_lines()))


@pytest.mark.parametrize(("place", "line"), LINES, ids=[f"{place}: {line}" for place, line in LINES])
def test_a_command_line_is_understood(place: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for asked, stands in STOOD_FOR.items():
        line = line.replace(asked, stands)
    words = shlex.split(line)
    for name in words:
        if (name == "FILE" or Path(name).suffix in FILES) and Path(name).parent == Path():
            Path(name).touch()
    command: Any = typer.main.get_command(cli)
    while hasattr(command, "commands") and words:
        command = command.commands[words.pop(0)]  # a KeyError: there is no such command
    if not words and place.endswith(".md"):
        return  # it is only named
    with command.make_context(place, words) as understood:
        assert understood.args == []


def test_there_are_command_lines_in_every_kind_of_file() -> None:
    places = {place.partition(":")[0] for place, _line in LINES}

    assert places >= {"Dockerfile", "compose.replicas.yaml", "hongyan.service", "hongyan-worker@.service", "backup.sh"}
    assert places >= {"operations.md", "backup.md", "production.md", "operator.zh-CN.md", "wechat.md", "README.md"}
