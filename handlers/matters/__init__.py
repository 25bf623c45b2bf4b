"""Important matters in chat: begun and carried on by cadres, seen, followed and spoken to by villagers."""

from bot.conversation.flow import Flow
from handlers.matters import beginning, correcting, desk, recording, settling, villagers

FLOWS: tuple[Flow, ...] = (
    beginning.begin,
    desk.list_,
    desk.look,
    desk.drop,
    desk.resume,
    desk.export,
    recording.record,
    recording.recount,
    recording.counted,
    settling.settle,
    settling.add_proof,
    correcting.correct,
    villagers.list_,
    villagers.asked,
    villagers.state,
    villagers.way,
    villagers.speak,
    villagers.follow,
    villagers.unfollow,
    villagers.followed,
)
