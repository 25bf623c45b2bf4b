"""Posters to hang up: what, when, where, by whom, and a code to scan; for an activity, a venue's door, or a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import codes
from bot.domain.house import house_of
from bot.domain.persons import links
from bot.domain.persons.links import Lead, Way
from bot.domain.persons.vouching import SHOWN_FOR
from bot.papers.fonts import Face
from bot.papers.press import Circumstances
from bot.papers.setting import Block, block, fitted
from bot.papers.sheet import EDGE, GOLD, PAPER, RED, SOFT, Sheet, as_pdf, as_png
from bot.papers.times import clock, day, span
from content.words import on_paper
from db.models import Activity, CodePurpose, Place, SeatQuota, StudySession, Unit

T = TypeVar("T")

_MARGIN = 150
_FOOT = 940
"""How much of the page the box with the code takes, from below."""

_LABELS = 230


@dataclass(frozen=True, slots=True)
class Poster:
    """What a poster says; ``facts`` are labels and what stands behind them, ``links`` what its codes lead to."""

    heading: str
    title: str
    facts: tuple[tuple[str, str], ...]
    details: str
    invitation: str
    how: str
    code: str
    links: tuple[Lead, ...]


def for_activity(db: Session, subject: str, press: Circumstances) -> Poster:
    """Return what invites to an activity."""
    activity = _found(db.get(Activity, int(subject)))
    zone = house_of(db).zone
    counted = select(func.sum(col(SeatQuota.seats))).where(col(SeatQuota.activity_id) == activity.id)
    seats = db.execute(counted).scalar_one() or 0
    until = f"{day(activity.signup_until, zone)} {clock(activity.signup_until, zone)}"
    facts = (*_facts(db, activity), ("until", until), *((("places", on_paper("seats", seats=seats)),) if seats else ()))
    code = _code(db, CodePurpose.POSTER, subject, press)
    leads = links.printed(db, code, now=press.clock.now())
    return Poster(
        heading=on_paper(f"kind_{activity.kind}"),
        title=activity.title,
        facts=tuple((on_paper(label), words) for label, words in facts),
        details=activity.details,
        invitation=on_paper("scan_to_join"),
        how=_how("how_to_join", leads),
        code=code,
        links=leads,
    )


def for_venue(db: Session, subject: str, press: Circumstances) -> Poster:
    """Return what hangs at the door of an activity, to check in by."""
    return _at_the_door(db, _found(db.get(Activity, int(subject))), CodePurpose.VENUE, subject, press)


def for_session_venue(db: Session, subject: str, press: Circumstances) -> Poster:
    """Return what hangs at the door of a study session."""
    return _at_the_door(db, _found(db.get(StudySession, int(subject))), CodePurpose.SESSION_VENUE, subject, press)


def for_station(db: Session, subject: str, press: Circumstances) -> Poster:
    """Return what hangs at a place people come by: scanned, it takes a photo of what is to be put right."""
    place = _found(db.get(Place, int(subject)))
    code = _code(db, CodePurpose.STATION, subject, press)
    leads = links.printed(db, code, now=press.clock.now())
    return Poster(
        heading=on_paper("station_title"),
        title=place.name,
        facts=((on_paper("who"), db.get_one(Unit, place.unit_id).name),),
        details=place.details,
        invitation=on_paper("scan_to_report"),
        how=_how("how_to_report", leads),
        code=code,
        links=leads,
    )


def for_invite(db: Session, subject: str, press: Circumstances) -> Poster:
    """Return what somebody on a roster scans to say who they are, soon; whose it is does not stand there."""
    code = _code(db, CodePurpose.INVITE, subject, press)
    until = _found(_found(codes.find(db, code, now=press.clock.now())).expires_at)
    if until - press.clock.now() > SHOWN_FOR:
        raise LookupError("the code to be shown has ended, and no other may be")
    leads = links.printed(db, code, now=press.clock.now())
    return Poster(
        heading=on_paper("invite_title"),
        title=on_paper("invite_whom"),
        facts=((on_paper("good_until"), clock(until, house_of(db).zone)),),
        details=on_paper("invite_once"),
        invitation=on_paper("scan_to_bind"),
        how=_how("how_to_bind", leads),
        code=code,
        links=leads,
    )


def picture(facts: Poster) -> bytes:
    """Draw a poster to be sent and shown."""
    return as_png(_drawn(facts))


def to_print(facts: Poster) -> bytes:
    """Draw a poster to be printed on A4."""
    return as_pdf(_drawn(facts))


def _at_the_door(
    db: Session, occasion: Activity | StudySession, purpose: CodePurpose, subject: str, press: Circumstances
) -> Poster:
    code = _code(db, purpose, subject, press)
    leads = links.printed(db, code, now=press.clock.now())
    return Poster(
        heading=on_paper("check_in_title"),
        title=occasion.title,
        facts=tuple((on_paper(label), words) for label, words in _facts(db, occasion)),
        details="",
        invitation=on_paper("scan_to_check_in"),
        how=_how("how_to_check_in", leads),
        code=code,
        links=leads,
    )


def _how(what: str, leads: Sequence[Lead]) -> str:
    """Say what to do with a code: with which app, where only one reads it."""
    if not leads:
        return on_paper("how_without_link")
    return on_paper(f"{what}_in_wechat" if leads[0].way is Way.WECHAT else what)


def _found(row: T | None) -> T:
    if row is None:
        raise LookupError("it is not there any more")
    return row


def _facts(db: Session, occasion: Activity | StudySession) -> tuple[tuple[str, str], ...]:
    zone = house_of(db).zone
    return (
        ("when", span(occasion.starts_at, occasion.ends_at, zone)),
        ("where", occasion.place),
        ("who", db.get_one(Unit, occasion.unit_id).name),
    )


def _code(db: Session, purpose: CodePurpose, subject: str, press: Circumstances) -> str:
    code = codes.standing(db, purpose, int(subject), now=press.clock.now())
    if code is None:
        raise LookupError("its code was taken back")
    return code


def _drawn(facts: Poster) -> Sheet:
    page = Sheet.headed()
    page.say(facts.heading, page.width / 2, 120, size=50, colour=RED, align="middle")
    for scale in (1.2, 1.0, 0.85, 0.72, 0.6, 0.5, 0.4):
        title, rows, details = _parts(facts, page.width - 2 * _MARGIN, scale)
        if 230 + _height(title, rows, details) < page.height - _FOOT:
            break
    y = page.write(title, page.width / 2, 215, align="middle") + 36
    page.box(page.width / 2 - 70, y, 140, 6, fill=GOLD)
    y += 70
    for label, words in rows:
        page.write(label, _MARGIN + 20, y + (words.size * words.leading - label.size * label.leading) / 2, colour=SOFT)
        y = page.write(words, _MARGIN + _LABELS, y) + 14
    if details.lines != ("",):
        page.write(details, _MARGIN + 20, y + 24, colour=SOFT)
    _draw_code(page, facts)
    page.say(on_paper("footer"), page.width / 2, page.height - 105, size=34, colour=SOFT, align="middle")
    return page


def _parts(facts: Poster, width: int, scale: float) -> tuple[Block, list[tuple[Block, Block]], Block]:
    largest = round(132 * min(scale, 1.0))
    title = fitted(facts.title, width=width, sizes=range(largest, largest // 2, -6), most=2, face=Face.SERIF, weight=3)
    size = round(56 * scale)
    rows = [
        (block(label, width=_LABELS, size=round(size * 0.8)), block(words, width=width - _LABELS - 20, size=size))
        for label, words in facts.facts
    ]
    return title, rows, block(facts.details, width=width - 40, size=round(42 * scale))


def _height(title: Block, rows: list[tuple[Block, Block]], details: Block) -> int:
    return title.height + 112 + sum(words.height + 14 for _, words in rows) + 24 + details.height


def _draw_code(page: Sheet, facts: Poster) -> None:
    top, height = page.height - _FOOT + 30, _FOOT - 190
    page.box(_MARGIN, top, page.width - 2 * _MARGIN, height, fill=PAPER, edge=EDGE)
    side = 600
    page.code(facts.links[0].address if facts.links else facts.code, _MARGIN + 60, top + (height - side) / 2, side)
    left, width = _MARGIN + side + 100, page.width - 2 * _MARGIN - side - 160
    invitation = fitted(facts.invitation, width=width, sizes=range(88, 60, -4), most=1, weight=2)
    y = page.write(invitation, left, top + 60, colour=RED)
    y = page.write(block(facts.how, width=width, size=42), left, y + 20) + 24
    y = page.write(fitted(links.spaced(facts.code), width=width, sizes=range(104, 60, -4), most=1, weight=2), left, y)
    if len(facts.links) > 1:
        page.code(facts.links[1].address, left - 20, y + 16, 210)
        page.say(on_paper(f"on_{facts.links[1].way}"), left + 200, y + 92, size=36, colour=SOFT)
