"""Whatever goes wrong is caught at four borders only; everywhere else an error says which one it is."""

import ast

from tests.kit.sources import dotted, sources

BORDERS = {"bot/conversation/engine.py", "bot/jobs/delivery.py", "bot/jobs/fetching.py", "bot/jobs/schedule.py"}
BROAD = {"", "Exception", "BaseException"}


def caught(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {dotted(one) if one else "" for one in kinds}


def test_everything_is_caught_at_the_borders_only() -> None:
    broad = [
        source.at(node)
        for source in sources()
        if source.name not in BORDERS
        for node in source.nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and caught(node) & BROAD
    ]

    assert broad == [], "\n".join(broad)


def test_nothing_is_suppressed_wholesale() -> None:
    broad = [
        source.at(call)
        for source in sources()
        for call in source.calls()
        if dotted(call.func).rpartition(".")[2] == "suppress" and {dotted(one) for one in call.args} & BROAD
    ]

    assert broad == [], "\n".join(broad)
