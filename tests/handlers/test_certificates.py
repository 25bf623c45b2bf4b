"""Somebody is shown a certificate and asks whether it is true."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain import certificates
from bot.domain.persons import people
from db.models import Activity, OccasionState, ServiceRecord, ServiceState
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.talk import MORNING


@pytest.fixture
def number(village: Village) -> str:
    """The number of a certificate over two hours and a half."""
    chen = village.person("chen")

    def serve(db: Session) -> str:
        person, unit = chen.record(db), unit_named(db, "番村")
        people.set_name(person, "陈大文")
        when = {"starts_at": MORNING, "ends_at": MORNING + timedelta(hours=2), "signup_until": MORNING}
        held = {"unit_id": unit.id, "audience_unit_id": unit.id, "place": "村委", "state": OccasionState.CLOSED}
        activity = Activity(title="清理村道", created_at=MORNING, **when, **held)
        db.add(activity)
        db.flush()
        state = {"state": ServiceState.CONFIRMED, "created_at": MORNING, "changed_at": MORNING}
        record = ServiceRecord(
            activity_id=activity.id, person_id=person.id, minutes=150, served_on=date(2026, 11, 21), **state
        )
        db.add(record)
        db.flush()
        found = certificates.certified(db, str(record.id))
        return found.number if found else ""

    return village.world.run(serve)


def test_a_true_certificate_is_said_to_be_with_its_hours(li: Neighbour, number: str) -> None:
    heard = li.says("核对证书", f"编号 {number.lower()}")

    assert heard.text == "这张证书是真的。\n陈**，志愿服务 2.5 小时\n清理村道\n发证：番村"


@pytest.mark.parametrize("said", ["2026-000001-000000", "随便", "12345"])
def test_any_other_number_is_not_found(li: Neighbour, said: str) -> None:
    assert li.says("核对证书", said) == "certificates/not_genuine"


def test_nobody_finds_a_certificate_by_trying(li: Neighbour, number: str) -> None:
    for guess in range(5):
        li.says("核对证书", f"2026-000001-00000{guess}")

    assert li.says("核对证书", number) == "certificates/tried_too_often"
