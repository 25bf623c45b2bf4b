"""What people are told of a session: to whom it goes beside themselves, what it shows and what may be answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import notices
from bot.domain.house import house_of
from bot.domain.messages import Attachment, Choice
from bot.domain.persons import proxies
from content.words import label
from db.models import OutboxKind, Person, StudySession


def choices(session: StudySession, person_id: int) -> tuple[Choice, ...]:
    """Return what somebody may answer; a choice knows which version of the session it was offered for."""
    fill = {"session_id": session.id, "person_id": person_id, "sequence": session.sequence}
    return (
        Choice(label=label("study_coming"), go="study.coming", fill=fill),
        Choice(label=label("study_leave"), go="study.leave", fill=fill),
        Choice(label=label("study_materials"), go="study.materials", fill=fill),
    )


def shown(session: StudySession) -> dict[str, Any]:
    """Return what every message about a session shows: what, when and where."""
    return {"title": session.title, "starts_at": session.starts_at, "place": session.place}


def tell(
    db: Session,
    template: str,
    values: Mapping[str, Any],
    *,
    about: int,
    cause: str,
    now: datetime,
    kind: OutboxKind = OutboxKind.NOTICE,
    choices: tuple[Choice, ...] = (),
    attachments: tuple[Attachment, ...] = (),
) -> int:
    """Tell somebody (``about``) and whoever may answer for them; return how many were reached.

    ``cause`` need not name the person. Whoever acts for them reads in ``whom`` about whom it is.
    """
    whom = db.get_one(Person, about).name
    told = [(about, ""), *((proxy.agent_id, whom) for proxy in proxies.agents_of(db, about))]
    return sum(
        notices.tell(
            db,
            template,
            to=person_id,
            cause=f"{cause}:{about}",
            now=now,
            kind=kind,
            choices=choices,
            attachments=attachments,
            whom=name,
            **values,
        )
        for person_id, name in told
    )


def card(db: Session, session: StudySession) -> str:
    """Return what, when and where, a line each, for a card in large type."""
    return house_of(db).renderer.render("study/on_card", {**shown(session), "details": session.details})


def line(db: Session, session: StudySession, whom: str = "") -> str:
    """Return a session on one line, for a list to pick from; ``whom`` is somebody it is about."""
    shown_in_line = {"title": session.title, "starts_at": session.starts_at, "whom": whom}
    return house_of(db).renderer.render("study/line", shown_in_line)
