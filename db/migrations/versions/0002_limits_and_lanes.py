"""Limits shared by all senders, and indexes that stay quick however many rows there are.

The code of 0001 works on this schema: it reads and writes nothing that is changed here.
"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLDEST_CODE = "0001"


def upgrade() -> None:
    op.create_table(
        "sender",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("leased_until", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("free_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paid_free_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paused_until", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_sender")),
    )
    op.create_table(
        "chat_pace",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("chat", sa.String(length=128), nullable=False),
        sa.Column("free_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "chat", name=op.f("pk_chat_pace")),
    )
    op.create_index(op.f("ix_chat_pace_free_at"), "chat_pace", ["free_at"])
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("outbox_row", "cause", type_=sa.String(length=200, collation="C"))
    op.drop_index("ix_outbox_due", table_name="outbox_row")
    op.drop_index("ix_outbox_chat", table_name="outbox_row")
    _partial("ix_outbox_due", ["channel", "account", "priority", "next_at", "id"], "state = 'pending'")
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_stored_file_waiting", "stored_file", ["id"], postgresql_where=waiting, sqlite_where=waiting)
    _partial("ix_outbox_leased", ["leased_until"], "state = 'leased'")
    _partial("ix_outbox_dead", ["state", "id"], "state IN ('failed', 'uncertain')")
    op.add_column("outbox_row", sa.Column("offers", sa.Boolean(), nullable=True))
    _partial("ix_outbox_offers", ["channel", "account", "chat", "ended_at"], "(offers IS NULL OR offers)")


def downgrade() -> None:
    for name in ("ix_outbox_due", "ix_outbox_leased", "ix_outbox_dead", "ix_outbox_offers"):
        op.drop_index(name, table_name="outbox_row")
    op.drop_column("outbox_row", "offers")
    op.drop_index("ix_stored_file_waiting", table_name="stored_file")
    op.create_index("ix_outbox_chat", "outbox_row", ["channel", "account", "chat"])
    _partial("ix_outbox_due", ["priority", "next_at", "id"], "state IN ('pending', 'leased')")
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("outbox_row", "cause", type_=sa.String(length=200, collation="default"))
    op.drop_table("chat_pace")
    op.drop_table("sender")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "outbox_row", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
