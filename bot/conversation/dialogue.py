"""From what was said to what is replied: routes it and lets one flow take the turn."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from bot.conversation import offers
from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Answers, Flow, State
from bot.conversation.forms import Walk, is_idle
from bot.conversation.router import Control, OnlyDigit, Picked, Route, Spoken, Stale, Triggered, route
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from content.match import Outcome, PhraseBook, normalise
from content.words import label

LONGEST = 1000
"""Characters of the longest message that is read."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """Which flows take what nothing else takes, by name."""

    menu: str
    search: str
    wordless: str


class Dialogue:
    """The conversation with everybody: knows the flows, holds no state."""

    def __init__(self, flows: Sequence[Flow], triggers: Mapping[str, str], defaults: Defaults) -> None:
        """Hold the flows and the phrases that start them."""
        self._flows = {flow.name: flow for flow in flows}
        self._phrases = PhraseBook(triggers)
        self._defaults = defaults

    def reply_to(self, turn: Turn) -> Reply:
        """Take one turn; the conversation is left as it should be saved."""
        walk, expired = self._open_walk(turn)
        if turn.inbound.button:
            return self._on_button(turn, walk)
        if problem := _unreadable(turn):
            return self._keeping(turn, walk, Reply(problem))
        if not turn.text and not (walk and walk.ask.reads):
            return self.start(turn, self._defaults.wordless, {})
        said = _command(turn.text)
        offer = offers.standing(turn)
        reads_words = walk is not None and walk.ask.reads is not None
        decision = route(said, offer=offer, reads_words=reads_words, phrases=self._phrases)
        if expired and isinstance(decision, Picked | Stale | OnlyDigit) and not _leads_on(decision):
            return _offer_to_resume(expired)
        return self._follow(turn, walk, decision, offer)

    def start(self, turn: Turn, name: str, fill: Answers) -> Reply:
        """Start a flow with what is known already."""
        return Walk(self._flows[name], dict(fill)).advance(turn)

    def _follow(  # noqa: PLR0911  # one return for each way to go
        self, turn: Turn, walk: Walk | None, decision: Route, offer: offers.Offer | None
    ) -> Reply:
        match decision:
            case Picked(choice):
                return self._on_choice(turn, walk, choice)
            case Control.CANCEL:
                return self._cancel(turn, walk)
            case Control.BACK:
                return self._back(turn, walk)
            case Triggered(name):
                return self._on_trigger(turn, walk, name)
            case Stale(shown):
                return self._show_again(turn, walk, shown)
            case OnlyDigit():
                return self._keeping(turn, walk, Reply("engine/nothing_to_choose"))
            case Spoken():
                return self._on_words(turn, walk, offer)

    def _on_words(self, turn: Turn, walk: Walk | None, offer: offers.Offer | None) -> Reply:
        if walk is None:
            return self.start(turn, self._defaults.search, {"text": turn.text})
        try:
            return walk.answer(turn, offer)
        except InvalidAnswer as problem:
            if turn.library.matcher.decide(turn.text).outcome is Outcome.ANSWER:
                answer = self.start(turn, self._defaults.search, {"text": turn.text})
                return answer.then(Reply("engine/where_we_were")).then(walk.again(turn))
            return Reply.of(problem.template, problem.values).then(walk.again(turn))

    def _on_button(self, turn: Turn, walk: Walk | None) -> Reply:
        choice = offers.pressed(turn)
        if choice and (choice.go or (walk and offers.is_current(turn))):
            return self._on_choice(turn, walk, choice)
        offer = offers.standing(turn)
        return self._show_again(turn, walk, offer) if offer else Reply("engine/button_too_old")

    def _on_choice(self, turn: Turn, walk: Walk | None, choice: Choice) -> Reply:
        if choice.go:
            return self._on_trigger(turn, walk, choice.go, choice.fill)
        if walk is None:
            return Reply("engine/button_too_old")
        return walk.choose(turn, choice)

    def _on_trigger(self, turn: Turn, walk: Walk | None, name: str, fill: Answers | None = None) -> Reply:
        if name not in self._flows:
            return Reply("engine/button_too_old")
        if walk is None:
            return self.start(turn, name, fill or {})
        if name == walk.flow.name:
            return self.start(turn, name, fill or {})
        if self._flows[name].asks():
            return Reply("engine/put_aside").then(self.start(turn, name, fill or {}))
        return self._keeping(turn, walk, self.start(turn, name, fill or {}))

    def _back(self, turn: Turn, walk: Walk | None) -> Reply:
        if walk is None:
            return self.start(turn, self._defaults.menu, {})
        return walk.back(turn) or self._cancel(turn, walk)

    def _cancel(self, turn: Turn, walk: Walk | None) -> Reply:
        turn.conversation.open_form = None
        return Reply("engine/cancelled" if walk else "engine/nothing_to_cancel")

    def _show_again(self, turn: Turn, walk: Walk | None, offer: offers.Offer) -> Reply:
        if walk:
            return Reply("engine/choose_from").then(walk.again(turn))
        return Reply("engine/shown_again", question=offer.question.split("\n")[0], choices=offer.choices)

    def _keeping(self, turn: Turn, walk: Walk | None, reply: Reply) -> Reply:
        """Say ``reply`` without losing the open question."""
        if walk is None:
            return reply
        return reply.then(Reply("engine/where_we_were")).then(walk.again(turn))

    def _open_walk(self, turn: Turn) -> tuple[Walk | None, State | None]:
        """Return the open form, or, when it was left alone for too long, its state."""
        kept = turn.conversation.open_form
        if not kept:
            return None, None
        turn.conversation.open_form = None
        try:
            state = State.model_validate(kept)
        except ValidationError:
            return None, None
        flow = self._flows.get(state.flow)
        if flow is None or not state.asked or state.asked[-1] not in flow.asks():
            return None, None
        if is_idle(state, turn.now):
            return None, state
        turn.conversation.open_form = kept
        return Walk(flow, state.answers, state.asked), None


def _command(text: str) -> str:
    """Return ``/menu@bot anything`` as ``menu``; other words as they are."""
    if not (text.startswith("/") and text[1:2].isalpha()):
        return text
    return text[1:].split(maxsplit=1)[0].partition("@")[0]


def _offer_to_resume(state: State) -> Reply:
    resume = Choice(label=label("resume"), go=state.flow, fill=state.answers)
    return Reply("engine/form_expired", choices=(resume,))


def _leads_on(decision: Route) -> bool:
    return isinstance(decision, Picked) and bool(decision.choice.go)


def _unreadable(turn: Turn) -> str:
    inbound = turn.inbound
    if len(inbound.text) > LONGEST:
        return "engine/too_long"
    if inbound.files or inbound.pin or inbound.contact:
        return ""
    if not any(unicodedata.category(mark)[0] in "LN" for mark in inbound.text):
        return "" if normalise(inbound.text) else "engine/nothing_to_read"
    return ""
