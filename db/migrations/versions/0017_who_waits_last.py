"""The last row of a chat that waits for the chat's pace: whatever is written later comes after it.

The code of 0002 works on this schema: it neither writes nor reads what is new here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("chat_pace", sa.Column("last_waiting_id", number, nullable=True))


def downgrade() -> None:
    op.drop_column("chat_pace", "last_waiting_id")
