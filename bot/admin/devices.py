"""What kind of device and browser asks, in a few words for whoever is to recognise it as theirs."""

from content import console


def device_of(agent: str) -> str:
    """Return the words for a browser's own description of itself; nothing for one that says nothing we know."""
    found = [_first(agent, "systems"), _first(agent, "browsers")]
    return " ".join(one for one in found if one)


def _first(agent: str, group: str) -> str:
    return next((words for mark, words in console.words(group).items() if mark in agent), "")
