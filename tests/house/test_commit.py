"""A transaction ends in one place only."""

import ast

from tests.kit.sources import sources


def test_nobody_commits_but_the_unit_of_work() -> None:
    commits = [
        source.at(call)
        for source in sources()
        if source.name != "db/sql.py"
        for call in source.calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
    ]

    assert commits == [], "\n".join(commits)


def test_the_unit_of_work_commits_once() -> None:
    [source] = [one for one in sources("db") if one.name == "db/sql.py"]

    assert source.text.count(".commit(") == 1
