"""Every kind of paper the press makes: an explicit list."""

from collections.abc import Mapping

from bot.domain.papers import PaperKind
from bot.papers import (
    calendars,
    cards,
    certificates,
    handovers,
    matters,
    posters,
    report_sheets,
    reports,
    rosters,
    sheets,
    signs,
)
from bot.papers.press import Paper

PAPERS: Mapping[PaperKind, Paper] = {
    PaperKind.POSTER: Paper(posters.for_activity, posters.picture),
    PaperKind.POSTER_PDF: Paper(posters.for_activity, posters.to_print),
    PaperKind.VENUE: Paper(posters.for_venue, posters.picture),
    PaperKind.VENUE_PDF: Paper(posters.for_venue, posters.to_print),
    PaperKind.SESSION_VENUE: Paper(posters.for_session_venue, posters.picture),
    PaperKind.SESSION_VENUE_PDF: Paper(posters.for_session_venue, posters.to_print),
    PaperKind.STATION: Paper(posters.for_station, signs.picture),
    PaperKind.STATION_PDF: Paper(posters.for_station, signs.to_print),
    PaperKind.INVITE: Paper(posters.for_invite, signs.picture),
    PaperKind.CERTIFICATE: Paper(certificates.gather, certificates.picture),
    PaperKind.CERTIFICATE_PDF: Paper(certificates.gather, certificates.to_print),
    PaperKind.CARD: Paper(cards.gather, cards.draw),
    PaperKind.CALENDAR: Paper(calendars.gather, calendars.draw),
    PaperKind.ATTENDANCE_SHEET: Paper(sheets.attendance, sheets.draw),
    PaperKind.SERVICE_SHEET: Paper(sheets.service, sheets.draw),
    PaperKind.CALL_LIST: Paper(sheets.calls, sheets.draw),
    PaperKind.BROADCAST_CALLS: Paper(sheets.broadcast_calls, sheets.draw),
    PaperKind.HANDOVER: Paper(handovers.gather, sheets.draw),
    PaperKind.MATTER_SHEET: Paper(matters.gather, sheets.draw),
    PaperKind.ROSTER_ERRORS: rosters.PROBLEMS,
    PaperKind.ROSTER: rosters.ROSTER,
    PaperKind.REPORT: Paper(reports.gather, reports.draw),
    PaperKind.REPORT_SHEET: Paper(report_sheets.gather, report_sheets.draw),
}
