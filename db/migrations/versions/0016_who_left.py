"""Addresses that cannot be reached are found by when they were last heard from: their bindings lapse.

The code of 0002 works on this schema: it does not use the index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    left = sa.text("unreachable != ''")
    op.create_index("ix_address_left", "address", ["last_seen_at"], postgresql_where=left, sqlite_where=left)


def downgrade() -> None:
    op.drop_index("ix_address_left", table_name="address")
