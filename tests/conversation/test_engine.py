import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from bot.conversation.engine import Taken
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import LEASE
from db.models import Conversation, InboxRecord, InboxState, OutboxKind, OutboxRow, OutboxState, Person
from db.sql import Database
from tests.kit.flows import (
    ABOUT_CASE,
    LEAVE_NAME,
    NOTED,
    NOTICE,
    PICK_ACTIVITY,
    conversation_of,
    domain_rows,
    learn,
    rows,
    world_of_tests,
    written_down,
)
from tests.kit.talk import OWNER, Talk, World


@pytest.fixture
def world(database: Database) -> World:
    return world_of_tests(database)


@pytest.fixture
def li(world: World) -> Talk:
    return world.person("li")


def outbox_rows(world: World) -> list[OutboxRow]:
    ordered = select(OutboxRow).order_by(col(OutboxRow.id))
    return list(world.run(lambda db: db.execute(ordered).scalars().all()))


def inbox_rows(world: World) -> list[InboxRecord]:
    ordered = select(InboxRecord).order_by(col(InboxRecord.id))
    return list(world.run(lambda db: db.execute(ordered).scalars().all()))


def everything(world: World) -> dict[str, Any]:
    """Return all a turn may change: every count, where each conversation stands, and every row to be sent."""
    conversations = select(Conversation).order_by(col(Conversation.id))
    return {
        "counts": domain_rows(world),
        "conversations": world.run(lambda db: [one.model_dump() for one in db.execute(conversations).scalars()]),
        "inbox": [one.model_dump() for one in inbox_rows(world)],
        "outbox": [one.model_dump() for one in outbox_rows(world)],
    }


def test_a_turn_leaves_one_row_in_the_inbox_and_its_reply_in_the_outbox(world: World, li: Talk) -> None:
    inbound = li.inbound("帮助", reply_to="77")

    taken = world.engine.take(inbound)

    (kept,), (row,) = inbox_rows(world), outbox_rows(world)
    assert (kept.sender, kept.message_id, kept.state) == ("li", inbound.message_id, InboxState.DONE)
    assert (row.cause, row.kind, row.chat, row.reply_to) == (f"reply:{kept.id}", OutboxKind.REPLY, "li", "77")
    assert taken.reply is not None
    assert row.content == taken.reply.message.model_dump(mode="json")


def test_a_reply_is_born_leased_to_whoever_took_the_turn(world: World, li: Talk) -> None:
    world.engine.take(li.inbound("帮助"))

    (row,) = outbox_rows(world)

    assert (row.state, row.lease_owner, row.attempts) == (OutboxState.LEASED, OWNER, 1)
    assert row.leased_until == world.clock.now() + LEASE
    assert li.hears() == []


def test_a_reply_nobody_sent_is_sent_by_whoever_comes_after(world: World, li: Talk) -> None:
    world.engine.take(li.inbound("帮助"))
    world.clock.turn(LEASE)

    assert li.hears() == ["engine/help"]
    assert li.hears() == []


def test_a_redelivery_gets_the_recorded_reply_and_changes_nothing(world: World, li: Talk) -> None:
    inbound = li.inbound("志愿报名")
    first = world.engine.take(inbound)
    before = everything(world)

    again = world.engine.take(inbound)

    assert again == Taken(InboxState.DONE, first.reply, redelivered=True)
    assert everything(world) == before


def test_a_redelivery_long_after_gets_what_was_said_then(world: World, li: Talk) -> None:
    inbound = li.inbound("志愿报名")
    first = world.engine.take(inbound)
    li.says("1", "李雷", "取消", "帮助")
    world.clock.turn(timedelta(days=30))

    again = world.engine.take(inbound)

    assert again == Taken(InboxState.DONE, first.reply, redelivered=True)
    assert conversation_of(world, "li").open_form is None


def test_a_redelivery_is_known_even_if_its_words_were_forged(world: World, li: Talk) -> None:
    inbound = li.inbound("帮助")
    first = world.engine.take(inbound)

    again = world.engine.take(dataclasses.replace(inbound, text="志愿报名"))

    assert again == Taken(InboxState.DONE, first.reply, redelivered=True)


def test_a_replay_into_another_chat_is_told_nothing(world: World, li: Talk) -> None:
    inbound = li.inbound("帮助")
    world.engine.take(inbound)

    again = world.engine.take(dataclasses.replace(inbound, chat="han"))

    assert again == Taken(InboxState.DONE, None, redelivered=True)


@pytest.mark.parametrize("other", [{"sender": "han"}, {"account": "bot2"}, {"channel": "wechat"}, {"message_id": "x"}])
def test_the_same_message_id_of_another_place_is_another_inbound(world: World, li: Talk, other: dict[str, str]) -> None:
    inbound = li.inbound("帮助")
    world.engine.take(inbound)

    taken = world.engine.take(dataclasses.replace(inbound, **other))

    assert taken.redelivered is False
    assert rows(world, InboxRecord) == 2


def test_one_turn_says_one_thing(world: World, li: Talk) -> None:
    for words in ("菜单", "志愿报名", "帮助", "1", "二次报销", "取消", "不许办的事", "会出错的事", "😀", "9"):
        before = rows(world, OutboxRow)
        li.says(words)
        assert rows(world, OutboxRow) == before + 1


def test_a_turn_may_tell_others_in_rows_of_their_own(world: World, li: Talk) -> None:
    li.says("迟些告诉我")

    assert [row.kind for row in outbox_rows(world)] == [OutboxKind.NOTICE, OutboxKind.REPLY]
    assert li.hears() == [NOTICE]


def test_a_notice_is_picked_from_on_either_database(world: World, li: Talk) -> None:
    li.says("迟些告诉我")
    world.clock.turn(timedelta(seconds=1))
    (notice,) = li.hears()

    assert [li.presses(notice, "答复"), li.says("取消")] == [ABOUT_CASE, "engine/cancelled"]
    assert li.says("二次报销") == "entries/none"


def test_a_refusal_changes_nothing_and_is_said(world: World, li: Talk) -> None:
    li.says("帮助")
    before = domain_rows(world)

    heard = li.says("不许办的事")

    assert heard == "cases/not_yours"
    assert domain_rows(world) == before
    assert [row.kind for row in outbox_rows(world)] == [OutboxKind.REPLY, OutboxKind.REPLY]
    assert [row.state for row in inbox_rows(world)] == [InboxState.DONE, InboxState.DONE]


def test_a_redelivery_of_a_refusal_gets_the_refusal(world: World, li: Talk) -> None:
    inbound = li.inbound("不许办的事")
    first = world.engine.take(inbound)

    again = world.engine.take(inbound)

    assert again == Taken(InboxState.DONE, first.reply, redelivered=True)


@pytest.mark.parametrize("poison", ["会出错的事", "说得不对的"])
def test_a_poison_inbound_is_rolled_back_marked_and_apologised_for(world: World, li: Talk, poison: str) -> None:
    li.says("帮助")
    before = domain_rows(world)

    heard = li.says(poison)

    assert heard == "engine/sorry"
    assert domain_rows(world) == before
    assert written_down(world) == []
    assert [row.state for row in inbox_rows(world)] == [InboxState.DONE, InboxState.POISONED]
    assert [row.kind for row in outbox_rows(world)] == [OutboxKind.REPLY, OutboxKind.REPLY]


def test_a_poison_inbound_is_not_tried_again(world: World, li: Talk) -> None:
    inbound = li.inbound("会出错的事")
    first = world.engine.take(inbound)
    before = everything(world)

    again = world.engine.take(inbound)

    assert again == Taken(InboxState.POISONED, first.reply, redelivered=True)
    assert everything(world) == before


def test_a_refusal_that_cannot_be_said_is_apologised_for(world: World, li: Talk) -> None:
    assert li.says("拒绝得不对") == "engine/sorry"
    assert [row.state for row in inbox_rows(world)] == [InboxState.POISONED]


def test_the_conversation_goes_on_after_poison(li: Talk) -> None:
    assert [li.says(words) for words in ("会出错的事", "志愿报名", "1")] == ["engine/sorry", PICK_ACTIVITY, LEAVE_NAME]


def test_poison_of_one_person_is_nobody_elses_trouble(world: World, li: Talk) -> None:
    han = world.person("han")
    han.says("志愿报名")
    li.says("会出错的事")

    assert han.says("1") == LEAVE_NAME


def test_a_person_and_an_address_are_made_once(world: World, li: Talk) -> None:
    li.says("帮助", "菜单", "帮助")

    assert rows(world, Person) == 1
    assert rows(world, Conversation) == 1


def test_the_same_person_in_a_group_is_the_same_person(world: World, li: Talk) -> None:
    li.says("帮助")
    Talk(world, "li", chat="group").says("帮助")

    assert rows(world, Person) == 1
    assert rows(world, Conversation) == 2


def test_a_reply_in_a_group_goes_to_the_group(world: World) -> None:
    Talk(world, "li", chat="group").says("帮助")

    assert [row.chat for row in outbox_rows(world)] == ["group"]


def test_another_process_takes_the_next_turn_where_this_one_stopped(world: World, database_url: str, li: Talk) -> None:
    li.says("志愿报名")
    database = Database(database_url, info=world.run(lambda db: db.info))
    other = world_of_tests(database, clock=world.clock)

    assert Talk(other, "li").says("1") == LEAVE_NAME
    database.close()


def test_an_entry_that_was_learnt_meanwhile_is_known_in_the_next_turn(world: World, li: Talk) -> None:
    assert li.says("二次报销怎么办") == "entries/none"
    learn(world, "shiwan.second_reimbursement")

    assert li.says("二次报销怎么办") == "entries/entry"


async def test_a_turn_on_a_database_thread_is_the_same_turn(world: World, li: Talk) -> None:
    inbound = li.inbound("志愿报名")

    first = await world.engine.handle(inbound)
    again = await world.engine.handle(inbound)

    assert first.reply is not None
    assert first.reply.message.template == PICK_ACTIVITY
    assert again == Taken(InboxState.DONE, first.reply, redelivered=True)


@pytest.mark.parametrize(("words", "template"), [("会出错的事", "engine/sorry"), ("不许办的事", "cases/not_yours")])
async def test_what_goes_wrong_on_a_database_thread_is_said_as_well(
    world: World, li: Talk, words: str, template: str
) -> None:
    taken = await world.engine.handle(li.inbound(words))

    assert taken.reply is not None
    assert taken.reply.message.template == template
    assert written_down(world) == []


def test_a_row_written_twice_for_one_cause_is_written_once(world: World, li: Talk) -> None:
    def twice(db: Session) -> list[bool]:
        message = Message(template=NOTED, text="…")
        draft = outbox.Draft("once", OutboxKind.NOTICE, li.target, message, due_at=world.clock.now())
        return [outbox.write(db, draft, now=world.clock.now()) is None for _ in range(2)]

    assert world.run(twice) == [False, True]
    assert li.hears() == [NOTED]
