"""Papers of volunteering: the poster of an activity, what hangs at its door, a certificate of service."""

from bot.conversation.flow import Form, flow
from bot.conversation.turn import Reply, Turn
from bot.domain import papers
from bot.domain.papers import PaperKind
from bot.domain.volunteers import posting, service, volunteering
from bot.errors import DomainError
from content.words import label
from db.models import OccasionState, ServiceState
from handlers.personal import privately

_LOOKED_AT = 20


class OneActivity(Form):
    """An activity, by its id."""

    activity_id: int


@flow("activities.papers", OneActivity)
def for_activity(turn: Turn, form: OneActivity) -> Reply:
    """Give the poster to show and to print, and the code for the door; each shows its own QR."""
    privately(turn)
    activity = volunteering.found_for(turn.db, form.activity_id, turn.person)
    if activity.state not in {OccasionState.DRAFT, OccasionState.PUBLISHED}:
        raise DomainError("volunteering/no_such_activity")
    made = posting.posters(turn.db, activity, by=turn.person, now=turn.now)
    return Reply("volunteering/posters", title=activity.title, attachments=made)


@flow("service.certificate")
def certificate(turn: Turn, _form: Form) -> Reply:
    """Certify what was served last and is confirmed."""
    privately(turn)
    recent = service.recent(turn.db, turn.person.id or 0, limit=_LOOKED_AT)
    confirmed = [(record, activity) for record, activity in recent if record.state is ServiceState.CONFIRMED]
    if not confirmed:
        raise DomainError("volunteering/no_record_yet")
    record, activity = confirmed[0]
    kinds = ((PaperKind.CERTIFICATE, "png"), (PaperKind.CERTIFICATE_PDF, "pdf"))
    subject, to = str(record.id), turn.person.id
    made = [
        papers.order(turn.db, kind, subject, name=f"{label('certificate')}.{ending}", to=to, now=turn.now)
        for kind, ending in kinds
    ]
    return Reply("volunteering/certificate", title=activity.title, attachments=tuple(made))
