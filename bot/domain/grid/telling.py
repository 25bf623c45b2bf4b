"""What those are told who have to see to a report, and those who reported it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import cases, notices
from bot.domain.files import rows
from bot.domain.grid import routing
from bot.domain.messages import Attachment, Choice, Pin
from content.grid import kind_name
from content.words import label
from db.models import FileState, GridReport, GridReporter, GridState, Person, Place, StoredFile

_LINE = 60


def number(report: GridReport) -> str:
    """Return the number people see, such as ``E0012``."""
    return f"E{report.id:04d}"


def what(report: GridReport) -> str:
    """Return what is reported on a line: the words, else its kind, else that there is a photo."""
    if report.words:
        return cases.one_line(report.words, longest=_LINE)
    return kind_name(report.category) if report.category else label("only_a_photo")


def where(db: Session, report: GridReport) -> str:
    """Return where it is, as far as that is known: the place, else that there is a spot on the map to look at."""
    place = db.get(Place, report.place_id) if report.place_id else None
    if place:
        return place.name
    return label("spot_on_map") if spot(report) else ""


def spot(report: GridReport) -> Pin | None:
    """Return the spot on the map that came with a report, if one did."""
    if report.latitude is None or report.longitude is None:
        return None
    return Pin(latitude=report.latitude, longitude=report.longitude)


def by_whom(db: Session, report: GridReport) -> str:
    """Return the names of those who reported it and gave them; nothing where nobody did."""
    named = select(col(Person.name)).join(GridReporter, col(GridReporter.person_id) == col(Person.id))
    theirs = named.where(col(GridReporter.report_id) == report.id, col(GridReporter.is_named), col(Person.name) != "")
    names = db.execute(theirs.order_by(col(GridReporter.joined_at))).scalars()
    return label("name_comma").join(names)


def photos(db: Session, file_ids: Sequence[int]) -> tuple[Attachment, ...]:
    """Return photos as what goes along with a message, without those that are forgotten."""
    kept = [one for one in rows(db, file_ids) if one.state is not FileState.LOST]
    return tuple(Attachment(kind=one.kind.value, file_id=one.id or 0, name=one.name) for one in kept)


def hand_to(db: Session, report: GridReport, people_ids: Sequence[int], *, now: datetime) -> None:
    """Show a report to those who have to see to it."""
    notices.tell_all(
        db,
        "grid/for_handler",
        to=people_ids,
        cause=f"grid:{report.id}:{report.run}:{report.step}:{report.charge_id}:{int(now.timestamp())}",
        now=now,
        choices=to_do(report),
        attachments=photos(db, report.files),
        number=number(report),
        what=what(report),
        where=where(db, report),
        by_whom=by_whom(db, report),
        until=report.due_at,
        is_again=report.run > 0,
    )


def to_do(report: GridReport) -> tuple[Choice, ...]:
    """Offer what may be done about a report by who has to see to it."""
    fill = {"report_id": report.id}
    take = Choice(label=label("take_report"), go="grid.take", fill=fill)
    done = Choice(label=label("report_done"), go="grid.done", fill=fill)
    elsewhere = Choice(label=label("not_ours"), go="grid.pass_up", fill=fill)
    look = (Choice(label=label("look_at_report"), go="grid.look", fill=fill),) if spot(report) else ()
    match report.state:
        case GridState.OPEN:
            return (take, done, elsewhere, *look)
        case GridState.TAKEN:
            return (done, elsewhere, *look)
        case _:
            return ()


def one_more(db: Session, report: GridReport, people_ids: Sequence[int], *, cause: str, now: datetime) -> None:
    """Tell those who see to a report that somebody else reported the same."""
    count = len(db.execute(select(col(GridReporter.person_id)).where(col(GridReporter.report_id) == report.id)).all())
    notices.tell_all(
        db,
        "grid/one_more",
        to=people_ids,
        cause=f"grid:{report.id}:{cause}",
        now=now,
        number=number(report),
        count=count,
    )


def show_more(db: Session, report: GridReport, more: Sequence[StoredFile], *, now: datetime) -> None:
    """Show photos that came later to those who were told of a report."""
    first = more[0].id if more else 0
    notices.tell_all(
        db,
        "grid/more_photos",
        to=routing.in_charge(db, report),
        cause=f"grid:{report.id}:photos:{first}",
        now=now,
        attachments=photos(db, [one.id or 0 for one in more]),
        number=number(report),
    )
