"""Pledges: made, looked at, followed up and judged in chat; the flows are listed by hand."""

from bot.conversation.flow import Flow
from handlers.pledges import judging, keeping, looking, making

FLOWS: tuple[Flow, ...] = (
    making.make,
    making.rewrite,
    looking.of_village,
    looking.mine,
    looking.show,
    keeping.progress,
    keeping.photo,
    keeping.done,
    keeping.withdraw,
    judging.approve,
    judging.give_back,
    judging.appraise,
)
