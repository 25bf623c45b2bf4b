"""Every flow can be reached, and whatever leads to a flow leads to one that is there."""

from collections import Counter

from bot.conversation.router import Control
from content.loader import load_yaml
from content.words import entry_list, menu_items, trigger_phrases
from handlers import DEFAULTS, FLOWS
from handlers.codes import OPENS
from tests.kit.sources import ROOT, dotted, literal, sources

TRIGGERS = ROOT / "content" / "triggers.yaml"
NAMES = [flow.name for flow in FLOWS]


def go_literals() -> dict[str, str]:
    """Every flow that a choice starts or a reply leads to, and where it is written."""
    calls = [(source, call) for source in sources("bot", "handlers") for call in source.calls()]
    started = {
        flow: source.at(call)
        for source, call in calls
        if dotted(call.func) == "Choice"
        for keyword in call.keywords
        if keyword.arg == "go" and (flow := literal(keyword.value))
    }
    led = {
        flow: source.at(call)
        for source, call in calls
        if dotted(call.func) == "Reply.leading" and (flow := literal(call.args[0]))
    }
    return started | led


def led_to() -> set[str]:
    """Every flow that a phrase, the menu, a choice, another flow or the dialogue itself starts."""
    by_phrase = set(trigger_phrases().values()) - set(Control)
    by_code = set(OPENS.values()) & set(NAMES)
    by_menu = {item["go"] for audience in ("menu", "for_cadres") for item in menu_items(audience)}
    return (
        by_phrase
        | by_code
        | by_menu
        | go_literals().keys()
        | {DEFAULTS.menu, DEFAULTS.search, DEFAULTS.wordless}
        | {DEFAULTS.emergency, DEFAULTS.codes, DEFAULTS.cancelling}
        | DEFAULTS.takers.keys()
        | DEFAULTS.listeners.keys()
    )


def test_every_flow_has_its_own_name() -> None:
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []


def test_every_flow_can_be_reached() -> None:
    assert sorted(set(NAMES) - led_to()) == []


def test_every_way_leads_to_a_flow() -> None:
    assert sorted(led_to() - set(NAMES)) == []


def test_every_flow_that_is_declared_is_listed() -> None:
    declared = {
        name
        for source in sources("handlers")
        for call in source.calls()
        if dotted(call.func) == "flow" and call.args and (name := literal(call.args[0]))
    }

    assert sorted(declared ^ set(NAMES)) == []


def test_no_phrase_starts_two_flows() -> None:
    every = [phrase for phrases in load_yaml(TRIGGERS).values() for phrase in phrases]

    assert [phrase for phrase, count in Counter(every).items() if count > 1] == []


def test_what_many_ask_is_there_to_be_asked() -> None:
    assert [] not in (entry_list("popular"), entry_list("centres"))
