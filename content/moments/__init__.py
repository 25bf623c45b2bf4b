"""Reads when something is to be, as people say it: a moment, a span, or what repeats. Pure: it has no clock."""

from content.moments.reading import read, read_day
from content.moments.when import Outcome, Read, When

__all__ = ["Outcome", "Read", "When", "read", "read_day"]
