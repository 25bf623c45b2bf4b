"""WeChat: what counts once, how messages ended, what its codes stand for; who says a promised reply.

The code of 0002 works on this schema: what it writes leaves the new columns empty.
"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "wechat_once",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("came_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "digest", name=op.f("pk_wechat_once")),
    )
    op.create_index(op.f("ix_wechat_once_came_at"), "wechat_once", ["came_at"])
    op.create_table(
        "wechat_sent",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=False),
        sa.Column("noted_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "number", name=op.f("pk_wechat_sent")),
    )
    op.create_index(op.f("ix_wechat_sent_noted_at"), "wechat_sent", ["noted_at"])
    given, trouble = sa.text("outbox_id IS NOT NULL"), sa.text("trouble <> ''")
    op.create_index(
        "ix_wechat_sent_outbox_id", "wechat_sent", ["outbox_id"], postgresql_where=given, sqlite_where=given
    )
    op.create_index(
        "ix_wechat_sent_trouble", "wechat_sent", ["account"], postgresql_where=trouble, sqlite_where=trouble
    )
    op.create_table(
        "wechat_scene",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(length=500), nullable=False),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["code_id"], ["code.id"], name=op.f("fk_wechat_scene_code_id_code")),
        sa.PrimaryKeyConstraint("account", "code_id", name=op.f("pk_wechat_scene")),
    )
    op.create_index(op.f("ix_wechat_scene_code_id"), "wechat_scene", ["code_id"])
    op.add_column("wechat_promise", sa.Column("goes", sa.String(length=8), server_default="", nullable=False))
    op.add_column("wechat_unread", sa.Column("shown_at", db.types.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("wechat_unread", "shown_at")
    op.drop_column("wechat_promise", "goes")
    op.drop_table("wechat_scene")
    op.drop_table("wechat_sent")
    op.drop_table("wechat_once")
