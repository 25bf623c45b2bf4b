"""Toneless Mandarin syllables, folded so that what southern speakers and keyboards confuse is the same."""

import re
from functools import cache, lru_cache

from content.match import tables
from content.match.rewriting import Rewriting

LONGEST_SYLLABLE = 6
"""Letters of the longest syllable, such as zhuang."""

_FIRST_SOUND = 0xE000  # a syllable is one private-use character, so that texts of sounds are plain strings
_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
_LATIN_RUN = re.compile("[a-z]+(?: [a-z]+)*")
_MOST_READINGS = 16
_REMEMBERED = 256  # runs of letters: within a turn the same one is read several times


def fold(syllable: str) -> str:
    """Return a toneless syllable with n/l, zh/z, ch/c, sh/s, ang/an, eng/en, ing/in and ü/u made one."""
    syllable = syllable.replace("v", "u")
    if syllable[:2] in {"zh", "ch", "sh"}:
        syllable = syllable[0] + syllable[2:]
    elif syllable[0] == "n" and len(syllable) > 1 and syllable[1] != "g":
        syllable = "l" + syllable[1:]
    for final, folded in _FINALS:
        if syllable.endswith(final):
            return syllable[: -len(final)] + folded
    return syllable


@cache
def _sounds() -> dict[str, str]:
    """Return the sound character of every syllable, plain and folded."""
    syllables = [syllable for syllable, _ in tables.rows("sounds.tsv")]
    codes = {folded: chr(_FIRST_SOUND + n) for n, folded in enumerate(sorted({fold(s) for s in syllables}))}
    return {syllable: codes[fold(syllable)] for syllable in syllables} | codes


@cache
def _table() -> dict[int, str]:
    sounds = _sounds()
    return {ord(han): sounds[syllable] for syllable, characters in tables.rows("sounds.tsv") for han in characters}


@cache
def _words() -> Rewriting:
    """Return the words that are read otherwise than character by character."""
    sounds = _sounds()
    rows = sorted(tables.rows("readings.tsv"), key=lambda row: -len(row[0]))
    return Rewriting((word, "".join(sounds[syllable] for syllable in reading.split())) for word, reading in rows)


def sounds_of(text: str) -> str:
    """Return the sounds of a normalised text, one character each; what has no reading stands for itself."""
    return _words().rewrite(text).translate(_table())


def is_sound(character: str) -> bool:
    """Tell whether a character stands for a sound instead of for itself."""
    return "\ue000" <= character <= "\uf8ff"


def segmentations(run: str) -> list[str]:
    """Return the ways to read Latin letters as pinyin, as sounds, fewest syllables first; blanks part syllables."""
    ways = [""]
    for part in run.split():
        ways = [way + more for way in ways for more in _split(part)][:_MOST_READINGS]
    return sorted(ways, key=len)


@cache
def latin_runs() -> re.Pattern[str]:
    """Return the pattern of Latin words with the blanks between them."""
    return _LATIN_RUN


@lru_cache(_REMEMBERED)
def _split(letters: str) -> tuple[str, ...]:
    """Return the readings of unspaced letters, grown from the front and kept few."""
    sounds = _sounds()
    ways: list[list[str]] = [[""]]
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - LONGEST_SYLLABLE), end)
        ends = [(ways[start], sounds[letters[start:end]]) for start in starts if letters[start:end] in sounds]
        grown = dict.fromkeys(way + sound for before, sound in ends for way in before)
        ways.append(sorted(grown, key=len)[:_MOST_READINGS] if len(grown) > 1 else list(grown))
    return tuple(ways[-1])
