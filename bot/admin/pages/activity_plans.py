"""An activity written on a page: looked at as a card first, then published or kept as a draft."""

from datetime import timedelta

from bot.admin.asked import Asked, Misfilled
from bot.admin.picking import offered, picked
from bot.admin.times import read_moment
from bot.admin.views import Go, Page, View
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.volunteers import series, volunteering
from bot.domain.volunteers.volunteering import Plan
from content import counts
from content.moments import Read
from db.models import MemberKind

_MAY = frozenset({Act.HOLD_ACTIVITIES})
_LONGEST_LINE = 40
_LONGEST_DETAILS = 500
_HOURS = ("0", "2", "24")


def write(visit: Visit, _asked: Asked) -> View:
    """Show where an activity is written."""
    return _form(visit, plan=None, repeats=False)


def take(visit: Visit, asked: Asked) -> Go | View:
    """Show it as a card; or publish it, or keep it as a draft."""
    plan, found = _plan(visit, asked)
    volunteering.check(plan, now=visit.now)
    unit = volunteering.holder(visit.db, plan.audience, visit.person)
    do = asked.form.get("do", "")
    if do not in {"publish", "keep"}:
        return _form(visit, plan=plan, repeats=found.rule is not None)
    if found.rule is not None:
        series.begin(visit.db, plan, dict(found.rule), unit=unit, by=visit.person, now=visit.now)
        return Go("/admin/activities", said="series_begun")
    activity = volunteering.draft(visit.db, plan, unit=unit, by=visit.person, now=visit.now)
    if do == "publish":
        volunteering.publish(visit.db, activity.id or 0, by=visit.person, now=visit.now)
    return Go(f"/admin/activities/{activity.id}", said="published" if do == "publish" else "kept")


def _form(visit: Visit, *, plan: Plan | None, repeats: bool) -> View:
    return View("activity_form", {"plan": plan, "repeats": repeats, "units": offered(visit, Act.HOLD_ACTIVITIES)})


def _plan(visit: Visit, asked: Asked) -> tuple[Plan, Read]:
    found = read_moment(visit, asked, "starts_at", past="volunteering/in_the_past")
    if found is None:
        raise Misfilled("empty", "starts_at")
    if found.when.ends_at is None:
        raise Misfilled("no_end", "starts_at")
    wanted = counts.read(asked.text("seats", most=_LONGEST_LINE))
    seats = {None if kind == counts.ANYBODY else MemberKind(kind): count for kind, count in wanted.items() if count}
    if not seats:
        raise Misfilled("not_a_number", "seats")
    hours = asked.form.get("until_hours", "")
    if hours not in _HOURS:
        raise Misfilled("empty", "until_hours")
    plan = Plan(
        title=asked.text("title", most=_LONGEST_LINE),
        place=asked.text("place", most=_LONGEST_LINE),
        starts_at=found.when.starts_at,
        ends_at=found.when.ends_at,
        signup_until=found.when.starts_at - timedelta(hours=int(hours)),
        seats=seats,
        audience=picked(visit, asked, Act.HOLD_ACTIVITIES),
        audience_kind=next(iter(seats)) if len(seats) == 1 else None,
        has_waitlist=bool(asked.form.get("waitlist")),
        details=asked.form.get("details", "").strip()[:_LONGEST_DETAILS],
    )
    return plan, found


PAGES = (Page("/admin/activities/new", write, takes=take, needs=_MAY),)
