"""Broadcasts: what is said to an audience, and what becomes of it for each person.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import db.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column(
            "files", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "audience", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("audience_words", sa.String(length=300), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("wants_receipts", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("returned_because", sa.String(length=200), nullable=False),
        sa.Column("due_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "bodies", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("gathered_to", sa.Integer(), nullable=True),
        sa.Column("fed_to", sa.Integer(), nullable=False),
        sa.Column(
            "tally", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("began_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_broadcast_author_id_person")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_broadcast_decided_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_broadcast_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    op.create_index(op.f("ix_broadcast_author_id"), "broadcast", ["author_id"])
    op.create_index(
        "ix_broadcast_decided_by",
        "broadcast",
        ["decided_by"],
        unique=False,
        postgresql_where=sa.text("decided_by IS NOT NULL"),
        sqlite_where=sa.text("decided_by IS NOT NULL"),
    )
    op.create_index(op.f("ix_broadcast_unit_id"), "broadcast", ["unit_id"])

    op.create_table(
        "recipient",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("for_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("received_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("called_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("called_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_recipient_broadcast_id_broadcast")),
        sa.ForeignKeyConstraint(["called_by"], ["person.id"], name=op.f("fk_recipient_called_by_person")),
        sa.ForeignKeyConstraint(["for_id"], ["person.id"], name=op.f("fk_recipient_for_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recipient_person_id_person")),
        sa.PrimaryKeyConstraint("broadcast_id", "person_id", name=op.f("pk_recipient")),
    )
    op.create_index(
        "ix_recipient_called_by",
        "recipient",
        ["called_by"],
        unique=False,
        postgresql_where=sa.text("called_by IS NOT NULL"),
        sqlite_where=sa.text("called_by IS NOT NULL"),
    )
    op.create_index(
        "ix_recipient_for_id",
        "recipient",
        ["for_id"],
        unique=False,
        postgresql_where=sa.text("for_id IS NOT NULL"),
        sqlite_where=sa.text("for_id IS NOT NULL"),
    )
    op.create_index(
        "ix_recipient_missed",
        "recipient",
        ["broadcast_id", "person_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('failed', 'uncertain', 'unreachable')"),
        sqlite_where=sa.text("state IN ('failed', 'uncertain', 'unreachable')"),
    )
    op.create_index(op.f("ix_recipient_person_id"), "recipient", ["person_id"])
    op.create_index(
        "ix_recipient_queued",
        "recipient",
        ["broadcast_id", "outbox_id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_recipient_received",
        "recipient",
        ["broadcast_id"],
        unique=False,
        postgresql_where=sa.text("received_at IS NOT NULL"),
        sqlite_where=sa.text("received_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("recipient")
    op.drop_table("broadcast")
