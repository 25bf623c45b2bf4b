"""WeChat: its token, who may be written to, what waits for whom.

The code of 0002 works on this schema: all of it is new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import db.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.create_table(
        "shut_capability",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("capability", sa.String(length=24), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("shut_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "capability", name=op.f("pk_shut_capability")),
    )
    op.create_table(
        "wechat_contact",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("since", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("tapped_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tap_sent", sa.Integer(), nullable=False),
        sa.Column("shut_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", "openid", name=op.f("pk_wechat_contact")),
    )
    op.create_table(
        "wechat_grant",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("sends_left", sa.Integer(), nullable=True),
        sa.Column("changed_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "openid", "template_id", name=op.f("pk_wechat_grant")),
    )
    op.create_table(
        "wechat_media",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_id", sa.String(length=200), nullable=False),
        sa.Column("expires_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "digest", name=op.f("pk_wechat_media")),
    )
    op.create_index(op.f("ix_wechat_media_expires_at"), "wechat_media", ["expires_at"])

    op.create_table(
        "wechat_progress",
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("gone_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_wechat_progress")),
    )
    op.create_index(op.f("ix_wechat_progress_gone_at"), "wechat_progress", ["gone_at"])

    op.create_table(
        "wechat_promise",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column(
            "inbound", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "openid", "message_id", name=op.f("pk_wechat_promise")),
    )
    op.create_index(op.f("ix_wechat_promise_made_at"), "wechat_promise", ["made_at"])

    op.create_table(
        "wechat_token",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.String(length=3000), nullable=False),
        sa.Column("expires_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("taken_until", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_wechat_token")),
    )
    op.create_table(
        "wechat_unread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shown_in", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("put_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_unread")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_wechat_unread_outbox_id")),
    )
    op.create_index(op.f("ix_wechat_unread_chat"), "wechat_unread", ["account", "openid", "id"])


def downgrade() -> None:
    op.drop_table("wechat_unread")
    op.drop_table("wechat_token")
    op.drop_table("wechat_promise")
    op.drop_table("wechat_progress")
    op.drop_table("wechat_media")
    op.drop_table("wechat_grant")
    op.drop_table("wechat_contact")
    op.drop_table("shut_capability")
