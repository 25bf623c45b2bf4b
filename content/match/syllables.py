"""Toneless Mandarin syllables, folded so that what southern speakers and keyboards confuse is the same."""

import re
import unicodedata
from functools import cache

from content.match import tables

_FIRST_SOUND = 0xE000  # a syllable is one private-use character, so that texts of sounds are plain strings
_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
_LATIN_RUN = re.compile("[a-z]+(?: [a-z]+)*")
_VOWELS = set("aeiouv")  # without one it is an interjection such as ng, which would cut real syllables
_LONGEST_SYLLABLE = 6
_MOST_READINGS = 16


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
def _characters() -> dict[str, str]:
    """Return the commonest toneless reading of each common Han character."""
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415 - slow to import, needed only once something is asked

    readings = ((chr(code), reading.partition(",")[0]) for code, reading in pinyin_dict.items())
    return {han: _toneless(reading) for han, reading in readings if "一" <= han <= "鿿"}


def _toneless(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(c for c in plain.replace("u\u0308", "v") if c.isascii())


@cache
def _sounds() -> dict[str, str]:
    """Return the sound character of every syllable, plain and folded."""
    syllables = sorted({s for s in _characters().values() if s.isalpha() and _VOWELS & set(s)})
    codes = {folded: chr(_FIRST_SOUND + n) for n, folded in enumerate(sorted({fold(s) for s in syllables}))}
    return {syllable: codes[fold(syllable)] for syllable in syllables} | codes


@cache
def _table() -> dict[int, str]:
    sounds = _sounds()
    return {ord(han): sounds[reading] for han, reading in _characters().items() if reading in sounds}


@cache
def _words() -> dict[str, list[tuple[str, str]]]:
    """Return the words that are read otherwise than character by character, with their sounds, by first character."""
    words: dict[str, list[tuple[str, str]]] = {}
    for word, reading in sorted(tables.rows("readings.tsv"), key=lambda row: -len(row[0])):
        words.setdefault(word[0], []).append((word, "".join(_sounds()[s] for s in reading.split())))
    return words


def sounds_of(text: str) -> str:
    """Return the sounds of a normalised text, one character each; what has no reading stands for itself."""
    special = _words()
    for first in special.keys() & set(text):
        for word, sounds in special[first]:
            text = text.replace(word, sounds)
    return text.translate(_table())


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


def _split(letters: str) -> list[str]:
    """Return the readings of unspaced letters, grown from the front and kept few."""
    sounds = _sounds()
    ways: list[list[str]] = [[""]] + [[] for _ in letters]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            if ways[start] and (sound := sounds.get(letters[start:end])):
                ways[end] += [way + sound for way in ways[start]]
        ways[end] = sorted(set(ways[end]), key=len)[:_MOST_READINGS]
    return ways[-1]
