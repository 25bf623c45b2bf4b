"""Reports from the grid: made, seen to and judged in chat; the flows are listed by hand."""

from bot.conversation.flow import Flow
from handlers.grid import handling, news, reporting, stations

FLOWS: tuple[Flow, ...] = (
    stations.poster,
    stations.greet,
    reporting.report,
    reporting.spoken,
    reporting.photo,
    news.news,
    news.by_number,
    news.standing,
    news.mended,
    news.not_mended,
    news.more,
    handling.look,
    handling.sort,
    handling.take,
    handling.done,
    handling.pass_on,
)
