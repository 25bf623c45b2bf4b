"""What people read is written in content; code is written in English."""

import re
from pathlib import Path

import pytest

from tests.kit.sources import ROOT

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
CODE = sorted(
    path
    for folder in ("bot", "handlers", "db")
    for ending in ("py", "js", "css")
    for path in (ROOT / folder).rglob(f"*.{ending}")
)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_chinese_stands_in_code(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    assert [f"{number}: {line.strip()}" for number, line in enumerate(lines, start=1) if HAN.search(line)] == []
