"""How much the longest tests do: little where nobody asks for more, as much as was promised where somebody does."""

import os


def asked_for(variable: str, usual: int) -> int:
    """Return the number in the environment, or the usual one."""
    return int(os.environ.get(variable, usual))


KILLS = asked_for("HONGYAN_TEST_KILLS", 20)
"""How often a process is killed in the middle of its work, on each database."""

FUZZED = asked_for("HONGYAN_TEST_FUZZED", 2000)
"""How many inbounds nobody would send are sent, half of them to each channel."""
