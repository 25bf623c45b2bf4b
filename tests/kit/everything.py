"""One of everything the console shows, of one village; and every address it can be asked by."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from content.loader import load_entries
from db.claims import table_of
from db.models import (
    Activity,
    Address,
    Attendance,
    Broadcast,
    CallItem,
    Case,
    Dispute,
    DisputeState,
    DraftState,
    EntryDraft,
    Matter,
    MatterState,
    MatterStep,
    OccasionState,
    Petition,
    Pledge,
    PledgeState,
    PointsObjection,
    RosterImport,
    ServiceRecord,
    StarRating,
    StarSheet,
    StarState,
    StudySession,
    Unit,
)
from tests.kit.any_row import put
from tests.kit.console import Desk
from tests.kit.databases import HOUSE
from tests.kit.households import household
from tests.kit.talk import MORNING, Talk

DOORS = {"/admin/login", "/admin/wait", "/admin/in/{token}", "/admin/{rest:path}"}
"""Addresses that are there for whoever is not in."""

ENTRY = "shiwan.red_station"


@dataclass(frozen=True)
class Theirs:
    """What belongs to another village: a number for each part of an address, and what forms would need."""

    numbers: dict[str, int | str]
    fields: dict[str, str]


def found(db: Session, desk: Desk, deep: Talk, member: int, words: str = "别村的事") -> Theirs:
    """Put one of everything into 深村, called by these words, and return the numbers."""
    unit_id, by = desk.units["深村"], deep.record(db).id
    address = db.execute(select(col(Address.id)).where(col(Address.person_id) == by)).scalars().first()
    body = next(one for one in load_entries() if one.id == ENTRY).model_dump(mode="json") | {"title": words[:40]}
    in_force = {"unit_id": unit_id, "state": OccasionState.PUBLISHED, "starts_at": MORNING, "ends_at": MORNING}
    in_force |= {"title": words, "place": words}
    activity = put(db, table_of(Activity), created_by=by, **in_force)["id"]
    session = put(db, table_of(StudySession), created_by=by, **in_force)["id"]
    record = put(db, table_of(ServiceRecord), activity_id=activity, person_id=member)["id"]
    dispute = {"record_id": record, "person_id": member, "state": DisputeState.OPEN, "words": words}
    asked = {"unit_id": unit_id, "asker_id": member, "address_id": address, "question": words}
    sent = {"author_id": by, "text": words, "audience_words": words, "audience": {"units": [unit_id]}}
    draft = {"author_id": by, "unit_id": unit_id, "body": body, "entry_id": ENTRY, "state": DraftState.WAITING}
    sheet = put(db, table_of(StarSheet), unit_id=unit_id, state=StarState.DECIDED, made_by=by, decided_by=by)["id"]
    rating = put(db, table_of(StarRating), sheet_id=sheet, person_id=member, stars=3, drafted=3, marks={})["id"]
    public = {"state": PledgeState.PUBLISHED, "published_at": MORNING}
    sealed = HOUSE.keys.seal(json.dumps({"name": words}))
    home = household(db, db.get_one(Unit, unit_id), f"深一巷1号{words}"[:60], words[:30], mobile="13800002299")
    petition = {"person_id": member, "address_id": address, "unit_id": unit_id, "sealed": sealed}
    matter = put(db, table_of(Matter), unit_id=unit_id, title=words[:40], state=MatterState.ONGOING)["id"]
    line = {"matter_id": matter, "step": "proposed", "words": words, "files": [1], "days": 0}
    numbers: dict[str, int | str] = {
        "matter_id": matter,
        "case_id": put(db, table_of(Case), **asked)["id"],
        "report_id": 1,
        "file_id": 1,
        "draft_id": put(db, table_of(EntryDraft), **draft)["id"],
        "petition_id": put(db, table_of(Petition), **petition)["id"],
        "pledge_id": put(db, table_of(Pledge), unit_id=unit_id, holder_id=by, words=words[:100], **public)["id"],
        "person_id": member,
        "activity_id": activity,
        "session_id": session,
        "dispute_id": put(db, table_of(Dispute), **dispute)["id"],
        "sheet_id": sheet,
        "objection_id": put(db, table_of(PointsObjection), person_id=member, state=DisputeState.OPEN, words=words)[
            "id"
        ],
        "broadcast_id": put(db, table_of(Broadcast), unit_id=unit_id, **sent)["id"],
        "entry_id": ENTRY,
        "household_id": home.id or 0,
    }
    fields = {
        "unit_id": str(unit_id),
        "to_unit": str(unit_id),
        "other_id": "1",
        "part_id": str(put(db, table_of(Attendance), session_id=session, person_id=member)["id"]),
        "item_id": str(put(db, table_of(CallItem), session_id=session, person_id=member)["id"]),
        "line_id": str(put(db, table_of(MatterStep), **line)["id"]),
        "held_on": "2026-11-20",
        "step": "discussed",
        "amount": "400万元",
        **dict.fromkeys(("expected", "present", "agreed", "days"), "3"),
        "import_id": str(put(db, table_of(RosterImport), actor_id=by)["id"]),
        "contact": "何深",
        "holder": "别村的事",
        "sure": "yes",
        "stay_id": "1",
        "where": "other",
        "suggestion_id": "1",
        "letter_id": "1",
        "audience": "深一支部",
        "scope": "深村",
        "category": "lamp",
        "kind": "party_day",
        "starts_at": "2026-12-01 19:30到21:00",
        "points": "3",
        "stars": "3",
        "rating_id": str(rating),
        "met_on": "2026-11-23",
        "due_on": "2026-12-31",
        "on": "2026-11-23",
        "stage": "above",
        "grade": "good",
        "pledge": "12月底前修好东巷排水",
        "moved_to": "2026-12-02 19:30到21:00",
        "check_by": "2027-12-31",
        **dict.fromkeys(("text", "title", "answer", "reason", "reply", "words", "place"), "别村的事"),
        **dict.fromkeys(("seats", "minutes", "run"), "3"),
        "with": str(numbers["case_id"]),
        **{name: str(numbers[name]) for name in ("person_id", "file_id")},
    }
    return Theirs(numbers, fields)


def routes(desk: Desk) -> list[tuple[str, str]]:
    """Every method and address the console answers, as it is wired."""
    return sorted((method, one.path) for one in wired(desk.site.routes) for method in one.methods or ())


def wired(among: Sequence[Any]) -> Iterator[APIRoute]:
    """Every route, whether it was put onto the site itself or with a router."""
    for one in among:
        if isinstance(one, APIRoute):
            yield one
        elif hasattr(one, "original_router"):
            yield from wired(one.original_router.routes)


def filled(path: str, theirs: Theirs) -> str:
    """An address with the numbers of what is theirs; a new part of an address needs a number above."""
    numbers = {"token": "x", "rest": "x", **theirs.numbers}
    return re.sub(r"{(\w+)(?::path)?}", lambda part: str(numbers[part[1]]), path)
