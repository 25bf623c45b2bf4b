"""What papers need to be kept for them: texts of large-type cards, and links to papers with personal data."""

from datetime import datetime

from sqlmodel import Field

from db.types import Table, big_number, moment


class CardText(Table, table=True):
    """A text somebody wants in large type."""

    id: int | None = Field(default=None, primary_key=True)
    body: str = Field(max_length=1000)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    created_at: datetime = moment()


class PaperLink(Table, table=True):
    """A link by which one person opens one paper once, with a code said in their chat.

    The link and the code follow from the id and the house's keys; ``tries`` are codes that were wrong.
    """

    id: int | None = Field(default=None, primary_key=True)
    file_id: int = Field(foreign_key="stored_file.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    outbox_id: int = big_number(index=True)
    tries: int = 0
    made_at: datetime = moment()
    expires_at: datetime = moment()
    opened_at: datetime | None = moment(default=None)
