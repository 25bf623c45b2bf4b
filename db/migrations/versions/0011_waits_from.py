"""A message may wait from a moment on for whoever wrote it to look again: broadcasts at night, or after a standstill.

The code of 0002 works on this schema: it lets such a message go, as it did before.
"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    op.add_column("outbox_row", sa.Column("waits_from", db.types.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_row", "waits_from")
