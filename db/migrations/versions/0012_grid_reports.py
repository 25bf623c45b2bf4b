"""Places with a poster, what is reported there and elsewhere, and who reported it.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import db.types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("details", sa.String(length=80), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_place_created_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_place_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_place_unit_id_name")),
    )
    op.create_table(
        "grid_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("files", _json(), nullable=False),
        sa.Column("opener_id", sa.Integer(), nullable=False),
        sa.Column("charge_id", sa.Integer(), nullable=True),
        sa.Column("is_with_workers", sa.Boolean(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=500), nullable=False),
        sa.Column("outcome_files", _json(), nullable=False),
        sa.Column("opened_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["charge_id"], ["unit.id"], name=op.f("fk_grid_report_charge_id_unit")),
        sa.ForeignKeyConstraint(["holder_id"], ["person.id"], name=op.f("fk_grid_report_holder_id_person")),
        sa.ForeignKeyConstraint(["opener_id"], ["person.id"], name=op.f("fk_grid_report_opener_id_person")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_grid_report_place_id_place")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_grid_report_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_report")),
    )
    op.create_table(
        "grid_reporter",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("wants_news", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("joined_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_grid_reporter_address_id_address")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grid_reporter_person_id_person")),
        sa.ForeignKeyConstraint(["report_id"], ["grid_report.id"], name=op.f("fk_grid_reporter_report_id_grid_report")),
        sa.PrimaryKeyConstraint("report_id", "person_id", name=op.f("pk_grid_reporter")),
    )
    for table, *columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    for table, column in _WHERE_GIVEN:
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=given, sqlite_where=given)


def downgrade() -> None:
    op.drop_table("grid_reporter")
    op.drop_table("grid_report")
    op.drop_table("place")


def _json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


_INDEXES = (
    ("grid_report", "state", "id"),
    ("grid_report", "unit_id"),
    ("grid_report", "opener_id"),
    ("grid_report", "charge_id"),
    ("grid_report", "opened_at"),
    ("grid_reporter", "person_id"),
    ("grid_reporter", "address_id"),
)
_WHERE_GIVEN = (
    ("place", "created_by"),
    ("grid_report", "holder_id"),
    ("grid_report", "place_id"),
)
