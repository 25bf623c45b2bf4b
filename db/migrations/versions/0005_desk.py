"""The desk: topics and who minds them, drafts of entries, who was told of one, other words for entries, handovers.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import db.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"


def upgrade() -> None:
    _people_at_the_desk()
    _entries_in_the_making()
    _other_words()
    with op.batch_alter_table("case") as batch_op:
        batch_op.add_column(sa.Column("topic", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("holder_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_case_holder_id_person"), "person", ["holder_id"], ["id"])
    _where_given("case", "holder_id")


def downgrade() -> None:
    op.drop_index("ix_case_holder_id", table_name="case")
    with op.batch_alter_table("case") as batch_op:
        batch_op.drop_constraint(op.f("fk_case_holder_id_person"), type_="foreignkey")
        batch_op.drop_column("holder_id")
        batch_op.drop_column("topic")
    for table in ("alias_vote", "alias_suggestion", "answer_told", "entry_draft", "handover", "topic_holder"):
        op.drop_table(table)


def _people_at_the_desk() -> None:
    op.create_table(
        "topic_holder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_topic_holder_unit_id_unit")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_topic_holder_person_id_person")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_topic_holder_set_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_holder")),
        sa.UniqueConstraint("unit_id", "topic", name=op.f("uq_topic_holder_unit_id_topic")),
    )
    op.create_index(op.f("ix_topic_holder_person_id"), "topic_holder", ["person_id"])
    _where_given("topic_holder", "set_by")
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("moved", _json(), nullable=False),
        sa.Column("lines", _json(), nullable=False),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_handover_from_id_person")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_handover_to_id_person")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_handover_by_id_person")),
        sa.ForeignKeyConstraint(["undone_by"], ["person.id"], name=op.f("fk_handover_undone_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    for column in ("from_id", "to_id", "by_id"):
        op.create_index(op.f(f"ix_handover_{column}"), "handover", [column])
    _where_given("handover", "undone_by")


def _entries_in_the_making() -> None:
    op.create_table(
        "entry_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("body", _json(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_entry_draft_unit_id_unit")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_entry_draft_case_id_case")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_entry_draft_author_id_person")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_entry_draft_decided_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_draft")),
    )
    op.create_index("ix_entry_draft_state_id", "entry_draft", ["state", "id"])
    for column in ("entry_id", "unit_id", "author_id"):
        op.create_index(op.f(f"ix_entry_draft_{column}"), "entry_draft", [column])
    for column in ("decided_by", "case_id"):
        _where_given("entry_draft", column)
    op.create_table(
        "answer_told",
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("told_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_answer_told_person_id_person")),
        sa.PrimaryKeyConstraint("entry_id", "person_id", name=op.f("pk_answer_told")),
    )
    op.create_index("ix_answer_told_person_id", "answer_told", ["person_id"])


def _other_words() -> None:
    op.create_table(
        "alias_suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=100), nullable=False),
        sa.Column("words_key", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_alias_suggestion_decided_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias_suggestion")),
        sa.UniqueConstraint("entry_id", "words_key", name=op.f("uq_alias_suggestion_entry_id_words_key")),
    )
    op.create_index("ix_alias_suggestion_state_id", "alias_suggestion", ["state", "id"])
    _where_given("alias_suggestion", "decided_by")
    op.create_table(
        "alias_vote",
        sa.Column("suggestion_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_for", sa.Boolean(), nullable=False),
        sa.Column("cast_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["alias_suggestion.id"], name=op.f("fk_alias_vote_suggestion_id_alias_suggestion")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alias_vote_person_id_person")),
        sa.PrimaryKeyConstraint("suggestion_id", "person_id", name=op.f("pk_alias_vote")),
    )
    op.create_index(op.f("ix_alias_vote_person_id"), "alias_vote", ["person_id"])


def _where_given(table: str, column: str) -> None:
    given = sa.text(f"{column} IS NOT NULL")
    op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=given, sqlite_where=given)


def _json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
