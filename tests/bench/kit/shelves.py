"""Puts as many entries into a library as a bench wants."""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.domain.library import VERSION
from db.claims import put_if_missing, table_of
from db.models import EntryRecord, EntryRevision, Origin, Version
from tests.bench.kit.questions import asked


def shelve(db: Session, count: int, *, now: datetime) -> None:
    """Put so many entries into an empty library."""
    records = [entry for entry, _ in asked(count)]
    db.execute(
        insert(table_of(EntryRecord)),
        [
            {"id": one.id, "revision": 1, "pack_digest": "", "differs_from_pack": False, "retired": False}
            for one in records
        ],
    )
    revision = {"number": 1, "origin": Origin.PACK, "author_id": None, "created_at": now}
    bodies = [{**revision, "entry_id": one.id, "body": one.model_dump(mode="json")} for one in records]
    db.execute(insert(table_of(EntryRevision)), bodies)
    put_if_missing(db, Version, {"name": VERSION, "mark": f"bench-{count}"}, key=("name",))
