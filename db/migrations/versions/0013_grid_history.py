"""What became of each report, line by line; a report that is the same as another; reports by when they are due.

The code of 0002 works on this schema: it writes no lines, so that a report's history lacks what it did.
"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    given = sa.text("same_as_id IS NOT NULL")
    with op.batch_alter_table("grid_report") as batch_op:
        batch_op.add_column(sa.Column("same_as_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_grid_report_same_as_id_grid_report"), "grid_report", ["same_as_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_grid_report_due_at"), ["due_at"])
        batch_op.create_index(
            "ix_grid_report_same_as_id", ["same_as_id"], postgresql_where=given, sqlite_where=given
        )
    op.create_table(
        "grid_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("became", sa.String(length=24), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_grid_line_actor_id_person")),
        sa.ForeignKeyConstraint(["report_id"], ["grid_report.id"], name=op.f("fk_grid_line_report_id_grid_report")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_grid_line_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_line")),
    )
    op.create_index(op.f("ix_grid_line_report_id"), "grid_line", ["report_id"])
    theirs = sa.text("actor_id IS NOT NULL")
    op.create_index("ix_grid_line_actor_id", "grid_line", ["actor_id"], postgresql_where=theirs, sqlite_where=theirs)
    _tell_what_is_known()


def downgrade() -> None:
    op.drop_table("grid_line")
    with op.batch_alter_table("grid_report") as batch_op:
        batch_op.drop_index("ix_grid_report_same_as_id")
        batch_op.drop_index(op.f("ix_grid_report_due_at"))
        batch_op.drop_constraint(op.f("fk_grid_report_same_as_id_grid_report"), type_="foreignkey")
        batch_op.drop_column("same_as_id")


def _tell_what_is_known() -> None:
    """Write down what older reports tell of themselves: when they were opened, done with which words, and closed."""
    for became, moment, actor, words in (
        ("opened", "opened_at", "NULL", "''"),
        ("done", "done_at", "holder_id", "outcome"),
        ("closed", "closed_at", "NULL", "''"),
    ):
        op.execute(
            "INSERT INTO grid_line (report_id, became, actor_id, words, at) "
            f"SELECT id, '{became}', {actor}, {words}, {moment} FROM grid_report "
            f"WHERE {moment} IS NOT NULL ORDER BY id"
        )
