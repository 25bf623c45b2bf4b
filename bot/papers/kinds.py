"""Every kind of paper the press makes: an explicit list."""

from collections.abc import Mapping

from bot.domain.papers import PaperKind
from bot.papers.press import Paper

PAPERS: Mapping[PaperKind, Paper] = {}
