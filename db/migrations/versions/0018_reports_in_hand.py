"""Reports somebody still has to see to, by when they are due: found without looking at all that are over.

The code of 0002 works on this schema: it does not ask for the index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    ongoing = sa.text("state IN ('open', 'taken')")
    op.create_index(
        "ix_grid_report_ongoing",
        "grid_report",
        ["due_at", "id"],
        postgresql_where=ongoing,
        sqlite_where=ongoing,
    )


def downgrade() -> None:
    op.drop_index("ix_grid_report_ongoing", "grid_report")
