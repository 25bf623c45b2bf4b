"""What the press makes of an ordered paper, at once and in the open transaction."""

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.domain.papers import kind_of, ordered
from bot.papers.kinds import PAPERS
from bot.papers.press import Circumstances
from db.models import StoredFile


def pressed(db: Session, file_id: int, circumstances: Circumstances) -> bytes:
    """Make the paper that was ordered as a file."""
    remote_id = db.get_one(StoredFile, file_id).remote_id
    subject, by = ordered(remote_id)
    paper = PAPERS[kind_of(remote_id)]
    return paper.draw(paper.gather(db, subject=subject, press=replace(circumstances, by=by)))
