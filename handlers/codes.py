"""A code that was scanned or typed: what it opens takes the turn."""

from collections.abc import Mapping
from typing import Annotated

from bot.conversation.flow import Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import codes
from bot.domain.persons import identity
from db.models import CodePurpose

OPENS: Mapping[CodePurpose, str] = {
    CodePurpose.INVITE: "identity.accept_invite",
    CodePurpose.POSTER: "activities.show",
    CodePurpose.VENUE: "presence.check_in",
    CodePurpose.SESSION_VENUE: "study.check_in",
    CodePurpose.STATION: "stations.greet",
    CodePurpose.HOUSEHOLD: "visits.claim",
}
"""Which flow takes the turn, by what a code is for."""

_SUBJECTS: Mapping[CodePurpose, str] = {
    CodePurpose.VENUE: "activity_id",
    CodePurpose.SESSION_VENUE: "session_id",
    CodePurpose.STATION: "place_id",
    CodePurpose.HOUSEHOLD: "household_id",
}
"""What that flow is told of the code: the field that holds what it opens."""

_LONGEST = 40


class OneCode(Form):
    """A code as it was scanned or typed."""

    code: str


def any_code(turn: Turn) -> str:
    """Read a code as it was typed: whether it is one is found out when it is opened."""
    return turn.text[:_LONGEST]


class TypedCode(Form):
    """A code that somebody at a venue is asked for."""

    code: Annotated[str, Ask("codes/which", reads=any_code)]


@flow("codes.type", TypedCode)
def type_(_turn: Turn, form: TypedCode) -> Reply:
    """Ask somebody who wants to check in for the code at the venue."""
    return Reply.leading("codes.open", code=form.code)


@flow("codes.open", OneCode)
def open_(turn: Turn, form: OneCode) -> Reply:
    """Lead on to what the code opens."""
    identity.insist_on_code(turn.db, turn.address, now=turn.now)
    found = codes.find(turn.db, form.code, now=turn.now)
    if found is None:
        identity.note_try(turn.db, turn.address, now=turn.now)
        return Reply("codes/wrong")
    name = OPENS[found.purpose]
    match found.purpose:
        case CodePurpose.INVITE:
            return Reply.leading(name, code=form.code)
        case CodePurpose.POSTER:
            return Reply.leading(name, activity_id=found.subject_id, has_code=True)
        case _:
            return Reply.leading(name, **{_SUBJECTS[found.purpose]: found.subject_id})
