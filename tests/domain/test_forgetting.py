"""What nobody needs any more goes, and nothing else does."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain import agenda, forgetting
from db.models import (
    Address,
    BindingTry,
    CardText,
    Code,
    CodePurpose,
    DigestItem,
    PaperLink,
    Person,
    StoredFile,
    UnaskedCount,
    WechatContact,
    WechatMedia,
    WechatOnce,
    WechatProgress,
    WechatScene,
    WechatSent,
    WechatUnread,
)
from db.models.files import FileKind
from tests.kit.talk import MORNING

LONG_AGO = MORNING - timedelta(days=100)
BEFORE = MORNING - timedelta(days=90)


@pytest.fixture
def li(db: Session) -> Address:
    person = Person(created_at=LONG_AGO)
    db.add(person)
    db.flush()
    made = Address(channel="web", account="web", external_id="li", person_id=person.id or 0, last_seen_at=LONG_AGO)
    db.add(made)
    db.flush()
    return made


def put_one_of_each(db: Session, li: Address, *, at_days: int) -> None:
    """Write a row of every kind that is forgotten, which ended so many days ago."""
    at = MORNING - timedelta(days=at_days)
    whose = {"person_id": li.person_id}
    file = StoredFile(kind=FileKind.DOCUMENT, channel="press", account="", created_at=at, next_at=at)
    db.add(file)
    code = Code(purpose=CodePurpose.POSTER, subject_id=1, blind=f"{at_days}", sealed="x", created_at=at)
    db.add(code)
    db.flush()
    agenda.plan(db, f"done:{at_days}", "nothing", due_at=at)
    item = agenda.take(db, now=at)
    assert item is not None
    agenda.done(db, item, now=at)
    db.add_all(
        (
            DigestItem(cause=f"{at_days}", line="x", held_at=at, told_at=at, **whose),
            PaperLink(file_id=file.id or 0, outbox_id=1, made_at=at, expires_at=at, **whose),
            CardText(body="x", created_at=at, **whose),
            UnaskedCount(week=at.date(), count=1, **whose),
            BindingTry(address_id=li.id or 0, tried_at=at, **whose),
            WechatContact(account="wx1", openid=f"{at_days}", since=at),
            WechatMedia(account="wx1", digest=f"{at_days}", media_id="m", expires_at=at + timedelta(days=2)),
            WechatOnce(account="wx1", digest=f"{at_days}", came_at=at),
            WechatSent(account="wx1", number=f"{at_days}", noted_at=at),
            WechatScene(account="wx1", code_id=code.id or 0, sealed="x", made_at=at, expires_at=at + timedelta(days=2)),
            WechatProgress(outbox_id=at_days, parts=1, gone_at=at),
            WechatUnread(account="wx1", openid="o", outbox_id=at_days, put_at=at),
        )
    )
    db.flush()


def counts(db: Session) -> list[int]:
    return [db.execute(select(func.count()).select_from(rule.table)).scalar_one() for rule in forgetting.RULES]


def test_what_is_old_goes_and_the_rest_stays(db: Session, li: Address) -> None:
    put_one_of_each(db, li, at_days=100)
    put_one_of_each(db, li, at_days=1)

    went = [forgetting.forget(db, rule, before=BEFORE, now=MORNING) for rule in forgetting.RULES]

    assert went == [1] * len(forgetting.RULES)
    assert counts(db) == [1] * len(forgetting.RULES)


def test_what_is_still_to_be_done_or_told_is_never_old(db: Session, li: Address) -> None:
    agenda.plan(db, "still:1", "nothing", due_at=LONG_AGO)
    db.add(DigestItem(person_id=li.person_id, cause="1", line="x", held_at=LONG_AGO))
    db.flush()

    assert [forgetting.forget(db, rule, before=BEFORE, now=MORNING) for rule in forgetting.RULES] == [0] * len(
        forgetting.RULES
    )


@pytest.mark.parametrize("when", ["since", "tapped_at", "shut_at"])
def test_whoever_only_tapped_is_forgotten_as_well_as_who_wrote(db: Session, when: str) -> None:
    for openid, at in (("old", LONG_AGO), ("new", MORNING)):
        db.add(WechatContact.model_validate({"account": "wx1", "openid": openid, when: at}))
    db.flush()
    [rule] = [one for one in forgetting.RULES if one.table.name == "wechat_contact"]

    assert forgetting.forget(db, rule, before=BEFORE, now=MORNING) == 1
    assert db.execute(select(rule.table.c.openid)).scalars().all() == ["new"]


def test_whoever_tapped_just_now_is_not_forgotten_for_having_written_long_ago(db: Session) -> None:
    db.add(WechatContact(account="wx1", openid="li", since=LONG_AGO, tapped_at=MORNING, tap_sent=2))
    db.flush()
    [rule] = [one for one in forgetting.RULES if one.table.name == "wechat_contact"]

    assert forgetting.forget(db, rule, before=BEFORE, now=MORNING) == 0
