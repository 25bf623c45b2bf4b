"""Members: rosters, bindings, proxies, codes, activities, study, what falls due.

The code of 0002 works on this schema: it writes and reads nothing that is new here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import db.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLDEST_CODE = "0002"

_DID = (
    ("activity", "created_by"),
    ("attendance", "by_id"),
    ("attendance", "decided_by"),
    ("attendance", "marked_by"),
    ("call_item", "called_by"),
    ("case", "answered_by"),
    ("check_in", "by_id"),
    ("code", "made_by"),
    ("code", "used_by"),
    ("course", "created_by"),
    ("dispute", "decided_by"),
    ("entry_revision", "author_id"),
    ("material", "added_by"),
    ("member", "confirmed_by"),
    ("petition", "decided_by"),
    ("proxy", "confirmed_by"),
    ("series", "created_by"),
    ("service_correction", "by_id"),
    ("service_record", "confirmed_by"),
    ("signup", "by_id"),
    ("study_session", "created_by"),
    ("swap", "taken_by"),
)
"""Columns that say who did something for others: each has an index of the rows where it is given."""

_ON_OLD_TABLES = (
    ("ix_entry_revision_author_id", "entry_revision"),
    ("ix_case_answered_by", "case"),
    ("ix_case_state_id", "case"),
    ("ix_case_address_id", "case"),
)


def upgrade() -> None:
    op.create_table(
        "agenda_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("due_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("done_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
        sa.UniqueConstraint("cause", name=op.f("uq_agenda_item_cause")),
    )
    op.create_index(
        op.f("ix_agenda_item_due"),
        "agenda_item",
        ["due_at", "id"],
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_agenda_item_failed"),
        "agenda_item",
        ["id"],
        postgresql_where=sa.text("state = 'failed'"),
        sqlite_where=sa.text("state = 'failed'"),
    )
    op.create_table(
        "code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("blind", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("used_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_code_made_by_person")),
        sa.ForeignKeyConstraint(["used_by"], ["person.id"], name=op.f("fk_code_used_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
        sa.UniqueConstraint("blind", name=op.f("uq_code_blind")),
    )
    op.create_index(op.f("ix_code_purpose_subject_id"), "code", ["purpose", "subject_id"])
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("given_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_consent_person_id_version")),
    )
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_course_created_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_course_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index(op.f("ix_course_unit_id"), "course", ["unit_id"])
    op.create_table(
        "digest_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("line", sa.String(length=200), nullable=False),
        sa.Column("held_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_item_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_item")),
        sa.UniqueConstraint("person_id", "cause", name=op.f("uq_digest_item_person_id_cause")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("is_probationary", sa.Boolean(), nullable=False),
        sa.Column("gender", sa.String(length=4), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_member_confirmed_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_member_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("person_id", name=op.f("uq_member_person_id")),
    )
    op.create_index(op.f("ix_member_unit_id_state"), "member", ["unit_id", "state"])
    op.create_table(
        "points_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.String(length=60), nullable=False),
        sa.Column("at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_entry_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("person_id", "rule", "evidence", name=op.f("uq_points_entry_person_id_rule_evidence")),
    )
    op.create_index(op.f("ix_points_entry_person_id_year"), "points_entry", ["person_id", "year"])
    op.create_table(
        "proxy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["person.id"], name=op.f("fk_proxy_agent_id_person")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_proxy_confirmed_by_person")),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_proxy_principal_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proxy")),
    )
    op.create_index(op.f("ix_proxy_agent_id"), "proxy", ["agent_id"])
    op.create_index(op.f("ix_proxy_principal_id"), "proxy", ["principal_id"])
    op.create_table(
        "roster_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("imported_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_roster_import_actor_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_roster_import_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_import")),
    )
    op.create_index(op.f("ix_roster_import_actor_id"), "roster_import", ["actor_id"])
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column(
            "rule", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "template", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("made_until", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_series_created_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_series_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index(op.f("ix_series_unit_id"), "series", ["unit_id"])
    op.create_table(
        "unasked_count",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unasked_count_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "week", name=op.f("pk_unasked_count")),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("audience_unit_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("starts_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("details", sa.String(length=500), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("audience_kind", sa.String(length=24), nullable=True),
        sa.Column("signup_until", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("has_waitlist", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["audience_unit_id"], ["unit.id"], name=op.f("fk_activity_audience_unit_id_unit")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_activity_created_by_person")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_activity_series_id_series")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_activity_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_audience_unit_id_starts_at", "activity", ["audience_unit_id", "starts_at"])
    op.create_index(op.f("ix_activity_series_id"), "activity", ["series_id"])
    op.create_index(op.f("ix_activity_starts_at"), "activity", ["starts_at"])
    op.create_index(op.f("ix_activity_unit_id"), "activity", ["unit_id"])
    op.create_table(
        "binding_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name_blind", sa.String(length=64), nullable=False),
        sa.Column("found_id", sa.Integer(), nullable=True),
        sa.Column("tried_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_binding_try_address_id_address")),
        sa.ForeignKeyConstraint(["found_id"], ["person.id"], name=op.f("fk_binding_try_found_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_binding_try_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_try")),
    )
    op.create_index(op.f("ix_binding_try_address_id_tried_at"), "binding_try", ["address_id", "tried_at"])
    op.create_index(op.f("ix_binding_try_found_id"), "binding_try", ["found_id"])
    op.create_index(op.f("ix_binding_try_name_blind_tried_at"), "binding_try", ["name_blind", "tried_at"])
    op.create_index(op.f("ix_binding_try_person_id_tried_at"), "binding_try", ["person_id", "tried_at"])
    op.create_table(
        "petition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(length=1500), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("opened_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_petition_address_id_address")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_petition_decided_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_petition_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_petition_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition")),
    )
    op.create_index(op.f("ix_petition_address_id"), "petition", ["address_id"])
    op.create_index(op.f("ix_petition_person_id_kind_state"), "petition", ["person_id", "kind", "state"])
    op.create_index("ix_petition_state_id", "petition", ["state", "id"])
    op.create_index(op.f("ix_petition_unit_id"), "petition", ["unit_id"])
    op.create_table(
        "enrolment",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_enrolment_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id_person")),
        sa.PrimaryKeyConstraint("course_id", "person_id", name=op.f("pk_enrolment")),
    )
    op.create_index(op.f("ix_enrolment_person_id"), "enrolment", ["person_id"])
    op.create_table(
        "roster_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "before", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column(
            "after", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["roster_import.id"], name=op.f("fk_roster_change_import_id_roster_import")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_change_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_change")),
    )
    op.create_index(op.f("ix_roster_change_import_id"), "roster_change", ["import_id"])
    op.create_index(op.f("ix_roster_change_person_id"), "roster_change", ["person_id"])
    op.create_table(
        "study_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("audience_unit_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("starts_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("details", sa.String(length=500), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("credit_hours", sa.Float(), nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["audience_unit_id"], ["unit.id"], name=op.f("fk_study_session_audience_unit_id_unit")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_study_session_course_id_course")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_study_session_created_by_person")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_study_session_series_id_series")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_study_session_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_session")),
        sa.UniqueConstraint("uid", name=op.f("uq_study_session_uid")),
    )
    op.create_index("ix_study_session_audience_unit_id_starts_at", "study_session", ["audience_unit_id", "starts_at"])
    op.create_index(op.f("ix_study_session_course_id"), "study_session", ["course_id"])
    op.create_index(op.f("ix_study_session_series_id"), "study_session", ["series_id"])
    op.create_index(op.f("ix_study_session_starts_at"), "study_session", ["starts_at"])
    op.create_index(op.f("ix_study_session_unit_id"), "study_session", ["unit_id"])
    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rsvp", sa.String(length=24), nullable=False),
        sa.Column("answered_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("leave_reason", sa.String(length=24), nullable=True),
        sa.Column("leave_words", sa.String(length=200), nullable=False),
        sa.Column("leave_state", sa.String(length=24), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("way", sa.String(length=24), nullable=True),
        sa.Column("marked_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("marked_by", sa.Integer(), nullable=True),
        sa.Column("credit_hours", sa.Float(), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("make_up_words", sa.String(length=200), nullable=False),
        sa.Column("made_up_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_attendance_by_id_person")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_attendance_decided_by_person")),
        sa.ForeignKeyConstraint(["marked_by"], ["person.id"], name=op.f("fk_attendance_marked_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attendance_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["study_session.id"], name=op.f("fk_attendance_session_id_study_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_attendance_session_id_person_id")),
    )
    op.create_index(op.f("ix_attendance_person_id_state"), "attendance", ["person_id", "state"])
    op.create_table(
        "call_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("called_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("called_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_call_item_activity_id_activity")),
        sa.ForeignKeyConstraint(["called_by"], ["person.id"], name=op.f("fk_call_item_called_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_call_item_person_id_person")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["study_session.id"], name=op.f("fk_call_item_session_id_study_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_item")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_call_item_activity_id_person_id")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_call_item_session_id_person_id")),
    )
    op.create_index(op.f("ix_call_item_person_id"), "call_item", ["person_id"])
    op.create_table(
        "check_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=24), nullable=False),
        sa.Column("in_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("out_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_check_in_activity_id_activity")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_check_in_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_check_in_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_check_in_activity_id_person_id")),
    )
    op.create_index(op.f("ix_check_in_person_id"), "check_in", ["person_id"])
    op.create_table(
        "material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("is_minutes", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_material_added_by_person")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_material_file_id_stored_file")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["study_session.id"], name=op.f("fk_material_session_id_study_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
    )
    op.create_index(op.f("ix_material_session_id"), "material", ["session_id"])
    op.create_table(
        "seat_quota",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_seat_quota_activity_id_activity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_quota")),
        sa.UniqueConstraint("activity_id", "kind", name=op.f("uq_seat_quota_activity_id_kind")),
    )
    op.create_table(
        "service_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_service_record_activity_id_activity")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_service_record_confirmed_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_service_record_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_record")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_service_record_activity_id_person_id")),
    )
    op.create_index(op.f("ix_service_record_person_id_served_on"), "service_record", ["person_id", "served_on"])
    op.create_table(
        "dispute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("opened_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_dispute_decided_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispute_person_id_person")),
        sa.ForeignKeyConstraint(["record_id"], ["service_record.id"], name=op.f("fk_dispute_record_id_service_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index(op.f("ix_dispute_person_id"), "dispute", ["person_id"])
    op.create_index(op.f("ix_dispute_record_id"), "dispute", ["record_id"])
    op.create_table(
        "service_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_service_correction_by_id_person")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["service_record.id"], name=op.f("fk_service_correction_record_id_service_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_correction")),
    )
    op.create_index(op.f("ix_service_correction_record_id"), "service_correction", ["record_id"])
    op.create_table(
        "signup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quota_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("offer_until", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("assured_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_signup_activity_id_activity")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_signup_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signup_person_id_person")),
        sa.ForeignKeyConstraint(["quota_id"], ["seat_quota.id"], name=op.f("fk_signup_quota_id_seat_quota")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signup")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_signup_activity_id_person_id")),
    )
    op.create_index(op.f("ix_signup_person_id_state"), "signup", ["person_id", "state"])
    op.create_index(op.f("ix_signup_quota_id_state_rank"), "signup", ["quota_id", "state", "rank"])
    op.create_table(
        "swap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signup_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("opened_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["signup_id"], ["signup.id"], name=op.f("fk_swap_signup_id_signup")),
        sa.ForeignKeyConstraint(["taken_by"], ["person.id"], name=op.f("fk_swap_taken_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
    )
    op.create_index(op.f("ix_swap_signup_id"), "swap", ["signup_id"])
    op.create_table(
        "card_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=1000), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("created_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_card_text_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_text")),
    )
    op.create_index(op.f("ix_card_text_person_id"), "card_text", ["person_id"])
    op.create_table(
        "paper_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_at", db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_paper_link_file_id_stored_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_paper_link_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_link")),
    )
    op.create_index(op.f("ix_paper_link_file_id"), "paper_link", ["file_id"])
    op.create_index(op.f("ix_paper_link_outbox_id"), "paper_link", ["outbox_id"])
    op.create_index(op.f("ix_paper_link_person_id"), "paper_link", ["person_id"])
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("name_key", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("last_four_blind", sa.String(length=64), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_person_mobile_blind"), type_="unique")
        batch_op.create_index(batch_op.f("ix_person_last_four_blind"), ["last_four_blind"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_mobile_blind"), ["mobile_blind"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_name_key"), ["name_key"], unique=False)
    op.create_index(op.f("ix_stored_file_digest"), "stored_file", ["digest"], unique=False)
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("unit", "path", type_=sa.String(length=200, collation="C"))
    op.create_index(op.f("ix_case_address_id"), "case", ["address_id"])
    op.create_index("ix_case_state_id", "case", ["state", "id"])
    for table, column in _DID:
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=given, sqlite_where=given)


def downgrade() -> None:
    for name, table in _ON_OLD_TABLES:
        op.drop_index(name, table)
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("unit", "path", type_=sa.String(length=200, collation="default"))
    op.drop_index(op.f("ix_stored_file_digest"), table_name="stored_file")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_name_key"))
        batch_op.drop_index(batch_op.f("ix_person_mobile_blind"))
        batch_op.drop_index(batch_op.f("ix_person_last_four_blind"))
        batch_op.create_unique_constraint(batch_op.f("uq_person_mobile_blind"), ["mobile_blind"])
        batch_op.drop_column("last_four_blind")
        batch_op.drop_column("name_key")
    op.drop_table("paper_link")
    op.drop_table("card_text")
    op.drop_table("swap")
    op.drop_table("signup")
    op.drop_table("service_correction")
    op.drop_table("dispute")
    op.drop_table("service_record")
    op.drop_table("seat_quota")
    op.drop_table("material")
    op.drop_table("check_in")
    op.drop_table("call_item")
    op.drop_table("attendance")
    op.drop_table("study_session")
    op.drop_table("roster_change")
    op.drop_table("enrolment")
    op.drop_table("petition")
    op.drop_table("binding_try")
    op.drop_table("activity")
    op.drop_table("unasked_count")
    op.drop_table("series")
    op.drop_table("roster_import")
    op.drop_table("proxy")
    op.drop_table("points_entry")
    op.drop_table("member")
    op.drop_table("digest_item")
    op.drop_table("course")
    op.drop_table("consent")
    op.drop_table("code")
    op.drop_table("agenda_item")
