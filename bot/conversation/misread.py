"""What is said to words that are no answer to the question that is open, or to the one they were said along with."""

from __future__ import annotations

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Flow
from bot.conversation.forms import Walk
from bot.conversation.turn import Reply, Turn
from content.match import Outcome

_MISSED = ("engine/choose_from", "engine/say_yes_or_no")
"""What is said to words that give no reason themselves."""


def why_not(turn: Turn, problem: InvalidAnswer) -> Reply:
    """Say why words are no answer; where only the choice was missed, and they ask for something else, say that."""
    asks_else = problem.template in _MISSED and turn.library.matcher.decide(turn.text).outcome is Outcome.CANDIDATES
    return Reply("engine/asked_meanwhile") if asks_else else Reply.of(problem.template, problem.values)


def unread(turn: Turn, flow: Flow, name: str, problem: InvalidAnswer) -> Reply | None:
    """Ask for a first answer nobody could read, where the flow would go on as if nothing had been said.

    ``None`` where it asks for it by itself.
    """
    ask = flow.asks()[name]
    if ask.known is None or ask.known(turn, {}) is None:
        return None
    question = Walk.begin(flow, {}).ask_for(turn, name)
    is_said = problem.template == ask.template  # the question says it already
    return question if is_said else Reply.of(problem.template, problem.values).then(question)
