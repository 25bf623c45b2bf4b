"""Every table of Hongyan, one module an area; importing this package registers them all."""

from db.models.audit import AuditLine
from db.models.cases import Case, CaseKind, CaseState, Question
from db.models.conversation import Conversation, InboxRecord, InboxState
from db.models.entries import EntryRecord, EntryRevision, Origin, Version
from db.models.files import WAITING, FileKind, FileState, StoredFile
from db.models.organisation import Unit, UnitKind
from db.models.outbox import OFFERS, ChatPace, OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority, Sender
from db.models.people import Address, Grant, Person, Role
from db.models.webchat import WebMessage, WebVisitor

__all__ = [
    "OFFERS",
    "WAITING",
    "Address",
    "AuditLine",
    "Case",
    "CaseKind",
    "CaseState",
    "ChatPace",
    "Conversation",
    "EntryRecord",
    "EntryRevision",
    "FileKind",
    "FileState",
    "Grant",
    "InboxRecord",
    "InboxState",
    "Origin",
    "OutboxBody",
    "OutboxKind",
    "OutboxRow",
    "OutboxState",
    "Person",
    "Priority",
    "Question",
    "Role",
    "Sender",
    "StoredFile",
    "Unit",
    "UnitKind",
    "Version",
    "WebMessage",
    "WebVisitor",
]
