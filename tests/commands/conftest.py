"""The command line, run in this process on a folder of its own."""

import gc
import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.logs import OURS
from bot.settings import Settings

SECRET = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """What it complained of, a line each."""
        return self.err.splitlines()


@dataclass(frozen=True)
class CommandLine:
    """Runs ``hongyan`` with arguments, as a shell would."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | Path, typed: str = "") -> Ran:
        self.monkeypatch.setattr(sys, "argv", ["hongyan", *map(str, arguments)])
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        self.capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        else:
            code = 0
        said = self.capsys.readouterr()
        return Ran(code, said.out, said.err)

    def set(self, **settings: object) -> None:
        """Set some settings, as ``secret_key=…``."""
        for name, value in settings.items():
            self.monkeypatch.setenv(f"HONGYAN_{name.upper()}", str(value))


@pytest.fixture
def hongyan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[CommandLine]:
    """The command line with no settings but a data folder that is not there yet."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HONGYAN_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HONGYAN_DATA_DIR", str(tmp_path / "data"))
    yield CommandLine(monkeypatch, capsys)
    logging.getLogger(OURS).setLevel(logging.NOTSET)
    gc.collect()  # what a command left open is complained of here, not in somebody else's test


@pytest.fixture
def installed(hongyan: CommandLine) -> CommandLine:
    """The command line of an installation that has its secret."""
    hongyan.set(secret_key=SECRET)
    return hongyan
