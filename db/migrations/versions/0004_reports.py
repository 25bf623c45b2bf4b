"""Reports: the workbooks units report with, and who wants no weekly picture.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "report_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_report_template_added_by_person")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_report_template_file_id_stored_file")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_template_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_template")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_report_template_unit_id")),
    )
    given = sa.text("added_by IS NOT NULL")
    op.create_index(
        "ix_report_template_added_by", "report_template", ["added_by"], postgresql_where=given, sqlite_where=given
    )
    op.create_table(
        "report_opt_out",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_report_opt_out_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_report_opt_out")),
    )


def downgrade() -> None:
    op.drop_table("report_opt_out")
    op.drop_table("report_template")
