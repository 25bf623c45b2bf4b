"""A flow is a typed form plus a finish function; the fields are the steps and their types the validators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice

F = TypeVar("F", bound="Form")
Answers = dict[str, Any]
Reader = Callable[[Turn], Any]


class Form(BaseModel):
    """What a flow needs to know before it can finish."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Ask:
    """How one field is asked.

    ``template`` is the question and ``show`` gives its variables; ``offer`` lists what may be picked; ``known`` may
    answer without asking; ``reads`` turns free words into the value (raising ``InvalidAnswer``); with
    ``takes_anything`` any words are an answer, so that only what always works interrupts the question. ``inline``: what
    is said after the phrase that starts the flow, and a blank, is the answer; ``glued`` tells whether what follows is
    one without a blank. ``takes_files``: a file alone is an answer, where the form has a place for it.
    """

    template: str
    show: Callable[[Turn, Answers], Mapping[str, object]] | None = None
    offer: Callable[[Turn, Answers], Sequence[Choice]] | None = None
    known: Callable[[Turn, Answers], Any | None] | None = None
    reads: Reader | None = None
    takes_anything: bool = False
    inline: bool = False
    glued: Callable[[Turn, str], bool] | None = None
    takes_files: bool = False

    def question(self, turn: Turn, answers: Answers) -> Reply:
        """Put the question, with what may be picked."""
        choices = tuple(self.offer(turn, answers)) if self.offer else ()
        return Reply.of(self.template, self.show(turn, answers) if self.show else {}, choices)


@dataclass(frozen=True, slots=True)
class Flow:
    """Something a person can do. Without a form it is a single step."""

    name: str
    form: type[Form]
    finish: Callable[[Turn, Any], Reply]

    def asks(self) -> dict[str, Ask]:
        """Return the steps in order; a field without ``Ask`` is only ever filled by whoever starts the flow."""
        found: dict[str, Ask] = {}
        for name, info in self.form.model_fields.items():
            ask = next((one for one in info.metadata if isinstance(one, Ask)), None)
            if ask is not None:
                found[name] = ask
        return found

    def filled(self, answers: Answers) -> Form | None:
        """Return the finished form, or ``None`` when saved answers no longer fit it."""
        try:
            return self.form.model_validate(answers)
        except ValidationError:
            return None


class State(BaseModel):
    """An open form as it is kept between turns: plain data.

    ``fill`` is what it was started with, ``asked`` the fields asked so far, the open one last, and ``asked_in`` the
    message that put the open question.
    """

    flow: str
    fill: Answers = {}
    answers: Answers = {}
    asked: list[str] = []
    asked_in: int = 0
    kept_at: datetime


def flow(name: str, form: type[F] = Form) -> Callable[[Callable[[Turn, F], Reply]], Flow]:
    """Make a flow of its finish function."""

    def declare(finish: Callable[[Turn, F], Reply]) -> Flow:
        return Flow(name, form, finish)

    return declare
