"""A rule that is broken somewhere is named there, with the reason."""

import re

from tests.kit.sources import sources

EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore|pyright:\s*ignore|pragma:)")
RULES = r"[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*"
REASONED = re.compile(
    rf"# noqa: {RULES}(\s+#\s+|\s+-\s+)\S.*"
    r"|# (type|pyright): ?ignore\[[\w\-, ]+\](\s+#\s+|\s+-\s+)\S.*"
    r"|# pragma: no cover(\s+#\s+|\s+-\s+)\S.*"
)


def test_every_broken_rule_is_named_with_its_reason() -> None:
    bare = [
        f"{source.name}:{number} {comment}"
        for source in sources("bot", "handlers", "content", "db", "tests")
        if EXCEPTION.search(source.text)
        for number, comment in source.comments()
        if EXCEPTION.search(comment) and not REASONED.match(comment[EXCEPTION.search(comment).start() :])
    ]

    assert bare == [], "\n".join(bare)
