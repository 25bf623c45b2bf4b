"""Certificates: only of what is confirmed, with a number that tells whether they are true."""

import pytest
from sqlalchemy.orm import Session

from bot.domain import certificates
from bot.domain.papers import PaperKind
from bot.papers import certificates as drawing
from bot.papers.certificates import Certificate
from db.models import ServiceRecord, ServiceState
from tests.papers.conftest import Desk, opened


def test_one_activity_is_certified_with_its_hours(desk: Desk) -> None:
    record = desk.service(desk.person("陈大文"), 150)

    said = desk.world.run(lambda db: drawing.gather(db, str(record), desk.circumstances()))

    assert (said.name, said.body, said.issuer, said.day) == (
        "陈大文",
        "于 2026年11月21日 参加“清理村道”，志愿服务 2.5 小时。",
        "潘一支部",
        "2026年11月23日",
    )


def test_a_year_is_certified_with_all_that_is_confirmed(desk: Desk) -> None:
    person = desk.person("陈大文")
    for minutes, state in ((120, ServiceState.CONFIRMED), (60, ServiceState.CONFIRMED), (600, ServiceState.PROPOSED)):
        desk.service(person, minutes, state=state)

    said = desk.world.run(lambda db: drawing.gather(db, f"{person}/2026", desk.circumstances()))

    assert said.body == "2026 年参加志愿服务 2 次，共计 3 小时。"


@pytest.mark.parametrize("subject", ["4711", "4711/2026"])
def test_nothing_is_not_certified(desk: Desk, subject: str) -> None:
    with pytest.raises(LookupError):
        desk.make(PaperKind.CERTIFICATE, subject)


def test_hours_that_are_not_confirmed_are_not_certified(desk: Desk) -> None:
    record = desk.service(desk.person("陈大文"), 150, state=ServiceState.PROPOSED)

    with pytest.raises(LookupError):
        desk.make(PaperKind.CERTIFICATE, record)


def test_a_number_is_checked_however_it_is_typed(desk: Desk) -> None:
    person = desk.person("陈大文")
    record = desk.service(person, 150)

    def look(db: Session) -> None:
        for subject in (str(record), f"{person}/2026"):
            issued = certificates.certified(db, subject)
            assert issued is not None
            assert certificates.checked(db, f" 编号 {issued.number.lower()} ") == issued

    desk.world.run(look)


def test_a_made_up_number_and_one_of_corrected_hours_are_not_true(desk: Desk) -> None:
    record = desk.service(desk.person("陈大文"), 150)
    number = desk.world.run(lambda db: certificates.certified(db, str(record)).number)
    made_up = f"{number[:-6]}{'000000' if number[-6:] != '000000' else '111111'}"

    def correct(db: Session) -> None:
        db.get_one(ServiceRecord, record).minutes = 90

    assert desk.world.run(lambda db: certificates.checked(db, made_up)) is None
    desk.world.run(correct)
    assert desk.world.run(lambda db: certificates.checked(db, number)) is None


@pytest.mark.parametrize("number", ["", "2026", "2026-1-000000", "2026-999999999-000000", "x" * 999])
def test_what_is_no_number_is_not_true(desk: Desk, number: str) -> None:
    assert desk.world.run(lambda db: certificates.checked(db, number)) is None


@pytest.mark.parametrize("name", ["陈大文", "阿依古丽·买买提·吐尔逊江·阿卜杜热西提=SUM(1)<b>", "🙂" * 60, "W" * 60])
def test_any_name_stays_within_the_frame(name: str) -> None:
    said = Certificate(
        name, "于 2026年11月21日 参加“" + name + "”，志愿服务 2 小时。", "编号 1", name, "2026年11月23日"
    )
    drawn, empty = opened(drawing.picture(said)), opened(drawing.picture(Certificate("", "", "", "", "")))

    for edge in ((0, 0, 130, 1654), (2339 - 130, 0, 2339, 1654)):
        assert drawn.crop(edge) == empty.crop(edge)


def test_a_certificate_is_a_picture_and_a_page_to_print(desk: Desk) -> None:
    record = desk.service(desk.person("陈大文"), 150)

    assert opened(desk.make(PaperKind.CERTIFICATE, record)).size == (2339, 1654)
    assert desk.make(PaperKind.CERTIFICATE_PDF, record).startswith(b"%PDF-")
