"""What reports need beside the records they count: a superior's own workbooks, and who wants no weekly picture."""

from datetime import datetime

from sqlmodel import Field

from db.types import Table, moment, where_given


class ReportTemplate(Table, table=True):
    """The workbook that a unit and all below it report with; a newer one takes its place."""

    __table_args__ = (where_given("report_template", "added_by"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", unique=True)
    file_id: int = Field(foreign_key="stored_file.id")
    added_by: int | None = Field(default=None, foreign_key="person.id")
    added_at: datetime = moment()


class ReportOptOut(Table, table=True):
    """Somebody who leads a unit and wants no weekly picture of it."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    since: datetime = moment()
