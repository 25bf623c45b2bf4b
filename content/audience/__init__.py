"""Whom a broadcast is for, as cadres say it and as it is said back to them. Pure: it knows no people."""

from content.audience.reading import Said, read
from content.audience.words import Missing, Spoken, in_brackets, in_words, why_in_words

__all__ = ["Missing", "Said", "Spoken", "in_brackets", "in_words", "read", "why_in_words"]
