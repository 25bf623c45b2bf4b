"""What becomes of a report, for those who reported it: how it stands, and whether it is mended."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import files
from bot.domain.grid import following, handling, judging, reporting, saying, telling
from bot.domain.messages import Choice
from bot.errors import DomainError
from content.words import label
from db.models import FileKind, GridReport, GridState


class OneReport(Form):
    """A report, by its id."""

    report_id: int


class News(Form):
    """A report, and whether whoever reported it wants to hear what becomes of it."""

    report_id: int
    wants_news: bool


@flow("grid.news", News)
def news(turn: Turn, form: News) -> Reply:
    """Note whether somebody wants to hear what becomes of what they reported."""
    report = following.want(turn.db, form.report_id, turn.person, wants_news=form.wants_news)
    return Reply("grid/news", number=telling.number(report), wants_news=form.wants_news)


def numbered(turn: Turn) -> bool:
    """Tell whether somebody names a report by its number."""
    return saying.read(turn.text).report_id > 0


@flow("grid.numbered")
def by_number(turn: Turn, _form: Form) -> Reply:
    """Show how the report stands that is named, or do with it what is said; to others there is none."""
    said = saying.read(turn.text)
    if said.act == saying.TAKE:
        return Reply.leading("grid.take", report_id=said.report_id)
    if said.act == saying.DONE:
        fill = {"words": said.words} if said.words else {}
        return Reply.leading("grid.done", report_id=said.report_id, files=list(turn.files), **fill)
    meant = following.meant(turn.db, said.report_id)
    if following.has_part(turn.db, meant, turn.conversation.person_id):
        return Reply.leading("grid.standing", report_id=meant)
    if handling.may_handle(turn.db, said.report_id, turn.person):
        return Reply.leading("grid.look", report_id=said.report_id)
    raise DomainError("grid/not_yours")


@flow("grid.standing", OneReport)
def standing(turn: Turn, form: OneReport) -> Reply:
    """Show whoever reported it how it stands."""
    meant = following.meant(turn.db, form.report_id)
    if not following.has_part(turn.db, meant, turn.conversation.person_id):
        raise DomainError("grid/not_yours")
    report = turn.db.get_one(GridReport, meant)
    fill = {"report_id": report.id}
    choices: tuple[Choice, ...] = ()
    if report.state is GridState.DONE:
        choices += (Choice(label=label("mended"), go="grid.mended", fill=fill),)
    if judging.may_reopen(turn.db, report, now=turn.now):
        choices += (Choice(label=label("not_mended"), go="grid.not_mended", fill=fill),)
    return Reply(
        "grid/how_it_stands",
        choices=choices,
        number=telling.number(report),
        what=telling.what(report),
        state=report.state.value,
        outcome=report.outcome,
        until=report.due_at,
    )


@flow("grid.mended", OneReport)
def mended(turn: Turn, form: OneReport) -> Reply:
    """Somebody who reported it says that it is mended."""
    report = judging.judge(turn.db, form.report_id, by=turn.person, is_mended=True, now=turn.now)
    return Reply("grid/glad", number=telling.number(report))


@flow("grid.not_mended", OneReport)
def not_mended(turn: Turn, form: OneReport) -> Reply:
    """Somebody who reported it says that it is not mended: it begins anew."""
    report = judging.judge(turn.db, form.report_id, by=turn.person, is_mended=False, now=turn.now)
    return Reply("grid/again", number=telling.number(report))


def is_more(turn: Turn) -> bool:
    """Tell whether a photo came right after a report, before anything else was said."""
    if not turn.files or turn.text or turn.conversation.open_form:
        return False
    last = reporting.just_opened(turn.db, turn.conversation.person_id, now=turn.now)
    is_photo = all(one.kind is FileKind.PHOTO for one in files.rows(turn.db, turn.files))
    return is_photo and last is not None and last.state is not GridState.CLOSED


@flow("grid.more")
def more(turn: Turn, _form: Form) -> Reply:
    """Add a photo to what was reported just now, unless it is of something else."""
    report = reporting.just_opened(turn.db, turn.conversation.person_id, now=turn.now)
    sent = tuple(files.rows(turn.db, turn.files))
    if report is None or not reporting.add_photos(turn.db, report, sent, now=turn.now):
        raise DomainError("grid/no_more_photos", most=reporting.MOST_PHOTOS)
    return Reply("grid/photo_added", number=telling.number(report))
