"""Measure how long a roster takes to be read, compared and taken in, and how much memory that needs at its peak.

    .venv/bin/python tests/bench/bench_roster.py

Each size runs in a process of its own, so that its peak is its own; what Python and the libraries need before the first
row is told beside it. 1,372 rows with 30 bad ones is a town of the source articles; 20,000 a whole county.
"""

import itertools
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.domain import units
from bot.domain.rosters import roster
from bot.domain.rosters.roster_reading import read_roster
from bot.domain.rosters.roster_sheets import problems_file
from bot.sheets import Page, workbook
from db.models import UnitKind
from tests.bench.kit.tables import show
from tests.kit import databases
from tests.kit.talk import MORNING

SIZES = ((1372, 30), (20_000, 440))
HEADER = ("序号", "姓名", "性别", "出生年月", "手机号码", "所在支部", "入党时间", "类别", "学历", "备注")
BRANCHES = 40


def town(folder: Path, rows: int, bad: int) -> Path:
    """Write a roster of so many people, some of them with a digit missing."""
    every = rows // bad

    def people() -> list[list[object]]:
        return [
            [
                number,
                f"{'赵钱孙李周吴郑王冯陈'[number % 10]}{chr(0x4E00 + number % 5000)}{chr(0x5000 + number // 5000)}",
                "男" if number % 2 else "女",
                "1968.7",
                138_0000_0000 // (10 if number % every == 0 and number // every < bad else 1) + number,
                f"第{number % BRANCHES + 1}支部",
                "2001年7月1日",
                "正式党员",
                "高中",
                "",
            ]
            for number in range(rows)
        ]

    path = folder / f"{rows}.xlsx"
    path.write_bytes(workbook([Page("名册", HEADER, people(), above=[["党员名册"]])]))
    return path


def peak() -> float:
    """Return the most memory this process has needed so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(path: Path, folder: Path) -> None:
    """Take one file in and print what each step took."""
    database = databases.opened(databases.SqliteMaker(folder).make())

    def found(db: Session) -> None:
        top = units.add(db, "某镇", UnitKind.COMMITTEE)
        for number in range(BRANCHES):
            units.add(db, f"第{number + 1}支部", UnitKind.BRANCH, top)

    database.run(found)
    before, steps = peak(), [time.perf_counter()]
    reading = read_roster(path, name=path.name, most=200_000, today=date(2026, 11, 23))
    steps.append(time.perf_counter())
    plan = database.run(lambda db: roster.take_in(db, reading, None, file_name=path.name, now=MORNING))
    steps.append(time.perf_counter())
    after = peak()
    problems_file(path, plan, name=path.name, most=200_000)
    steps.append(time.perf_counter())
    again = database.run(lambda db: roster.look(db, reading, None), write=False)
    steps.append(time.perf_counter())
    database.close()
    seconds = [f"{later - earlier:.2f}" for earlier, later in itertools.pairwise(steps)]
    figures = [reading.count, len(plan.added), len(again.problems()), *seconds, f"{before:.0f}", f"{after:.0f}"]
    sys.stdout.write("\t".join(map(str, figures)) + "\n")


def main() -> None:
    """Print the figures of every size side by side."""
    head = ["rows", "taken in", "bad", "read s", "compare+write s", "problems file s", "compare again s"]
    lines: list[list[str]] = []
    for rows, bad in SIZES:
        with tempfile.TemporaryDirectory() as name:
            path = town(Path(name), rows, bad)
            command = [sys.executable, __file__, str(path)]
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            lines.append(ran.stdout.strip().split("\t"))
    show("a roster, on SQLite", [*head, "MB before", "MB at peak"], lines)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].endswith(".xlsx"):
        measured(Path(sys.argv[1]), Path(sys.argv[1]).parent)
    else:
        main()
