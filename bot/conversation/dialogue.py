"""From what was said to what is replied: routes it and lets one flow take the turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from bot.conversation import misread, offers
from bot.conversation.answers import InvalidAnswer, is_emergency, pick
from bot.conversation.flow import Answers, Flow, State
from bot.conversation.forms import Walk, is_idle, resumption
from bot.conversation.hearing import code_in, command, unreadable
from bot.conversation.openings import Openings
from bot.conversation.router import Control, OnlyDigit, Picked, Route, Spoken, Stale, Triggered, route
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from content.match import Outcome, PhraseBook, normalise


@dataclass(frozen=True, slots=True)
class Defaults:
    """Flows with a part in every conversation, by name: what takes the rest, and what always works.

    ``codes`` takes a code that was scanned or typed, ``cancelling`` a wish to cancel when no question is open, with
    what was ``named`` along with it; when that is nothing it knows, it raises ``InvalidAnswer``.
    ``takers`` are flows that take what comes without words instead of ``wordless`` where their test holds,
    ``listeners`` the same for words when no question is open.
    """

    menu: str
    search: str
    wordless: str
    emergency: str
    always: frozenset[str] = frozenset()
    codes: str = ""
    cancelling: str = ""
    takers: Mapping[str, Callable[[Turn], bool]] = field(default_factory=dict[str, Callable[[Turn], bool]])
    listeners: Mapping[str, Callable[[Turn], bool]] = field(default_factory=dict[str, Callable[[Turn], bool]])


class Dialogue:
    """The conversation with everybody: knows the flows, holds no state."""

    def __init__(self, flows: Sequence[Flow], triggers: Mapping[str, str], defaults: Defaults) -> None:
        """Hold the flows and the phrases that start them."""
        self._flows = {flow.name: flow for flow in flows}
        self._phrases = PhraseBook(triggers)
        self._cancels = tuple(normalise(phrase) for phrase, flow in triggers.items() if flow == Control.CANCEL)
        self._defaults = defaults
        self._openings = Openings(self._flows, triggers)

    def reply_to(self, turn: Turn) -> Reply:
        """Take one turn; the conversation is left as it should be saved."""
        return self._led(turn, self._take(turn))

    def _take(self, turn: Turn) -> Reply:
        kept = self._kept_state(turn)
        if kept and is_idle(kept, turn.now):
            return self._after_idling(turn, kept)
        walk = Walk.resume(self._flows[kept.flow], kept) if kept else None
        if walk and walk.asked[-1] not in walk.flow.asks():
            return walk.restart(turn)
        return self._on_inbound(turn, walk)

    def start(self, turn: Turn, name: str, fill: Answers) -> Reply:
        """Start a flow with what is known already."""
        return self._led(turn, Walk.begin(self._flows[name], fill).advance(turn))

    def _led(self, turn: Turn, reply: Reply) -> Reply:
        """Let the flow a reply leads to take the turn."""
        if reply.leads_to is None:
            return reply
        name, fill = reply.leads_to
        return self.start(turn, name, fill) if name in self._flows else Reply("engine/button_too_old")

    def _on_inbound(self, turn: Turn, walk: Walk | None) -> Reply:
        if turn.inbound.button:
            return self._on_button(turn, walk)
        if problem := unreadable(turn):
            return self._keeping(turn, walk, problem)
        if not turn.text:
            return self._on_wordless(turn, walk)
        if is_emergency(turn.text):
            return self._on_emergency(turn, walk)
        if self._defaults.codes and (code := code_in(turn, is_free=walk is None or walk.ask.reads is None)):
            opened = self.start(turn, self._defaults.codes, {"code": code})
            return Reply("engine/put_aside").then(opened) if walk else opened
        return self._on_quoted(turn, walk) or self._on_said(turn, walk)

    def _on_emergency(self, turn: Turn, walk: Walk | None) -> Reply:
        """Say what to call and nothing besides; what was open stays open."""
        reply = self.start(turn, self._defaults.emergency, {"question": turn.text})
        if walk:
            walk.keep(turn)
        return reply

    def _on_said(self, turn: Turn, walk: Walk | None) -> Reply:
        offer = offers.standing(turn)
        return self._follow(turn, walk, self._route(turn, walk, offer), offer)

    def _on_quoted(self, turn: Turn, walk: Walk | None) -> Reply | None:
        """Take a reply to one of our messages for what that message offered or asked, whatever is open meanwhile."""
        found = offers.quoted(turn)
        if found is None or offers.answers_open_form(turn, found[0]):
            return None
        choices = found[1].choices
        if choice := pick(turn.text, [one for one in choices if one.go], whole=True):
            return self._on_choice(turn, walk, choice)
        takers = [one for one in choices if one.words]
        if len(takers) != 1 or takers[0].go not in self._flows or self._phrases.find(turn.text) in set(Control):
            return None
        turn.conversation.open_form = None
        taken = self._put(turn, takers[0])
        return Reply("engine/put_aside").then(taken) if walk else taken

    def _put(self, turn: Turn, taker: Choice) -> Reply:
        """Start what a choice leads to, with what was said as the answer it takes."""
        try:
            return self._led(turn, Walk.begin(self._flows[taker.go], taker.fill).put(turn, taker.words))
        except InvalidAnswer as problem:
            return Reply.of(problem.template, problem.values)

    def _route(self, turn: Turn, walk: Walk | None, offer: offers.Offer | None) -> Route:
        reads_words = walk is not None and walk.ask.reads is not None
        only = self._defaults.always if walk and walk.ask.takes_anything else None
        return route(command(turn.text), offer=offer, phrases=self._phrases, reads_words=reads_words, only=only)

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
                return self._on_trigger(turn, walk, name, {})
            case Stale(shown):
                return self._show_again(turn, walk, shown)
            case OnlyDigit():
                return self._keeping(turn, walk, Reply("engine/nothing_to_choose"))
            case Spoken():
                return self._on_words(turn, walk, offer)

    def _on_words(self, turn: Turn, walk: Walk | None, offer: offers.Offer | None) -> Reply:
        if walk is None:
            return self._on_free_words(turn, offer)
        walk.take_files(turn)
        said = self._openings.without(turn, walk)
        try:
            return walk.answer(said, offer)
        except InvalidAnswer as problem:
            command = self._route(turn, None, None)
            if isinstance(command, Triggered):  # said to a question that takes any words, but is none it can read
                return self._on_trigger(turn, walk, command.flow, {})
            if said is turn and (started := self._with_answer(turn)):
                return Reply("engine/put_aside").then(started)
            if turn.library.matcher.decide(turn.text).outcome is Outcome.ANSWER:
                answer = self.start(turn, self._defaults.search, {"text": turn.text, "is_aside": True})
                return self._keeping(turn, walk, answer)
            return misread.put_again(turn, walk, problem)

    def _on_free_words(self, turn: Turn, offer: offers.Offer | None) -> Reply:
        """Search, unless they start a flow with its answer, cancel something, or the last message takes free words."""
        if started := self._with_answer(turn):
            return started
        if name := next((name for name, takes in self._defaults.listeners.items() if takes(turn)), ""):
            return self.start(turn, name, {})
        if cancelling := self._named_to_cancel(turn):
            return cancelling
        takers = [choice for choice in offer.choices if choice.words] if offer and offer.fresh else []
        if len(takers) == 1 and turn.library.matcher.decide(turn.text).outcome is not Outcome.ANSWER:
            return self._put(turn, takers[0])
        return self.start(turn, self._defaults.search, {"text": turn.text})

    def _with_answer(self, turn: Turn) -> Reply | None:
        """Start a flow by its phrase and a first answer after it, such as a name."""
        phrase, rest = self._openings.apart(turn)
        flow = self._flows.get(self._phrases.find(phrase) or "") if rest.strip() else None
        name = next((name for name, ask in flow.asks().items() if ask.inline), None) if flow else None
        if flow is None or name is None:
            return None
        try:
            return Walk.begin(flow, {}).put(replace(turn, inbound=replace(turn.inbound, text=rest)), name)
        except InvalidAnswer as problem:
            question = misread.asked_for(turn, flow, name) or self.start(turn, flow.name, {})
            return misread.with_reason(problem, flow.asks()[name], question)

    def _on_wordless(self, turn: Turn, walk: Walk | None) -> Reply:
        if walk and walk.ask.takes_files and turn.files:
            return self._on_words(turn, walk, None)
        if walk and walk.take_files(turn):
            return Reply("engine/file_added").then(walk.again(turn))
        if walk and walk.ask.reads and not turn.files:
            return self._on_words(turn, walk, None)
        takers = self._defaults.takers.items()
        taker = next((name for name, takes in takers if takes(turn)), self._defaults.wordless)
        return self._keeping(turn, walk, self.start(turn, taker, {}))

    def _on_button(self, turn: Turn, walk: Walk | None) -> Reply:
        choice = offers.pressed(turn)
        if choice and (choice.go or (walk and offers.answers_open_form(turn, offers.pressed_id(turn)))):
            return self._on_choice(turn, walk, choice)
        offer = offers.standing(turn)
        if walk or offer:
            return self._show_again(turn, walk, offer)
        return Reply("engine/button_too_old")

    def _on_choice(self, turn: Turn, walk: Walk | None, choice: Choice) -> Reply:
        if choice.go:
            return self._on_trigger(turn, walk, choice.go, choice.fill)
        if walk is None:
            return Reply("engine/button_too_old")
        return walk.choose(turn, choice)

    def _on_trigger(self, turn: Turn, walk: Walk | None, name: str, fill: Answers) -> Reply:
        if name not in self._flows:
            return self._keeping(turn, walk, Reply("engine/button_too_old"))
        if walk is None or self._is_same(walk, name, fill):
            return self.start(turn, name, fill)
        turn.conversation.open_form = None
        reply = self.start(turn, name, fill)
        if self._flows[name].asks() or turn.conversation.open_form or reply.choices:
            return Reply("engine/put_aside").then(reply)
        return self._keeping(turn, walk, reply)

    @staticmethod
    def _is_same(walk: Walk, name: str, fill: Answers) -> bool:
        """Tell whether a flow is only begun again, about the same thing."""
        return name == walk.flow.name and all(walk.answers.get(key) == value for key, value in fill.items())

    def _back(self, turn: Turn, walk: Walk | None) -> Reply:
        if walk is None:
            return self.start(turn, self._defaults.menu, {})
        return walk.back(turn) or self._cancel(turn, walk)

    def _cancel(self, turn: Turn, walk: Walk | None) -> Reply:
        turn.conversation.open_form = None
        if walk:
            return Reply("engine/cancelled")
        if self._defaults.cancelling:
            return self.start(turn, self._defaults.cancelling, {})
        return Reply("engine/nothing_to_cancel")

    def _named_to_cancel(self, turn: Turn) -> Reply | None:
        """Cancel what is named after the word for it, unless that is nothing that can be."""
        said = normalise(turn.text)
        rest = next((said.removeprefix(word) for word in self._cancels if said.startswith(word)), "")
        if not rest or not self._defaults.cancelling:
            return None
        try:
            return self.start(turn, self._defaults.cancelling, {"named": rest})
        except InvalidAnswer:
            return None

    def _show_again(self, turn: Turn, walk: Walk | None, offer: offers.Offer | None) -> Reply:
        if walk:
            return Reply("engine/choose_from").then(walk.again(turn))
        if offer is None:
            return Reply("engine/nothing_to_choose")
        question = offer.question.split("\n")[0]
        return Reply("engine/shown_again", question=question, choices=offer.choices)

    def _keeping(self, turn: Turn, walk: Walk | None, reply: Reply) -> Reply:
        """Say ``reply`` without losing the open question."""
        if walk is None:
            return reply
        return reply.then(Reply("engine/where_we_were")).then(walk.again(turn))

    def _kept_state(self, turn: Turn) -> State | None:
        kept = turn.conversation.open_form
        try:
            state = State.model_validate(kept) if kept else None
        except ValidationError:
            state = None
        if state is None or state.flow not in self._flows or not state.asked:
            turn.conversation.open_form = None
            return None
        return state

    def _after_idling(self, turn: Turn, state: State) -> Reply:
        """Offer to take up a form that was left alone to whoever seems to answer it, else go on without."""
        decision = self._route(turn, None, offers.standing(turn))
        turn.conversation.open_form = None
        ask = self._flows[state.flow].asks().get(state.asked[-1])
        if turn.inbound.button:
            is_late_answer = offers.pressed_id(turn) == state.asked_in
        elif isinstance(decision, Picked):
            is_late_answer = not decision.choice.go
        else:
            has_words = isinstance(decision, Spoken) and bool(turn.text) and ask is not None and ask.reads is not None
            is_late_answer = has_words or isinstance(decision, Stale | OnlyDigit)
        if ask and is_late_answer:
            asked = turn.text if isinstance(decision, Spoken) else ""
            return resumption(state, search=self._defaults.search, asked=asked)
        return self._on_inbound(turn, None)
