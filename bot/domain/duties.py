"""Every rule that is done by itself when it falls due, by the name its items have: an explicit list."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import cases, chasing, papers, reminders, unasked, unheard
from bot.domain.agenda import Item
from bot.domain.answers import comparing, tidings, upkeep
from bot.domain.broadcasts import deciding, following, sending
from bot.domain.grid import deadlines
from bot.domain.matters import deadlines as matter_deadlines
from bot.domain.matters import spreading
from bot.domain.persons import erasing
from bot.domain.pledges import asking, judging
from bot.domain.reports import weekly
from bot.domain.rosters import roster_files
from bot.domain.stars import deciding as stars
from bot.domain.studies import cadence, study, study_close, study_news, study_series
from bot.domain.volunteers import duty_posts, series, service, telling, volunteering, waitlist

Duty = Callable[[Session, Item, datetime], None]
"""Does an item in the transaction that holds it; what it must do again it plans itself (:func:`agenda.again`)."""

DUTIES: Mapping[str, Duty] = {
    # answers
    tidings.TELL: tidings.tell,
    upkeep.WEEKLY: upkeep.weekly,
    comparing.COMPARE: comparing.compare,
    cases.CHASE: chasing.chase,
    # reports from the grid
    deadlines.DUE: deadlines.overdue,
    deadlines.JUDGED: deadlines.judged,
    deadlines.PHOTOS: deadlines.forget_photos,
    # pledges
    asking.MONTHLY: asking.ask_all,
    judging.DUE: asking.ask_on_the_day,
    # important matters
    matter_deadlines.OVER: matter_deadlines.over,
    matter_deadlines.IDLE: matter_deadlines.idle,
    spreading.TELL: spreading.tell,
    # stars
    stars.TELL: stars.tell_each,
    # my data
    erasing.TRACES: erasing.forget_traces,
    # papers
    papers.FORGOTTEN: papers.forget,
    # volunteering
    telling.TELL: telling.tell_all,
    waitlist.EXPIRE: waitlist.expire,
    volunteering.CLOSE: waitlist.close,
    volunteering.GAP: duty_posts.gap,
    volunteering.SETTLE: service.settle,
    series.EXTEND: series.extend,
    # roster
    roster_files.FORGET: roster_files.forget,
    # study
    cadence.WATCH: cadence.watch,
    study.NEWS: study_news.spread,
    study.SETTLE: study_close.settle,
    study_series.EXTEND: study_series.extend,
    # reports
    weekly.WEEKLY: weekly.tell_all,
    # reminders
    reminders.RUNG: reminders.rung,
    reminders.CALLS: reminders.call_list,
    unasked.DIGEST: unasked.digest,
    unheard.TELL: unheard.tell,
    # broadcasts
    deciding.START: sending.start,
    sending.WORK: sending.work,
    following.FOLLOW: following.follow,
}


def begin(db: Session, now: datetime) -> None:
    """Plan whatever is done again and again for ever; planned before, it is left as it is."""
    cadence.begin(db, now=now)
    upkeep.begin(db, now=now)
    comparing.begin(db, now=now)
    weekly.begin(db, now=now)
    asking.begin(db, now=now)
