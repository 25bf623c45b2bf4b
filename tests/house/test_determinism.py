"""Time, chance and the environment are read in one place each, so that a test can turn the clock."""

import ast
import re

from tests.kit.sources import dotted, sources

READERS = {"bot/clock.py", "bot/keys.py", "bot/settings.py"}
FORBIDDEN_CALLS = re.compile(
    r"(.*\.)?(datetime\.(now|utcnow|today)|date\.today"
    r"|time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)"
    r"|uuid\.uuid[1-8]|os\.(urandom|getenv|environ\.get|getrandom))"
)
FORBIDDEN_MODULES = {"random", "secrets", "uuid"}
FORBIDDEN_NAMES = {"os.environ"}


def test_nobody_else_reads_the_time_draws_lots_or_looks_around() -> None:
    found = [
        f"{source.at(call)}: {dotted(call.func)}"
        for source in sources()
        if source.name not in READERS
        for call in source.calls()
        if FORBIDDEN_CALLS.fullmatch(dotted(call.func))
    ]

    assert found == [], "\n".join(found)


def test_nobody_else_imports_chance() -> None:
    found = [
        f"{source.at(statement)}: {module}"
        for source in sources()
        if source.name not in READERS
        for statement, module in source.imports()
        if module in FORBIDDEN_MODULES
    ]

    assert found == [], "\n".join(found)


def test_nobody_else_reads_the_environment() -> None:
    found = [
        source.at(node)
        for source in sources()
        if source.name not in READERS
        for node in source.nodes(ast.Attribute)
        if dotted(node) in FORBIDDEN_NAMES
    ]

    assert found == [], "\n".join(found)
