"""Forgetting what was said to and from an address: a page at a time, and nothing that was said since."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import agenda
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import erasing, people
from db.claims import table_of
from db.models import (
    AgendaItem,
    AgendaState,
    Conversation,
    InboxRecord,
    OutboxRow,
    StoredFile,
    WebMessage,
    WebVisitor,
    WechatContact,
    WechatGrant,
    WechatPromise,
    WechatUnread,
)
from tests.domain.conftest import Tree
from tests.kit.any_row import put
from tests.kit.looking import places_of
from tests.kit.roster import listed
from tests.kit.talk import MORNING

WHO = "a-browser"
OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
LATER = MORNING + timedelta(hours=2)


@pytest.fixture
def erased(tree: Tree) -> Tree:
    """A member who talked in the web chat, and was erased in the morning."""
    db = tree.db
    person = listed(db, tree.branch, "陈大文", "13800132236")
    address = people.attach(db, person, Target("web", "site", WHO), now=MORNING)
    here = {"channel": "web", "account": "site"}
    put(db, table_of(WebVisitor), id=WHO, last_number=1)
    put(db, table_of(WebMessage), visitor_id=WHO, told_at=MORNING)
    put(db, table_of(InboxRecord), sender=WHO, taken_at=MORNING, **here)
    put(db, table_of(OutboxRow), chat=WHO, created_at=MORNING, **here)
    put(db, table_of(OutboxRow), chat="somebody else", created_at=MORNING, **here)
    put(db, table_of(Conversation), chat=WHO, sender=WHO, address_id=address.id, last_turn_at=MORNING, **here)
    erasing.erase(db, person, now=MORNING)
    return tree


def forget(db: Session) -> None:
    """Do the item until it has nothing left to do."""
    now = LATER
    while item := agenda.take(db, now=now):
        erasing.forget_traces(db, item, now)
        agenda.done(db, item, now=now)
        now += timedelta(minutes=1)


def test_nothing_of_a_browser_is_left(erased: Tree) -> None:
    assert places_of(erased.db, WHO) != []

    forget(erased.db)

    assert places_of(erased.db, WHO) == []
    assert places_of(erased.db, "somebody else") == ["outbox_row.chat"]


def test_nothing_of_a_follower_on_wechat_is_left(tree: Tree) -> None:
    db = tree.db
    person = listed(db, tree.branch, "陈大文", "13800132236")
    people.attach(db, person, Target("wechat", "wx1", OPENID), now=MORNING)
    for model in (WechatContact, WechatGrant, WechatPromise, WechatUnread):
        put(db, table_of(model), account="wx1", openid=OPENID)
        put(db, table_of(model), account="wx1", openid="somebody else")
    erasing.erase(db, person, now=MORNING)

    forget(db)

    assert places_of(db, OPENID) == []
    assert len(places_of(db, "somebody else")) == 4


def test_the_outbox_is_looked_through_a_page_at_a_time(erased: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "_PAGE", 1)

    forget(erased.db)

    assert places_of(erased.db, WHO) == []
    states = erased.db.execute(select(table_of(AgendaItem).c.state)).scalars().all()
    assert states == [AgendaState.DONE]


def test_what_was_said_since_stays(erased: Tree) -> None:
    db = erased.db
    here = {"channel": "web", "account": "site"}
    since = MORNING + timedelta(minutes=5)
    put(db, table_of(InboxRecord), sender=WHO, taken_at=since, **here)
    talks = table_of(Conversation)
    db.execute(talks.update().values(last_turn_at=since))

    forget(db)

    assert places_of(db, WHO) == [
        "address.external_id",
        "conversation.chat",
        "conversation.sender",
        "inbox_record.sender",
        "web_visitor.id",
    ]


def test_bytes_that_somebody_else_sent_as_well_stay(tree: Tree) -> None:
    db = tree.db
    person = listed(db, tree.branch, "陈大文", "13800132236")
    store = db.info["house"].store
    own, shared = store.keep(b"only mine, before I was erased"), store.keep(b"sent by two")
    for digest, owner in ((own, person.id), (shared, person.id), (shared, None)):
        put(db, table_of(StoredFile), digest=digest, person_id=owner)

    erasing.erase(db, person, now=MORNING)

    assert (store.path(own).exists(), store.path(shared).exists()) == (False, True)
