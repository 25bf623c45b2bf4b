"""Two rows of one person become one: everything that is owned by the one who talks goes to the one on the roster.

Every column that refers to a person stands in one of the lists here (a test holds them to it), and each list says what
becomes of two rows that cannot both stay. The row that is given up stays behind, empty: nothing that was written at
the same moment loses its reference.
"""

from sqlalchemy import Column, Table, and_, delete, exists, select, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.domain import unasked
from bot.domain.broadcasts import states
from bot.domain.doubles import (
    better_attendance,
    better_check_in,
    better_recipient,
    better_record,
    better_signup,
    one_count,
    one_member,
    one_proxy,
)
from bot.domain.persons import people
from db.claims import table_of
from db.models import (
    Activity,
    Address,
    AliasSuggestion,
    AliasVote,
    AnswerTold,
    Attendance,
    AuditLine,
    BindingTry,
    Broadcast,
    CallItem,
    CardText,
    Case,
    CheckIn,
    Code,
    Consent,
    ConsoleKey,
    ConsoleStay,
    ContactCard,
    Course,
    DigestItem,
    Dispute,
    Enrolment,
    EntryDraft,
    EntryRevision,
    Grant,
    GridLine,
    GridReport,
    GridReporter,
    Handover,
    Household,
    HouseholdImport,
    Material,
    Matter,
    MatterFollower,
    MatterStep,
    Member,
    PaperLink,
    Person,
    Petition,
    Place,
    Pledge,
    PledgeAppraisal,
    PledgeLine,
    PointsEntry,
    PointsObjection,
    Proxy,
    Recipient,
    ReportOptOut,
    ReportTemplate,
    Resident,
    RosterChange,
    RosterImport,
    Series,
    ServiceCorrection,
    ServiceRecord,
    Signup,
    StarRating,
    StarSheet,
    StoredFile,
    StudySession,
    Swap,
    TopicHolder,
    UnaskedCount,
    Visit,
)

SPECIAL = (
    (Signup, "person_id", better_signup),
    (Attendance, "person_id", better_attendance),
    (CheckIn, "person_id", better_check_in),
    (ServiceRecord, "person_id", better_record),
    (UnaskedCount, "person_id", one_count),
    (Member, "person_id", one_member),
    (Recipient, "person_id", better_recipient),
    (Proxy, "principal_id", one_proxy),
    (Proxy, "agent_id", one_proxy),
)
"""Owned once for each something, where the better of two rows is kept: the rule that sees to it before they move."""

ONCE: tuple[tuple[type[SQLModel], str, tuple[str, ...]], ...] = (
    (Consent, "person_id", ("version",)),
    (Grant, "person_id", ("role", "unit_id")),
    (Enrolment, "person_id", ("course_id",)),
    (PointsEntry, "person_id", ("rule", "evidence")),
    (DigestItem, "person_id", ("cause",)),
    (CallItem, "person_id", ("session_id",)),
    (CallItem, "person_id", ("activity_id",)),
    (ReportOptOut, "person_id", ()),
    (AliasVote, "person_id", ("suggestion_id",)),
    (AnswerTold, "person_id", ("entry_id",)),
    (GridReporter, "person_id", ("report_id",)),
    (MatterFollower, "person_id", ("matter_id",)),
    (ContactCard, "person_id", ()),
    (Resident, "person_id", ()),
    (StarRating, "person_id", ("sheet_id",)),
)
"""Owned once for each something, where either row will do: that of the roster's person stays."""

FREE: tuple[tuple[type[SQLModel], str], ...] = (
    (Address, "person_id"),
    (AuditLine, "actor_id"),
    (BindingTry, "person_id"),
    (BindingTry, "found_id"),
    (CardText, "person_id"),
    (Case, "asker_id"),
    (ConsoleKey, "person_id"),
    (ConsoleStay, "person_id"),
    (Dispute, "person_id"),
    (GridReport, "opener_id"),
    (Household, "contact_id"),
    (HouseholdImport, "actor_id"),
    (PaperLink, "person_id"),
    (Petition, "person_id"),
    (Pledge, "holder_id"),
    (PointsObjection, "person_id"),
    (Recipient, "for_id"),
    (RosterChange, "person_id"),
    (RosterImport, "actor_id"),
    (StoredFile, "person_id"),
    (TopicHolder, "person_id"),
    (Visit, "visitor_id"),
)
"""Owned as often as one likes."""

ACTED: tuple[tuple[type[SQLModel], str], ...] = (
    (Activity, "created_by"),
    (AliasSuggestion, "decided_by"),
    (Attendance, "by_id"),
    (Attendance, "decided_by"),
    (Attendance, "marked_by"),
    (Broadcast, "author_id"),
    (Broadcast, "decided_by"),
    (CallItem, "called_by"),
    (Case, "answered_by"),
    (Case, "holder_id"),
    (CheckIn, "by_id"),
    (Code, "made_by"),
    (Code, "used_by"),
    (Course, "created_by"),
    (Dispute, "decided_by"),
    (EntryDraft, "author_id"),
    (EntryDraft, "decided_by"),
    (EntryRevision, "author_id"),
    (GridLine, "actor_id"),
    (GridReport, "holder_id"),
    (Handover, "by_id"),
    (Handover, "from_id"),
    (Handover, "to_id"),
    (Handover, "undone_by"),
    (Material, "added_by"),
    (Matter, "created_by"),
    (Matter, "holder_id"),
    (MatterStep, "by_id"),
    (MatterStep, "ended_by"),
    (Member, "confirmed_by"),
    (Petition, "decided_by"),
    (Place, "created_by"),
    (PledgeAppraisal, "by_id"),
    (PledgeLine, "actor_id"),
    (PointsObjection, "decided_by"),
    (Proxy, "confirmed_by"),
    (ReportTemplate, "added_by"),
    (Recipient, "called_by"),
    (Series, "created_by"),
    (ServiceCorrection, "by_id"),
    (ServiceRecord, "confirmed_by"),
    (Signup, "by_id"),
    (StarSheet, "decided_by"),
    (StarSheet, "made_by"),
    (StudySession, "created_by"),
    (Swap, "taken_by"),
    (TopicHolder, "set_by"),
)
"""What was done for others. It is looked for only when somebody ever acted, which few ever did."""


def merge(db: Session, gone: Person, into: Person) -> None:
    """Give everything of ``gone`` to ``into``; ``gone`` stays behind without a name, a phone or anything else."""
    if gone.id == into.id:
        return
    db.flush()
    states.hold_those_of(db, _id(gone))
    both = select(Person).where(table_of(Person).c.id.in_((gone.id, into.id)))
    db.execute(both.order_by(table_of(Person).c.id).with_for_update())
    acted = ACTED if has_acted(db, gone) else ()
    for model, column, keep_better in SPECIAL:
        keep_better(db, _id(gone), _id(into))
        _move(db, table_of(model).c[column], gone, into)
    for model, column, key in ONCE:
        _drop_doubles(db, table_of(model), column, key, gone, into)
    for model, column in {(model, column) for model, column, _ in ONCE}:
        _move(db, table_of(model).c[column], gone, into)
    for model, column in (*FREE, *acted):
        _move(db, table_of(model).c[column], gone, into)
    unasked.pass_on(db, _id(gone), _id(into))
    _fill_in(gone, into)
    db.add_all((gone, into))
    db.flush()
    db.expire_all()


def _fill_in(gone: Person, into: Person) -> None:
    """Keep what only the one who talked had told, and leave nothing of it behind."""
    if not into.mobile_sealed:
        into.mobile_sealed, into.mobile_blind = gone.mobile_sealed, gone.mobile_blind
        into.last_four_blind = gone.last_four_blind
    if not into.name:
        into.name, into.name_key = gone.name, gone.name_key
    into.unit_id = into.unit_id or gone.unit_id
    people.forget_who(gone)


def has_acted(db: Session, person: Person) -> bool:
    """Tell whether somebody may ever have done something for others: with a role, as a proxy, or in another way."""
    marks = (table_of(Grant).c.person_id, table_of(Proxy).c.agent_id, table_of(AuditLine).c.actor_id)
    return any(db.execute(select(column).where(column == person.id).limit(1)).first() for column in marks)


def _drop_doubles(db: Session, table: Table, column: str, key: tuple[str, ...], gone: Person, into: Person) -> None:
    theirs = table.alias()
    same = and_(theirs.c[column] == into.id, *(theirs.c[name] == table.c[name] for name in key))
    db.execute(delete(table).where(table.c[column] == gone.id, exists().where(same)))


def _move(db: Session, column: Column[int], gone: Person, into: Person) -> None:
    db.execute(update(column.table).where(column == gone.id).values({column.name: into.id}))  # pyright: ignore[reportArgumentType]  # a column of a table


def _id(person: Person) -> int:
    if person.id is None:
        raise ValueError("not in the database yet")
    return person.id
