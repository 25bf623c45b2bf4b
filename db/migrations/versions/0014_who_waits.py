"""Which row of a chat waits for the chat's pace, so that none overtakes it.

The code of 0002 works on this schema: it neither writes nor reads what is new here, and the order of a chat is then
as it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("chat_pace", sa.Column("waiting_id", number, nullable=True))


def downgrade() -> None:
    op.drop_column("chat_pace", "waiting_id")
