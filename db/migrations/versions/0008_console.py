"""The console: keys that open it, browsers that are in, and who guesses; people are found by the beginning of a name.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "console_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("link_digest", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("browser_digest", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("used_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_console_key_address_id_address")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_console_key_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_key")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_console_key_code_digest")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_console_key_link_digest")),
    )
    op.create_table(
        "console_stay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("began_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_console_stay_address_id_address")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_console_stay_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_stay")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_console_stay_token_digest")),
    )
    op.create_table(
        "console_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("tried_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_try")),
    )
    for table, *columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("person", "name_key", type_=sa.String(length=60, collation="C"))


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("person", "name_key", type_=sa.String(length=60, collation="default"))
    op.drop_table("console_try")
    op.drop_table("console_stay")
    op.drop_table("console_key")


_INDEXES = (
    ("console_key", "person_id"),
    ("console_key", "address_id"),
    ("console_key", "expires_at"),
    ("console_stay", "person_id"),
    ("console_stay", "address_id"),
    ("console_stay", "expires_at"),
    ("console_try", "place", "tried_at"),
    ("console_try", "tried_at"),
)
