"""The stars of a branch's members, a sheet a year.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import db.types

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "star_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_star_sheet_decided_by_person")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_star_sheet_made_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_star_sheet_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_star_sheet")),
        sa.UniqueConstraint("unit_id", "year", name=op.f("uq_star_sheet_unit_id_year")),
    )
    op.create_table(
        "star_rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
        sa.Column("drafted", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_star_rating_person_id_person")),
        sa.ForeignKeyConstraint(["sheet_id"], ["star_sheet.id"], name=op.f("fk_star_rating_sheet_id_star_sheet")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_star_rating")),
        sa.UniqueConstraint("sheet_id", "person_id", name=op.f("uq_star_rating_sheet_id_person_id")),
    )
    op.create_index("ix_star_rating_person_id", "star_rating", ["person_id"])
    for column in ("made_by", "decided_by"):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_star_sheet_{column}", "star_sheet", [column], postgresql_where=given, sqlite_where=given
        )


def downgrade() -> None:
    op.drop_table("star_rating")
    op.drop_table("star_sheet")
