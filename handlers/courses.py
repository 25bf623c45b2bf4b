"""Courses of several sessions: what there is, taking part, and leaving."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain.messages import Choice
from bot.domain.studies import courses
from content.words import label
from db.models import Course

_LISTED = 5


class OneCourse(Form):
    """A course, by its id."""

    course_id: int


@flow("courses.list")
def list_(turn: Turn, _form: Form) -> Reply:
    """List the courses that go on and that somebody may take part in."""
    found = courses.open_to(turn.db, turn.person, now=turn.now, limit=_LISTED)
    if not found:
        return Reply("courses/none")
    choices = tuple(
        Choice(label=course.title, go="courses.show", fill={"course_id": course.id}) for course, _ahead, _is_in in found
    )
    return Reply("courses/open", choices=choices)


@flow("courses.show", OneCourse)
def show(turn: Turn, form: OneCourse) -> Reply:
    """Show a course, its next sessions, and how to take part."""
    ahead = courses.sessions_of(turn.db, form.course_id, now=turn.now)
    course = turn.db.get(Course, form.course_id)
    if course is None or not ahead:
        return Reply("study/course_over")
    is_in = courses.is_enrolled(turn.db, form.course_id, turn.person)
    fill = {"course_id": form.course_id}
    step = (
        Choice(label=label("drop_course"), go="courses.drop", fill=fill)
        if is_in
        else Choice(label=label("enrol"), go="courses.enrol", fill=fill)
    )
    first = ahead[0]
    return Reply(
        "courses/course",
        title=course.title,
        count=len(ahead),
        starts_at=first.starts_at,
        place=first.place,
        is_in=is_in,
        choices=(step,),
    )


@flow("courses.enrol", OneCourse)
def enrol(turn: Turn, form: OneCourse) -> Reply:
    """Take part in a course."""
    course = courses.enrol(turn.db, form.course_id, turn.person, now=turn.now)
    return Reply("courses/enrolled", title=course.title)


@flow("courses.drop", OneCourse)
def drop(turn: Turn, form: OneCourse) -> Reply:
    """Leave a course; what was heard so far counts."""
    course = courses.drop(turn.db, form.course_id, turn.person, now=turn.now)
    return Reply("courses/dropped", title=course.title)
