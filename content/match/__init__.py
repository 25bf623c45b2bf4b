"""Find what a person means: the entry that answers a question, the command that a few words are."""

from content.match.likeness import likeliest
from content.match.matcher import Decision, Match, Matcher, Outcome
from content.match.normalise import normalise
from content.match.phrasebook import PhraseBook

__all__ = ["Decision", "Match", "Matcher", "Outcome", "PhraseBook", "likeliest", "normalise"]
