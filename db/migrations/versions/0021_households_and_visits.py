"""Households, who keeps in touch with them, the visits they were paid, and the lists they came from.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import db.types

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("address_sealed", sa.String(length=400), nullable=False),
        sa.Column("address_blind", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=30), nullable=False),
        sa.Column("holder_key", _in_byte_order(), nullable=False),
        sa.Column("mobile_sealed", sa.String(length=200), nullable=False),
        sa.Column("mobile_blind", sa.String(length=64), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["person.id"], name=op.f("fk_household_contact_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_household_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("unit_id", "address_blind", name=op.f("uq_household_unit_id_address_blind")),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("visitor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("note_sealed", sa.String(length=1200), nullable=False),
        sa.Column("files", _json(), nullable=False),
        sa.Column("visited_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_visit_household_id_household")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_visit_unit_id_unit")),
        sa.ForeignKeyConstraint(["visitor_id"], ["person.id"], name=op.f("fk_visit_visitor_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    _create_what_people_have()
    _create_imports()
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    for name, columns, which in _PARTIAL:
        op.create_index(name, "household", columns, postgresql_where=sa.text(which), sqlite_where=sa.text(which))


def downgrade() -> None:
    for table in ("household_change", "household_import", "visit", "resident", "contact_card", "household"):
        op.drop_table(table)


def _create_what_people_have() -> None:
    op.create_table(
        "resident",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("since", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_resident_household_id_household")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_resident_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_resident")),
    )
    op.create_table(
        "contact_card",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("shows_mobile", sa.Boolean(), nullable=False),
        sa.Column("told_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_card_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_contact_card")),
    )


def _create_imports() -> None:
    op.create_table(
        "household_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("imported_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_household_import_actor_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_import")),
    )
    op.create_table(
        "household_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("before", _json(), nullable=True),
        sa.Column("after", _json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_change_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["household_import.id"], name=op.f("fk_household_change_import_id_household_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_change")),
    )


def _json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _in_byte_order() -> sa.String:
    return sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql")


_INDEXES = (
    ("ix_household_unit_id_seen_at", "household", ["unit_id", "seen_at", "id"]),
    ("ix_household_contact_id_seen_at", "household", ["contact_id", "seen_at", "id"]),
    ("ix_household_seen_at", "household", ["seen_at", "id"]),
    ("ix_household_holder_key", "household", ["holder_key"]),
    ("ix_visit_unit_id_visited_at", "visit", ["unit_id", "visited_at", "household_id"]),
    ("ix_visit_visitor_id_visited_at", "visit", ["visitor_id", "visited_at"]),
    ("ix_visit_household_id_visited_at", "visit", ["household_id", "visited_at"]),
    ("ix_resident_household_id", "resident", ["household_id"]),
    ("ix_household_import_actor_id", "household_import", ["actor_id"]),
    ("ix_household_change_import_id", "household_change", ["import_id"]),
    ("ix_household_change_household_id", "household_change", ["household_id"]),
)
_PARTIAL = (
    ("ix_household_nobodys", ["unit_id", "id"], "contact_id IS NULL"),
    ("ix_household_mobile_blind", ["mobile_blind"], "mobile_blind IS NOT NULL"),
)
