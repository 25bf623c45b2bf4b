"""Certificates of service: for one activity or for a year, with a number that can be checked."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.domain import certificates
from bot.domain.house import house_of
from bot.papers.fonts import Face
from bot.papers.press import Circumstances
from bot.papers.setting import block, fitted
from bot.papers.sheet import EDGE, GOLD, INK, PAPER, RED, SOFT, Sheet, as_pdf, as_png
from bot.papers.times import full_day
from content.words import on_paper

_SIZE = (2339, 1654)
_INSET = 90


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says."""

    name: str
    body: str
    number: str
    issuer: str
    day: str


def gather(db: Session, subject: str, press: Circumstances) -> Certificate:
    """Return what is certified; raise ``LookupError`` while no hour of it is confirmed."""
    zone = house_of(db).zone
    service = certificates.certified(db, subject)
    if service is None:
        raise LookupError("nothing that is confirmed")
    hours = f"{service.minutes / 60:.1f}".removesuffix(".0")
    if service.title:
        day = full_day(service.last_on, zone)
        body = on_paper("certificate_one", day=day, title=service.title, hours=hours)
    else:
        body = on_paper("certificate_year", year=service.last_on.year, times=service.times, hours=hours)
    return Certificate(
        name=service.name,
        body=body,
        number=on_paper("number", number=service.number),
        issuer=service.issuer,
        day=full_day(press.clock.now(), zone),
    )


def picture(facts: Certificate) -> bytes:
    """Draw a certificate to be sent and shown."""
    return as_png(_drawn(facts))


def to_print(facts: Certificate) -> bytes:
    """Draw a certificate to be printed on A4, lying."""
    return as_pdf(_drawn(facts))


def _drawn(facts: Certificate) -> Sheet:
    page = Sheet(_SIZE, ground=PAPER)
    _frame(page)
    middle, width = page.width / 2, page.width - 4 * _INSET
    title = block(on_paper("certificate"), width=width, size=132, face=Face.SERIF, weight=3)
    y = page.write(title, middle, 230, colour=RED, align="middle") + 10
    page.box(middle - 80, y, 160, 6, fill=GOLD)
    y = page.say(on_paper("certificate_of"), middle, y + 64, size=50, colour=SOFT, align="middle")
    name = fitted(facts.name, width=width, sizes=range(112, 44, -6), most=1, face=Face.SERIF, weight=2)
    y = page.write(name, middle, y + 26, align="middle") + 26
    body = fitted(facts.body, width=width - 160, sizes=range(62, 38, -4), most=3, leading=1.5)
    y = page.write(body, middle, y, align="middle")
    page.say(on_paper("certificate_thanks"), middle, y + 24, size=50, colour=SOFT, align="middle")
    _sign(page, facts)
    return page


def _frame(page: Sheet) -> None:
    page.box(_INSET - 16, _INSET - 16, page.width - 2 * _INSET + 32, page.height - 2 * _INSET + 32, fill=GOLD)
    page.box(_INSET - 12, _INSET - 12, page.width - 2 * _INSET + 24, page.height - 2 * _INSET + 24, fill=PAPER)
    page.box(_INSET, _INSET, page.width - 2 * _INSET, page.height - 2 * _INSET, fill=EDGE)
    page.box(_INSET + 2, _INSET + 2, page.width - 2 * _INSET - 4, page.height - 2 * _INSET - 4, fill=PAPER)


def _sign(page: Sheet, facts: Certificate) -> None:
    bottom, left = page.height - _INSET - 80, _INSET + 90
    number = block(facts.number, width=900, size=38)
    page.write(number, left, bottom - 130, colour=SOFT)
    page.say(on_paper("number_check"), left, bottom - 68, size=32, colour=SOFT)
    issuer = fitted(facts.issuer, width=900, sizes=range(56, 34, -4), most=2)
    day = block(facts.day, width=900, size=46)
    right = page.width - _INSET - 90 - 450
    page.write(issuer, right, bottom - day.height - issuer.height, colour=INK, align="middle")
    page.write(day, right, bottom - day.height + 6, colour=INK, align="middle")
