"""What follows from a multitude's people, activities and sessions, as statements both databases run, in this order."""

_NUMBERS = "WITH RECURSIVE number(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM number WHERE k < {seats} - 1)"
_OCCUPIED = "(activity_id, person_id, quota_id, state, rank, is_guest, reason, created_at, changed_at)"

_ROSTER = (
    """INSERT INTO member (person_id, unit_id, kind, category, state, is_probationary, gender, created_at, changed_at)
    SELECT id, unit_id, 'party_member', 'regular', 'active', false, '', created_at, created_at
    FROM person WHERE id >= {first}""",
    """INSERT INTO "grant" (person_id, role, unit_id)
    SELECT id, 'secretary', unit_id FROM person WHERE id >= {first} AND id < {first} + {branches}""",
    """INSERT INTO address (channel, account, external_id, person_id, unreachable, last_seen_at)
    SELECT 'test', 'bot', 'c' || id, id, '', created_at FROM person WHERE id >= {first}""",
    """INSERT INTO conversation (channel, account, chat, sender, address_id, large_text, burst_count)
    SELECT 'test', 'bot', external_id, external_id, id, false, 0 FROM address WHERE person_id >= {first}""",
    """INSERT INTO consent (person_id, version, given_at)
    SELECT id, '2026-1', created_at FROM person WHERE id >= {first}""",
    """INSERT INTO binding_try (address_id, person_id, name_blind, found_id, tried_at)
    SELECT id, person_id, 'n' || person_id, person_id, last_seen_at FROM address WHERE person_id >= {first}""",
    """INSERT INTO code (purpose, subject_id, blind, sealed, created_at)
    SELECT 'invite', id, 'invite' || id, '', created_at FROM person WHERE id >= {first}""",
    """INSERT INTO roster_change (import_id, person_id, after) SELECT 1, id, '{{}}' FROM person WHERE id >= {first}""",
    """INSERT INTO proxy (principal_id, agent_id, relation, state, asked_at)
    SELECT id, id + 1, '', 'active', created_at FROM person WHERE id >= {first} AND id < {everybody} AND id % 3 = 0""",
    """INSERT INTO petition (kind, state, person_id, address_id, unit_id, sealed, reason, opened_at)
    SELECT 'vouch', 'granted', person_id, id, 1, '', '', last_seen_at
    FROM address WHERE person_id >= {first} AND person_id % 3 = 0""",
    """INSERT INTO enrolment (course_id, person_id, enrolled_at)
    SELECT 1 + id % 50, id, created_at FROM person WHERE id >= {first}""",
)

_GRID = (
    """INSERT INTO grid_report (state, unit_id, category, words, files, opener_id, charge_id, is_with_workers, step,
        run, outcome, outcome_files, opened_at, due_at, closed_at)
    SELECT 'closed', unit_id, 'lamp', '', '[]', id, unit_id, false, 0, 0, '', '[]', created_at, created_at, created_at
    FROM person WHERE id >= {first}""",
    """INSERT INTO grid_reporter (report_id, person_id, address_id, is_named, wants_news, verdict, joined_at)
    SELECT r.id, a.person_id, a.id, true, true, '', r.opened_at
    FROM grid_report r JOIN address a ON a.person_id = r.opener_id WHERE r.opener_id >= {first}""",
    """INSERT INTO grid_line (report_id, became, words, at)
    SELECT id, 'opened', '', opened_at FROM grid_report WHERE opener_id >= {first}""",
)

_PLEDGES = (
    """INSERT INTO pledge (unit_id, holder_id, words, due_on, state, reason, run, made_at, published_at, ended_at)
    SELECT unit_id, id, '', date(created_at), 'done', '', 0, created_at, created_at, created_at
    FROM person WHERE id >= {first} AND unit_id IS NOT NULL""",
    """INSERT INTO pledge_line (pledge_id, became, actor_id, words, files, at)
    SELECT id, 'done', holder_id, '', '[]', made_at FROM pledge""",
    """INSERT INTO pledge_appraisal (pledge_id, stage, grade, words, appraised_on, by_id, at)
    SELECT id, 'above', 'good', '', due_on, holder_id, made_at FROM pledge""",
)

_MATTERS = (
    """INSERT INTO matter (state, unit_id, title, kind, amount, step, run, opened_at, stepped_at, reason)
    SELECT 'done', unit_id, 'm' || id, 'other', 0, 'result', 1, created_at, created_at, ''
    FROM person WHERE id >= {first} AND id < {first} + {branches}""",
    """INSERT INTO matter_follower (matter_id, person_id, address_id, since)
    SELECT 1, a.person_id, a.id, a.last_seen_at FROM address a WHERE a.person_id >= {first}""",
)

_HOUSEHOLDS = (
    """INSERT INTO household (unit_id, address_sealed, address_blind, holder, holder_key, mobile_sealed, contact_id,
        seen_at, created_at)
    SELECT unit_id, '', 'h' || id, name, name_key, '', id, created_at, created_at FROM person WHERE id >= {first}""",
    """INSERT INTO visit (household_id, unit_id, visitor_id, kind, note_sealed, files, visited_at)
    SELECT id, unit_id, contact_id, 'look', '', '[]', created_at FROM household WHERE contact_id >= {first}""",
    """INSERT INTO resident (person_id, household_id, since)
    SELECT contact_id, id, created_at FROM household WHERE contact_id >= {first} AND contact_id % 3 = 0""",
    """INSERT INTO contact_card (person_id, shows_mobile, told_at)
    SELECT id, true, created_at FROM person WHERE id >= {first}""",
    """INSERT INTO household_import (file_name, added, changed, refused, imported_at)
    SELECT '', 0, 0, 0, created_at FROM person WHERE id = {first}""",
    """INSERT INTO household_change (import_id, household_id, after)
    SELECT i.id, h.id, '{{}}' FROM household_import i CROSS JOIN household h""",
)

_VOLUNTEERING = (
    """INSERT INTO seat_quota (activity_id, seats)
    SELECT id, {seats} + 3 FROM activity WHERE id >= {activity}""",
    f"""{_NUMBERS} INSERT INTO signup {_OCCUPIED}
    SELECT q.activity_id, 1 + (q.activity_id * 37 + k * {{step}}) % {{everybody}}, q.id, 'confirmed', k + 1, false, '',
        a.created_at, a.created_at
    FROM number CROSS JOIN seat_quota q JOIN activity a ON a.id = q.activity_id
    WHERE a.id >= {{activity}} AND a.id < {{coming}}""",  # noqa: S608  # ours, as everything here
    f"""{_NUMBERS} INSERT INTO signup {_OCCUPIED}
    SELECT q.activity_id, {{first}} + (q.activity_id * 37 + k * {{step}}) % {{members}}, q.id, 'confirmed', k + 1,
        false, '', a.created_at, a.created_at
    FROM number CROSS JOIN seat_quota q JOIN activity a ON a.id = q.activity_id WHERE a.id >= {{coming}}""",  # noqa: S608  # as above
    """INSERT INTO check_in (activity_id, person_id, way, in_at, out_at, by_id)
    SELECT s.activity_id, s.person_id, 'tapped', a.starts_at, a.ends_at, a.created_by
    FROM signup s JOIN activity a ON a.id = s.activity_id WHERE a.id >= {activity} AND a.id < {coming}""",
    """INSERT INTO service_record (activity_id, person_id, minutes, state, served_on, confirmed_by, created_at,
        changed_at)
    SELECT activity_id, person_id, 120, 'confirmed', date(in_at), by_id, out_at, out_at FROM check_in""",
    """INSERT INTO points_entry (person_id, year, points, rule, evidence, at)
    SELECT person_id, 2026, 4, 'service', 'service:' || id, created_at FROM service_record""",
    """INSERT INTO dispute (record_id, person_id, words, state, reason, opened_at)
    SELECT id, person_id, '', 'refused', '', created_at FROM service_record WHERE id % 10 = 0""",
    """INSERT INTO points_objection (person_id, rule, evidence, words, state, before, after, reason, opened_at)
    SELECT person_id, 'service', 'service:' || id, '', 'refused', 4, 4, '', created_at
    FROM service_record WHERE id % 10 = 0""",
    """INSERT INTO service_correction (record_id, before, after, reason, at)
    SELECT id, 60, 120, '', created_at FROM service_record WHERE id % 10 = 0""",
)

_PART = """(session_id, person_id, rsvp, answered_at, leave_words, state, way, marked_at, marked_by, credit_hours,
    is_guest, make_up_words)"""

_STUDY = (
    f"""INSERT INTO attendance {_PART}
    SELECT s.id, m.person_id, 'coming', s.created_at, '', 'present', 'tapped', s.ends_at, s.created_by, s.credit_hours,
        false, ''
    FROM study_session s JOIN member m ON m.unit_id = s.unit_id WHERE s.state = 'closed'""",  # noqa: S608  # as above
    f"""INSERT INTO attendance {_PART}
    SELECT s.id, m.person_id, 'none', NULL, '', 'expected', NULL, NULL, NULL, 0, false, ''
    FROM study_session s JOIN member m ON m.unit_id = s.unit_id
    WHERE s.state = 'published' AND m.person_id >= {{first}}""",  # noqa: S608  # as above
    """INSERT INTO material (session_id, title, url, copies, is_minutes, added_at)
    SELECT id, '', '', 0, false, created_at FROM study_session WHERE created_by >= {first}""",
    """INSERT INTO call_item (session_id, person_id, made_at, called_at)
    SELECT session_id, person_id, marked_at, marked_at FROM attendance WHERE state = 'present' AND id % 20 = 0""",
)

_SAID = (
    """INSERT INTO agenda_item (cause, kind, due_at, payload, state, attempts, reason, done_at)
    SELECT 'ladder:session:' || s.id || ':0:' || r.name, 'reminders.rung', s.starts_at, '{{}}',
        CASE WHEN s.state = 'closed' THEN 'done' ELSE 'pending' END, 0, '', NULL
    FROM study_session s CROSS JOIN (SELECT '3d' AS name UNION ALL SELECT '1d' UNION ALL SELECT '2h') r
    WHERE s.created_by >= {first}""",
    """INSERT INTO outbox_row (cause, kind, priority, channel, account, chat, reply_to, content, state, due_at, next_at,
        attempts, lease_owner, reason, remote_id, created_at, ended_at)
    SELECT 'past:' || id, 'reminder', 20, 'test', 'bot', 'c' || person_id, '', '{{}}', 'sent', marked_at, marked_at,
        0, '', '', '', marked_at, marked_at
    FROM attendance WHERE state = 'present'""",
    """INSERT INTO inbox_record (channel, account, sender, message_id, state, taken_at)
    SELECT 'test', 'bot', 'c' || person_id, 'past' || id, 'done', marked_at FROM attendance WHERE state = 'present'""",
    """INSERT INTO audit_line (actor_id, act, subject, at)
    SELECT marked_by, 'study.tapped', 'session ' || session_id, marked_at FROM attendance WHERE state = 'present'""",
    """INSERT INTO question (address_id, text, outcome, entry_id, score, asked_at)
    SELECT id, '', 'none', '', 0, last_seen_at FROM address WHERE person_id >= {first}""",
    """INSERT INTO "case" (kind, state, question, entry_id, files, unit_id, asker_id, address_id, answer, opened_at)
    SELECT 'question', 'answered', '', '', '[]', 1, person_id, id, '', last_seen_at
    FROM address WHERE person_id >= {first} AND person_id % 5 = 0""",
    """INSERT INTO stored_file (kind, state, channel, account, remote_id, name, media_type, size, digest, attempts,
        passed_on, person_id, next_at, created_at)
    SELECT 'document', 'kept', 'press', '', '', '', '', 1, 'd' || id, 0, true, id, created_at, created_at
    FROM person WHERE id >= {first}""",
    """INSERT INTO paper_link (file_id, person_id, outbox_id, tries, made_at, expires_at)
    SELECT id, person_id, id, 0, created_at, created_at FROM stored_file""",
    """INSERT INTO card_text (body, person_id, created_at)
    SELECT '', id, created_at FROM person WHERE id >= {first} AND id % 3 = 0""",
    """INSERT INTO unasked_count (person_id, week, count)
    SELECT id, date(created_at), 1 FROM person WHERE id >= {first}""",
    """INSERT INTO digest_item (person_id, cause, line, held_at, told_at)
    SELECT id, 'past', '', created_at, created_at FROM person WHERE id >= {first}""",
    """INSERT INTO chat_pace (channel, account, chat, free_at)
    SELECT 'test', 'bot', 'c' || id, created_at FROM person WHERE id >= {first}""",
    """INSERT INTO web_visitor (id, last_number) SELECT 'w' || id, 1 FROM person WHERE id >= {first}""",
    """INSERT INTO web_message (visitor_id, number, outbox_id, content, told_at)
    SELECT 'w' || id, 1, id, '{{}}', created_at FROM person WHERE id >= {first}""",
)

_STARS = (
    """INSERT INTO star_sheet (unit_id, year, state, made_at)
    SELECT DISTINCT unit_id, 2025, 'draft', created_at FROM member
    WHERE person_id >= {first} AND person_id < {first} + {branches}""",
    """INSERT INTO star_rating (sheet_id, person_id, marks, drafted, stars, reason, run)
    SELECT s.id, m.person_id, '{{}}', 3, 3, '', 0
    FROM star_sheet s JOIN member m ON m.unit_id = s.unit_id""",
)

FOLLOWING = (*_ROSTER, *_GRID, *_PLEDGES, *_MATTERS, *_HOUSEHOLDS, *_VOLUNTEERING, *_STUDY, *_STARS, *_SAID)
