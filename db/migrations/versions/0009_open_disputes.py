"""Open disputes have an index of their own: the list of what waits for somebody looks for them.

The code of 0002 works on this schema: an index changes nothing for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    still = sa.text("state = 'open'")
    op.create_index("ix_dispute_open", "dispute", ["id"], postgresql_where=still, sqlite_where=still)


def downgrade() -> None:
    op.drop_index("ix_dispute_open", table_name="dispute")
