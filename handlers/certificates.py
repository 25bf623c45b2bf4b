"""Whoever is shown a certificate of service asks whether it is true."""

from typing import Annotated

from bot.conversation.flow import Ask, Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import certificates
from bot.domain.persons import identity
from handlers.reading import words


class Number(Form):
    """The number of a certificate."""

    number: Annotated[str, Ask("certificates/which_number", reads=words, takes_anything=True)]


@flow("certificates.check", Number)
def check(turn: Turn, form: Number) -> Reply:
    """Say whether a number is one of ours, and for how many hours; of the name only what the paper's can be held to.

    Wrong numbers count as wrong codes do, so that nobody finds one by trying.
    """
    if identity.guesses_too_often(turn.db, turn.address, now=turn.now):
        return Reply("certificates/tried_too_often")
    found = certificates.checked(turn.db, form.number)
    if found is None:
        identity.note_try(turn.db, turn.address, now=turn.now)
        return Reply("certificates/not_genuine")
    return Reply(
        "certificates/genuine",
        name=f"{found.name[:1]}**",
        hours=f"{found.minutes / 60:.1f}".removesuffix(".0"),
        title=found.title,
        year=found.last_on.year,
        issuer=found.issuer,
    )
