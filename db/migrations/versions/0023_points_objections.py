"""Somebody says that a line of their ledger of points is wrong, and what was decided.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "points_objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.String(length=60), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("opened_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_points_objection_decided_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_objection_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_objection")),
    )
    op.create_index(op.f("ix_points_objection_person_id"), "points_objection", ["person_id"])
    still, given = sa.text("state = 'open'"), sa.text("decided_by IS NOT NULL")
    op.create_index("ix_points_objection_open", "points_objection", ["id"], postgresql_where=still, sqlite_where=still)
    op.create_index(
        "ix_points_objection_decided_by",
        "points_objection",
        ["decided_by"],
        postgresql_where=given,
        sqlite_where=given,
    )


def downgrade() -> None:
    op.drop_table("points_objection")
