"""Find what a person means: the entry that answers a question, the command that a few words are."""

from content.match.explaining import Explanation, Met, Reason, Through
from content.match.likeness import likeliest
from content.match.matcher import Matcher
from content.match.normalise import normalise
from content.match.outcomes import Decision, Match, Outcome, Talk
from content.match.phrasebook import PhraseBook

__all__ = [
    "Decision",
    "Explanation",
    "Match",
    "Matcher",
    "Met",
    "Outcome",
    "PhraseBook",
    "Reason",
    "Talk",
    "Through",
    "likeliest",
    "normalise",
]
