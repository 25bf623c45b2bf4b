"""The systemd units are what systemd takes for units, and let Hongyan do no more than it needs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.sources import ROOT

DEPLOY = ROOT / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
MOST_EXPOSED = 2.0
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(not ANALYZE, reason="no systemd on this machine: the units were not tried")


def hardening(path: Path) -> list[str]:
    """What a unit forbids itself, from NoNewPrivileges to the end of its service."""
    unit = path.read_text(encoding="utf-8")
    return unit[unit.index("NoNewPrivileges") :].partition("[Install]")[0].split()


def installed(folder: Path) -> list[Path]:
    """Copies of every unit whose programs are there."""
    units = [*SERVICES, *DEPLOY.glob("*.timer")]
    copies = [folder / unit.name.replace("@.", "@9101.") for unit in units]
    for unit, copy in zip(units, copies, strict=True):
        copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8")))
    return copies


def test_every_service_is_held_as_tightly() -> None:
    assert [path.name for path in SERVICES if hardening(path) != hardening(DEPLOY / "hongyan.service")] == []
    assert [path.name for path in SERVICES if "User=hongyan\n" not in path.read_text(encoding="utf-8")] == []


@needs_systemd
def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    done = subprocess.run(
        [ANALYZE or "", "verify", "--man=no", *installed(tmp_path)], capture_output=True, text=True, check=False
    )

    assert [line for line in done.stderr.splitlines() if "hongyan" in line] == []


@needs_systemd
@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_systemd_finds_little_that_is_exposed(path: Path, tmp_path: Path) -> None:
    copies = {copy.name.replace("@9101.", "@."): copy for copy in installed(tmp_path)}

    done = subprocess.run(
        [ANALYZE or "", "security", "--offline=true", "--no-pager", copies[path.name]],
        capture_output=True,
        text=True,
        check=False,
    )

    [exposure] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(exposure) <= MOST_EXPOSED
