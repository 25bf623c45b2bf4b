"""A study session written on a page: looked at as a card first, then made known."""

from dataclasses import replace
from datetime import timedelta

from bot.admin.asked import Asked, Misfilled
from bot.admin.picking import offered, picked
from bot.admin.times import read_moment
from bot.admin.views import Go, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.studies import courses, study, study_desk, study_series
from bot.domain.studies.study import Design
from content.moments import Read
from content.words import meeting_name, meeting_names
from db.models import MeetingKind

_MAY = frozenset({Act.HOLD_SESSIONS})
_USUAL = timedelta(hours=2)
_LONGEST_LINE = 40


def write(visit: Visit, _asked: Asked) -> View:
    """Show where a session is written."""
    return _form(visit, None, count=0, repeats=False)


def take(visit: Visit, asked: Asked) -> Go | View:
    """Show it as a card, or make it known."""
    design, found = _design(visit, asked)
    study.insist_possible(design.starts_at, design.ends_at, now=visit.now)
    if asked.form.get("do", "") != "publish":
        count = study_desk.count_meant(visit.db, design.kind, design.audience, design.course_id)
        return _form(visit, design, count=count, repeats=found.rule is not None)
    if design.kind is MeetingKind.COURSE_CLASS:
        course = courses.named(visit.db, design.unit, design.title, by=visit.person, now=visit.now)
        design = replace(design, course_id=course.id)
    if found.rule is None:
        session = study.publish(visit.db, design, by=visit.person, now=visit.now)
        return Go(f"/admin/study/{session.id}", said="session_published")
    made = study_series.begin(visit.db, design, dict(found.rule), by=visit.person, now=visit.now)
    return Go(f"/admin/study/{made[0].id}", said="series_begun")


def _form(visit: Visit, design: Design | None, *, count: int, repeats: bool) -> View:
    values = {"units": offered(visit, Act.HOLD_SESSIONS), "kinds": list(meeting_names())}
    return View("session_form", {**values, "design": design, "count": count, "repeats": repeats})


def _design(visit: Visit, asked: Asked) -> tuple[Design, Read]:
    found = read_moment(visit, asked, "starts_at", past="study/time_is_past")
    if found is None:
        raise Misfilled("empty", "starts_at")
    kind = asked.form.get("kind", "")
    if kind not in meeting_names():
        raise Misfilled("empty", "kind")
    unit = picked(visit, asked, Act.HOLD_SESSIONS)
    ends_at = found.when.ends_at or found.when.starts_at + _USUAL
    title = asked.text("title", most=_LONGEST_LINE, least=1 if kind == MeetingKind.COURSE_CLASS else 0)
    design = Design(
        kind=MeetingKind(kind),
        title=title or meeting_name(kind),
        unit=unit,
        audience=unit,
        place=asked.text("place", most=_LONGEST_LINE),
        starts_at=found.when.starts_at,
        ends_at=ends_at,
        credit_hours=round((ends_at - found.when.starts_at).total_seconds() / 1800) / 2,
    )
    return design, found


PAGES = (Page("/admin/study/new", write, takes=take, needs=_MAY),)
