"""What is said to words that are no answer to the question that is open, or to the one they were said along with."""

from __future__ import annotations

from bot.conversation.answers import InvalidAnswer
from bot.conversation.flow import Ask, Flow
from bot.conversation.forms import Walk
from bot.conversation.turn import Reply, Turn
from content.match import Outcome
from content.words import label

_CHOICE = "engine/choose_from"
_YES_OR_NO = "engine/say_yes_or_no"
_MISSED = (_CHOICE, _YES_OR_NO)
"""What is said to words that give no reason themselves."""


def put_again(turn: Turn, walk: Walk, problem: InvalidAnswer) -> Reply:
    """Say why words are no answer, and put the question again; where they ask for something else, say that."""
    asks_else = problem.template in _MISSED and turn.library.matcher.decide(turn.text).outcome is Outcome.CANDIDATES
    if asks_else:
        return Reply("engine/asked_meanwhile").then(walk.again(turn))
    question = walk.again(turn)
    offered = [one.label for one in question.choices]
    if problem.template == _YES_OR_NO and offered and label("yes") not in offered:
        return Reply(_CHOICE).then(question)
    if problem.template == _CHOICE and not offered:
        return question
    return with_reason(problem, walk.ask, question)


def with_reason(problem: InvalidAnswer, ask: Ask, question: Reply) -> Reply:
    """Say why words were no answer before a question, unless the question says it already."""
    if problem.template == ask.template:
        return question
    return Reply.of(problem.template, problem.values).then(question)


def asked_for(turn: Turn, flow: Flow, name: str) -> Reply | None:
    """Ask for a first answer nobody could read, where the flow would go on as if nothing had been said.

    ``None`` where it asks for it by itself.
    """
    ask = flow.asks()[name]
    if ask.known is None or ask.known(turn, {}) is None:
        return None
    return Walk.begin(flow, {}).ask_for(turn, name)
