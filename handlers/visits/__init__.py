"""Households and visits in chat: a member's rounds, who a villager's contact is, and what a cadre sees of it."""

from bot.conversation.flow import Flow
from handlers.visits import desk, residents, walking

FLOWS: tuple[Flow, ...] = (
    walking.today,
    walking.log,
    walking.note,
    walking.to_question,
    walking.to_report,
    walking.mine,
    walking.show,
    walking.remove,
    walking.code,
    walking.card,
    residents.my_contact,
    residents.claim,
    residents.call_me,
    desk.unseen,
    desk.lists,
)
