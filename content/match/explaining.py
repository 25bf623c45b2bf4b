"""Why an entry was found: which words met and how, what was missing, what nobody asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from content.match import reasons
from content.match.outcomes import Decision, Match
from content.match.reading import Reading, ages_in, is_weak, plain, read, words_in

_ENOUGH = 4
"""Words named of what is missing or was not asked: more say nothing more."""


class Through(StrEnum):
    """How a word of a question was found in an entry."""

    WRITING = "writing"
    SOUND = "sound"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Met:
    """A word of the question, the word of the entry it was found in, and how."""

    asked: str
    found: str
    through: Through


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one entry was found, with what the question says and it does not, and what its phrase says besides."""

    match: Match
    met: tuple[Met, ...]
    missing: tuple[str, ...]
    unasked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A question as it was typed and as it was read, what was decided, and the reasons for the best entries."""

    asked: str
    read: str
    decision: Decision
    reasons: tuple[Reason, ...]

    def lines(self) -> list[str]:
        """Say it in sentences, for whoever edits entries."""
        said = [] if self.read == self.asked else [reasons.say("read_as", read=self.read or "…")]
        said.append(reasons.say(self.decision.talk or self.decision.outcome))
        for reason in self.reasons:
            said += _lines_of(reason)
        return said


def reason_for(match: Match, reading: Reading, asked: str, phrases: Sequence[str]) -> Reason:
    """Compare a question as it was read with the phrases of an entry, the best of them first."""
    phrase = read(plain(match.phrase))
    if reading.is_heard:
        found = "".join(
            char for char, sound in zip(phrase.chars, phrase.sounds, strict=True) if sound in reading.sounds
        )
        return Reason(match, (Met(asked, found, Through.SOUND),), (), _words(_unasked(phrase, reading), phrase.chars))
    open_places = set(range(len(reading.chars)))
    met = list(_met(reading, phrase, open_places))
    for other in phrases:
        if open_places and other != match.phrase:
            met += _met(reading, read(plain(other)), open_places)
    missing = [place for place in sorted(open_places) if not is_weak(reading.usual[place])]
    unasked = _words(_unasked(phrase, reading), phrase.chars)
    return Reason(match, tuple(met), _words(missing, reading.chars), unasked)


def _met(reading: Reading, phrase: Reading, open_places: set[int]) -> Iterator[Met]:
    """Yield what of a question's open places a phrase holds: as it is written, by its meaning, by its sound."""
    written = [place for place in sorted(open_places) if reading.chars[place] in phrase.chars]
    telling = [place for place in written if not is_weak(reading.usual[place])]
    yield from (Met(word, word, Through.WRITING) for word in _words(telling, reading.chars))
    open_places.difference_update(written)
    words = [*words_in(reading.chars), *ages_in(reading.chars)]
    for start, end, groups in sorted(words, key=lambda word: word[0] - word[1]):
        same = next((word for word in words_in(phrase.chars) if word[2] & groups), None)
        if same and not open_places.isdisjoint(range(start, end)):
            open_places.difference_update(range(start, end))
            yield Met(reading.chars[start:end], phrase.chars[same[0] : same[1]], Through.MEANING)
    for start in range(len(reading.chars) - 1):
        at = phrase.sounds.find(reading.sounds[start : start + 2])
        if at >= 0 and not open_places.isdisjoint((start, start + 1)):
            open_places.difference_update((start, start + 1))
            yield Met(reading.chars[start : start + 2], phrase.chars[at : at + 2], Through.SOUND)


def _unasked(phrase: Reading, reading: Reading) -> list[int]:
    """Return the telling places of a phrase that the question holds in no way."""
    groups = frozenset[int]().union(*reading.groups)
    known = {*reading.chars, *reading.sounds}
    places = zip(phrase.chars, phrase.sounds, phrase.usual, phrase.groups, strict=True)
    return [
        place
        for place, (char, sound, usual, own) in enumerate(places)
        if not (is_weak(usual) or char in known or sound in known or own & groups)
    ]


def _words(places: Sequence[int], chars: str) -> tuple[str, ...]:
    """Return the runs of characters at these places."""
    runs = groupby(enumerate(places), key=lambda numbered: numbered[1] - numbered[0])
    return tuple("".join(chars[place] for _, place in run) for _, run in runs)


def _lines_of(reason: Reason) -> Iterator[str]:
    match = reason.match
    yield reasons.say("entry", phrase=match.phrase, entry=match.entry_id, percent=f"{match.score:.0%}")
    for through, met in groupby(reason.met, key=lambda one: one.through):
        pairs = dict.fromkeys(reasons.say(f"{through}_pair", asked=one.asked, found=one.found) for one in met)
        yield reasons.say(through, words=reasons.listed([*pairs]))
    for name, words in (("missing", reason.missing), ("unasked", reason.unasked)):
        if words:
            yield reasons.say(name, words=reasons.listed([reasons.say("word", word=word) for word in words[:_ENOUGH]]))
