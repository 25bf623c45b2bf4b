"""What begins with a phrase that starts a flow, and goes on with its first answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.conversation.flow import Flow
from bot.conversation.forms import Walk
from bot.conversation.turn import Turn

_AFTER_PHRASE = re.compile(r"[\s,:\uff0c\uff1a]+")
"""What stands between a phrase and the answer said with it: blanks, a comma, a colon."""


class Openings:
    """Parts the phrase from the answer, also where a tired thumb left out the blank and the flow allows it."""

    def __init__(self, flows: Mapping[str, Flow], triggers: Mapping[str, str]) -> None:
        """Know the flows and the phrases that start them."""
        self._triggers = triggers
        self._glued = [
            (phrase, ask.glued)
            for phrase, name in triggers.items()
            for ask in (flows[name].asks().values() if name in flows else ())
            if ask.glued
        ]

    def apart(self, turn: Turn) -> tuple[str, str]:
        """Return the phrase and what follows it, nothing where nothing does."""
        said = turn.text
        for phrase, is_answer in self._glued:
            rest = said.removeprefix(phrase)
            if rest != said and is_answer(turn, rest):
                return phrase, rest
        phrase, rest = (*_AFTER_PHRASE.split(said, maxsplit=1), "")[:2]
        return phrase, rest

    def without(self, turn: Turn, walk: Walk) -> Turn:
        """Leave out the phrase that started a form, where somebody says it once more before its first answer."""
        phrase, rest = self.apart(turn) if walk.ask.inline else ("", "")
        if not rest.strip() or self._triggers.get(phrase) != walk.flow.name:
            return turn
        return replace(turn, inbound=replace(turn.inbound, text=rest))
