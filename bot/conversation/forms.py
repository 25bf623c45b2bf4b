"""Walking through a form: ask what is not known, take an answer, go back a step, finish."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.answers import InvalidAnswer, digit, pick
from bot.conversation.flow import Answers, Ask, Flow, State
from bot.conversation.offers import Offer
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice, numbered
from content.words import label

IDLE = timedelta(minutes=30)
"""After this long without an answer an open form is put away; it can be taken up again."""


@dataclass(slots=True)
class Walk:
    """One flow being filled in: its flow, what is known and what was asked."""

    flow: Flow
    fill: Answers = field(default_factory=dict[str, Any])
    answers: Answers = field(default_factory=dict[str, Any])
    asked: list[str] = field(default_factory=list[str])

    @classmethod
    def begin(cls, flow: Flow, fill: Answers) -> Walk:
        """Begin a flow with what is known already."""
        return cls(flow, dict(fill), dict(fill))

    @classmethod
    def resume(cls, flow: Flow, state: State) -> Walk:
        """Take up a form where it was left."""
        return cls(flow, state.fill, state.answers, state.asked)

    @property
    def ask(self) -> Ask:
        """How the open field is asked."""
        return self.flow.asks()[self.asked[-1]]

    def advance(self, turn: Turn) -> Reply:
        """Ask the next unknown field, or finish; leaves the conversation's open form as it should be."""
        for name, ask in self.flow.asks().items():
            if name in self.answers:
                continue
            known = ask.known(turn, self.answers) if ask.known else None
            if known is None:
                self.asked.append(name)
                self.keep(turn)
                return ask.question(turn, self.answers)
            self.answers[name] = known
        return self._finish(turn)

    def take_files(self, turn: Turn) -> bool:
        """Add what was sent along to a form that has a place for it; tell whether it has."""
        if not turn.files or "files" not in self.flow.form.model_fields:
            return False
        self.answers["files"] = [*self.answers.get("files", ()), *turn.files]
        return True

    def put(self, turn: Turn, name: str) -> Reply:
        """Take what was said as the answer to a field nobody has asked for yet; whoever may not be asked is refused."""
        known = self.flow.asks()[name].known
        if known:
            known(turn, self.answers)
        self.asked.append(name)
        return self.answer(turn, None)

    def answer(self, turn: Turn, offer: Offer | None) -> Reply:
        """Take what was said as the answer; raise :class:`InvalidAnswer` when it is none."""
        value = self._read(turn, offer)
        self.answers[self.asked[-1]] = value
        return self.advance(turn)

    def choose(self, turn: Turn, choice: Choice) -> Reply:
        """Take a picked choice as the answer."""
        self.answers[self.asked[-1]] = choice.fill.get("value")
        return self.advance(turn)

    def again(self, turn: Turn) -> Reply:
        """Put the open question once more."""
        self.keep(turn)
        return self.ask.question(turn, self.answers)

    def ask_for(self, turn: Turn, name: str) -> Reply:
        """Put the question of a field, also where it would be known without asking."""
        self.asked.append(name)
        return self.again(turn)

    def keep(self, turn: Turn) -> None:
        """Leave the form open as it stands."""
        state = State(flow=self.flow.name, fill=self.fill, answers=self.answers, asked=self.asked, kept_at=turn.now)
        turn.conversation.open_form = state.model_dump(mode="json")

    def back(self, turn: Turn) -> Reply | None:
        """Ask the question before this one again, with all that followed from it; ``None`` at the first."""
        if len(self.asked) < 2:  # noqa: PLR2004  # this question and one before it
            return None
        steps = list(self.flow.asks())
        followed = set(steps[steps.index(self.asked[-2]) :]) - self.fill.keys()
        for name in followed.union(self.asked[-2:]):
            self.answers.pop(name, None)
        del self.asked[-2:]
        return self.advance(turn)

    def restart(self, turn: Turn) -> Reply:
        """Begin again, politely: what was saved no longer fits the form."""
        return Reply("engine/restarted").then(Walk.begin(self.flow, self.fill).advance(turn))

    def _read(self, turn: Turn, offer: Offer | None) -> Any:  # noqa: ANN401  # whatever the field holds
        ask = self.ask
        if ask.offer:
            if offer and not offer.fresh and digit(turn.text):
                raise InvalidAnswer("engine/choose_from")
            choices = offer.choices if offer and offer.fresh else numbered(tuple(ask.offer(turn, self.answers)))
            choice = pick(turn.text, [one for one in choices if not one.go])
            if choice:
                return choice.fill.get("value")
        if ask.reads:
            return ask.reads(turn)
        raise InvalidAnswer("engine/choose_from")

    def _finish(self, turn: Turn) -> Reply:
        turn.conversation.open_form = None
        form = self.flow.filled(self.answers)
        if form is None and self.asked:
            return self.restart(turn)
        if form is None:
            return Reply("engine/button_too_old")
        return self.flow.finish(turn, form)


def is_idle(state: State, now: datetime) -> bool:
    """Tell whether a form has been left alone for too long."""
    return now - state.kept_at > IDLE


def resumption(state: State, *, search: str, asked: str) -> Reply:
    """Offer to take a form up again, or to search for the words that seemed to answer it."""
    resume = Choice(label=label("resume"), go=state.flow, fill=state.answers)
    ask_instead = Choice(label=label("ask_instead"), go=search, fill={"text": asked})
    return Reply("engine/form_expired", choices=(resume, ask_instead) if asked else (resume,))
