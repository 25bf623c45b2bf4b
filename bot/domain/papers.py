"""Papers: files Hongyan makes itself, ordered within a turn and made afterwards by the press (:mod:`bot.papers`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, codes, paper_links
from bot.domain.agenda import Item
from bot.domain.files import PRESS
from bot.domain.house import house_of
from bot.domain.messages import Attachment, Message
from bot.domain.outgoing.outbox import Parcel
from bot.domain.persons import people
from db.models import CodePurpose, FileKind, FileState, StoredFile
from db.sql import ring

ORDERED = "papers"
"""What is rung when a paper was ordered."""

FORGOTTEN = "papers.forget"
"""The duty that lets a paper with personal data go."""

KEPT = timedelta(days=1)
"""How long a paper with personal data is kept."""

_LONGEST_SUBJECT = 180
_FOR = "@"
"""Before whom a sheet is for: it says so in itself."""

_PDF = "application/pdf"
_PNG = "image/png"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PaperKind(StrEnum):
    """What a paper is; its subject is named by ids, behind what stands here.

    Those that end in ``_PDF`` are the same paper to be printed.
    """

    POSTER = "poster"  # activity id
    POSTER_PDF = "poster_pdf"
    VENUE = "venue"  # activity id: the code people check in by
    VENUE_PDF = "venue_pdf"
    SESSION_VENUE = "session_venue"  # session id: the same
    SESSION_VENUE_PDF = "session_venue_pdf"
    CERTIFICATE = "certificate"  # service record id, or "person id/year"
    CERTIFICATE_PDF = "certificate_pdf"
    CARD = "card"  # the large-type text's id, and which page of it: "text id/1"
    CALENDAR = "calendar"  # session id
    ATTENDANCE_SHEET = "attendance_sheet"  # session id
    SERVICE_SHEET = "service_sheet"  # "unit id/first day/last day"
    ROSTER_ERRORS = "roster_errors"  # "roster file id/person id"
    ROSTER = "roster"  # unit ids, with commas
    CALL_LIST = "call_list"  # session id
    HANDOVER = "handover"  # handover id
    REPORT = "report"  # "unit id/period", such as "4/week.2026-11-16": the picture
    REPORT_SHEET = "report_sheet"  # the same, as a sheet
    BROADCAST_CALLS = "broadcast_calls"  # broadcast id
    STATION = "station"  # place id
    STATION_PDF = "station_pdf"
    MATTER_SHEET = "matter_sheet"  # "unit id/period": important matters of a month
    INVITE = "invite"  # person id: the code that binds them


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind of paper goes out, and whether it holds names with phones or the like."""

    shown_as: Literal["photo", "document"]
    media_type: str
    is_personal: bool = False


FORMS: Mapping[PaperKind, Form] = {
    PaperKind.POSTER: Form("photo", _PNG),
    PaperKind.POSTER_PDF: Form("document", _PDF),
    PaperKind.VENUE: Form("photo", _PNG),
    PaperKind.VENUE_PDF: Form("document", _PDF),
    PaperKind.SESSION_VENUE: Form("photo", _PNG),
    PaperKind.SESSION_VENUE_PDF: Form("document", _PDF),
    PaperKind.CERTIFICATE: Form("photo", _PNG),
    PaperKind.CERTIFICATE_PDF: Form("document", _PDF),
    PaperKind.CARD: Form("photo", _PNG),
    PaperKind.CALENDAR: Form("document", "text/calendar"),
    PaperKind.ATTENDANCE_SHEET: Form("document", _EXCEL, is_personal=True),
    PaperKind.SERVICE_SHEET: Form("document", _EXCEL, is_personal=True),
    PaperKind.ROSTER_ERRORS: Form("document", _EXCEL, is_personal=True),
    PaperKind.ROSTER: Form("document", _EXCEL, is_personal=True),
    PaperKind.CALL_LIST: Form("document", _EXCEL, is_personal=True),
    PaperKind.HANDOVER: Form("document", _EXCEL, is_personal=True),
    PaperKind.REPORT: Form("photo", _PNG),
    PaperKind.REPORT_SHEET: Form("document", _EXCEL),
    PaperKind.BROADCAST_CALLS: Form("document", _EXCEL, is_personal=True),
    PaperKind.MATTER_SHEET: Form("document", _EXCEL),
    PaperKind.STATION: Form("photo", _PNG),
    PaperKind.STATION_PDF: Form("document", _PDF),
    PaperKind.INVITE: Form("photo", _PNG, is_personal=True),
}

_CODES: Mapping[PaperKind, CodePurpose] = {
    PaperKind.POSTER: CodePurpose.POSTER,
    PaperKind.POSTER_PDF: CodePurpose.POSTER,
    PaperKind.VENUE: CodePurpose.VENUE,
    PaperKind.VENUE_PDF: CodePurpose.VENUE,
    PaperKind.SESSION_VENUE: CodePurpose.SESSION_VENUE,
    PaperKind.SESSION_VENUE_PDF: CodePurpose.SESSION_VENUE,
    PaperKind.STATION: CodePurpose.STATION,
    PaperKind.STATION_PDF: CodePurpose.STATION,
    PaperKind.INVITE: CodePurpose.INVITE,
}


def order(db: Session, kind: PaperKind, subject: str, *, name: str, to: int | None, now: datetime) -> Attachment:
    """Order a paper for somebody (a person id) and return it as what goes along with a message.

    The message waits until the paper is made; one that cannot be made is left out, and the message says so. ``name``
    is what the file is called, with its ending. The codes a poster shows are made here if there are none yet.
    """
    if not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise ValueError("a paper is about something that is named by its ids")
    form = FORMS[kind]
    if form.is_personal and to is None:
        raise ValueError("a paper with personal data is for somebody")
    if kind in _CODES and codes.standing(db, _CODES[kind], int(subject), now=now) is None:
        codes.make(db, _CODES[kind], int(subject), now=now, by=to)
    row = StoredFile(
        kind=FileKind(form.shown_as),
        state=FileState.WAITING,
        channel=PRESS,
        account=PRESS,
        remote_id=f"{kind}:{subject}{_FOR}{to}" if form.media_type == _EXCEL and to else f"{kind}:{subject}",
        name=name[:120],
        media_type=form.media_type,
        person_id=to,
        next_at=now,
        created_at=now,
    )
    db.add(row)
    db.flush()
    ring(db, ORDERED)
    if form.is_personal:
        agenda.plan(db, f"paper:{row.id}", FORGOTTEN, due_at=now + KEPT, file_id=row.id)
    return Attachment(kind=form.shown_as, file_id=row.id or 0, name=row.name)


def code_of(kind: PaperKind) -> CodePurpose | None:
    """Return for what the code is that a kind of paper shows, if it shows one."""
    return _CODES.get(kind)


def forget(db: Session, item: Item, now: datetime) -> None:
    """Let go of the bytes of a paper with personal data: whoever wanted it has it, or orders it again.

    Nothing else has the same bytes a day later: such a file says in itself when it was written.
    """
    del now
    row = db.get(StoredFile, item.payload["file_id"])
    if row is None:
        return
    if row.digest:
        house_of(db).store.path(row.digest).unlink(missing_ok=True)
    row.state = FileState.LOST
    row.digest = ""
    db.add(row)


def kind_of(remote_id: str) -> PaperKind:
    """Return what kind of paper an order is for."""
    return PaperKind(remote_id.partition(":")[0])


def ordered(remote_id: str) -> tuple[str, int | None]:
    """Return what an order is about, and for whom (a person id) where the paper has to say so."""
    subject, _, to = remote_id.partition(":")[2].partition(_FOR)
    return subject, int(to) if to else None


def is_personal(row: StoredFile) -> bool:
    """Tell whether a file we made holds personal data; one of no kind does, such as all that is kept of somebody."""
    return not row.remote_id or FORMS[kind_of(row.remote_id)].is_personal


def complete(db: Session, parcel: Parcel, *, carries_personal_data: bool, now: datetime) -> Message | None:
    """Return a parcel's message as it may go: ``None`` while a paper of it is being made.

    It goes without papers that were lost. One with personal data goes to nobody but whom it was ordered for, in a chat
    of their own; where the channel carries none of that, a link and a code go instead.
    """
    message = parcel.message
    wanted = [one.file_id for one in message.attachments]
    ordered = select(StoredFile).where(col(StoredFile.id).in_(wanted), col(StoredFile.channel) == PRESS)
    rows = {row.id: row for row in db.execute(ordered).scalars()}
    if any(row.state is FileState.WAITING for row in rows.values()):
        return None
    gate = _Gate(db, parcel, carries_personal_data=carries_personal_data, now=now)
    kept, said = list[Attachment](), [message.text]
    for one in message.attachments:
        words = gate.instead_of(rows[one.file_id]) if one.file_id in rows else ""
        if words:
            said.append(words)
        else:
            kept.append(one)
    return message.model_copy(update={"attachments": tuple(kept), "text": "\n".join(said)})


@dataclass(frozen=True, slots=True)
class _Gate:
    """Decides about the papers of one parcel."""

    db: Session
    parcel: Parcel
    carries_personal_data: bool
    now: datetime

    def instead_of(self, row: StoredFile) -> str:
        """Return what is said instead of a paper, nothing when it goes along."""
        house = house_of(self.db)
        if row.state is FileState.LOST:
            return house.renderer.render("papers/not_made", {})
        if not is_personal(row):
            return ""
        if row.person_id is None or row.person_id != people.person_at(self.db, self.parcel.target):
            return house.renderer.render("papers/not_here", {"name": row.name})
        if self.carries_personal_data:
            return ""
        if not house.public_url:
            return house.renderer.render("papers/no_link", {"name": row.name})
        token, code = paper_links.link_for(
            self.db, row.id or 0, person_id=row.person_id, outbox_id=self.parcel.id, now=self.now
        )
        link = f"{house.public_url}/papers/{token}"
        return house.renderer.render("papers/link", {"name": row.name, "link": link, "code": code})
