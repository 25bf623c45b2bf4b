"""What an entry holds, and what must be true of it before it may answer anyone.

An entry is one thing villagers ask about: how they say it, a short answer true to one named source, every figure of
that answer, and what the source does not say. The rules live here, so that a packaged file, an imported pack and the
console are all held to the same ones. Messages are for operators: each says what to do.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from content.match import normalise

MAX_ANSWER_LINES = 5
MAX_ANSWER_CHARACTERS = 220
MIN_WAYS_OF_ASKING = 3

LONGEST_PHRASE = 100
"""Characters of the longest way to ask for an entry."""

LOCAL = "local."
"""What the id of an entry begins with that was written at a desk: people asked for it once, in whatever words."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PHONE = re.compile(r"\d{7,}|\d{3,4}[-—–―\s)）]+\d{4}[-\s]?\d{3,4}")
_LINK = re.compile(r"https?:|www\.|\w@\w|[a-z0-9]\.(?:com|cn|net|org)\b", re.IGNORECASE)


def numbers_in(text: str) -> list[str]:
    """Return every number in ``text``, decimals kept together and full-width digits made plain, to compare them."""
    return [unicodedata.normalize("NFKC", number) for number in _NUMBER.findall(text)]


def contact_in(text: str) -> str | None:
    """Return the first phone number or link in ``text``: answers name none, because contacts go stale."""
    found = _PHONE.search(text) or _LINK.search(text)
    return found.group() if found else None


def _one_line(value: str) -> str:
    if len(value.splitlines()) > 1:
        raise ValueError("write it on one line")
    return value


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is no day of the calendar: write one as YYYY-MM-DD") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("write a day as YYYY-MM-DD")  # noqa: TRY004 - pydantic reads ValueError
    return value


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError(f"{value!r} stands twice: take one out")
    return values


def _askable(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what nobody can ask for: marks only, a whole article, the same words in another spelling."""
    spelt: dict[str, str] = {}
    for value in values:
        words = normalise(value)
        if not words:
            raise ValueError(f"{value!r} holds no words: nobody can ask for it")
        if len(value) > LONGEST_PHRASE:
            raise ValueError(f"{value[:20]!r}… is no way to ask: write at most {LONGEST_PHRASE} characters")
        if (other := spelt.setdefault(words, value)) != value:
            raise ValueError(f"{value!r} is {other!r} in another spelling: take one out")
    return values


def _enough(values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    is_local = str(info.data.get("id", "")).startswith(LOCAL)
    if len(values) < MIN_WAYS_OF_ASKING and not is_local:
        raise ValueError(f"write at least {MIN_WAYS_OF_ASKING}; there are {len(values)}")
    return values


def _entry_id(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", value):
        raise ValueError(f"{value!r} is no id: write place.name in lower case, such as shiwan.red_station")
    return value


def _system(value: str) -> str:
    if not re.fullmatch(r"S(0[1-9]|[1-3][0-9]|4[0-7])", value):
        raise ValueError(f"{value!r} is no row of the systems table: write S01 to S47")
    return value


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_one_line)]
Day = Annotated[date, BeforeValidator(_day)]
Lines = Annotated[tuple[Line, ...], AfterValidator(_distinct)]
EntryId = Annotated[Line, AfterValidator(_entry_id)]
EntryIds = Annotated[tuple[EntryId, ...], AfterValidator(_distinct)]
System = Annotated[Line, AfterValidator(_system)]
Systems = Annotated[tuple[System, ...], AfterValidator(_distinct)]


class Source(BaseModel):
    """Where an answer comes from, shown with every answer so that anyone can check it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line
    publisher: Line
    date: Day
    url: Line | None = None


class Entry(BaseModel):
    """One thing people ask about, with its answer, its source and what that source leaves unsaid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: EntryId
    title: Line
    ask: Annotated[Lines, AfterValidator(_askable), AfterValidator(_enough)]
    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    unstated: Lines
    figures: Lines
    scope: Line
    source: Source
    check_by: Day
    related: EntryIds
    systems: Systems
    samples: Annotated[Lines, AfterValidator(_enough)]

    @property
    def phrases(self) -> tuple[str, ...]:
        """The title and every other way of asking, for the matcher to index."""
        return (self.title, *self.ask)

    @field_validator("answer", mode="after")
    @classmethod
    def _is_short_and_names_no_contact(cls, answer: str) -> str:
        lines = [line.strip() for line in answer.splitlines()]
        if not all(lines):
            raise ValueError("take out the empty line")
        if len(lines) > MAX_ANSWER_LINES:
            raise ValueError(f"shorten it to {MAX_ANSWER_LINES} lines; it has {len(lines)}")
        tidy = "\n".join(lines)
        if len(tidy) > MAX_ANSWER_CHARACTERS:
            raise ValueError(f"shorten it to {MAX_ANSWER_CHARACTERS} characters; it has {len(tidy)}")
        if contact := contact_in(tidy):
            raise ValueError(f"take out {contact!r}: an answer gives no phone number and no link")
        return tidy

    @field_validator("figures", mode="after")
    @classmethod
    def _hold_every_number_shown(cls, figures: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        held = {number for figure in figures for number in numbers_in(figure)}
        shown = (str(info.data.get("title", "")), str(info.data.get("answer", "")), *info.data.get("unstated", ()))
        for number in (number for text in shown for number in numbers_in(text)):
            if number not in held:
                raise ValueError(f"add {number!r} as the source gives it, or take {number} out of what is shown")
        return figures

    @field_validator("check_by", mode="after")
    @classmethod
    def _comes_after_the_source(cls, check_by: date, info: ValidationInfo) -> date:
        source = info.data.get("source")
        if isinstance(source, Source) and check_by <= source.date:
            raise ValueError(f"write a day after the source's, {source.date}")
        return check_by

    @field_validator("related", mode="after")
    @classmethod
    def _names_others(cls, related: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("id") in related:
            raise ValueError("take out the entry's own id")
        return related


_SEVERAL = ("ask", "unstated", "figures", "related", "systems", "samples")


def checked_before(body: Mapping[str, Any]) -> Entry:
    """Return an entry as its JSON has it, without looking at it again: it was checked when that was written.

    That takes a quarter of the time, and every answer reads an entry or a few.
    """
    source = Source.model_construct(None, **{**body["source"], "date": date.fromisoformat(body["source"]["date"])})
    several = {name: tuple(body[name]) for name in _SEVERAL}
    made: dict[str, Any] = {**body, **several, "source": source, "check_by": date.fromisoformat(body["check_by"])}
    return Entry.model_construct(None, **made)


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing that does not hold between entries: which entry, which field of it, and what to do."""

    index: int
    field: tuple[str | int, ...]
    advice: str


def clashes(entries: Sequence[Entry], known_ids: Collection[str]) -> Iterator[Clash]:
    """Yield what does not hold between ``entries``: related ids unknown to us, samples that the matcher would index."""
    phrases = {phrase: entry.id for entry in entries for phrase in entry.phrases}
    for index, entry in enumerate(entries):
        for position, related in enumerate(entry.related):
            if related not in known_ids:
                yield Clash(index, ("related", position), f"no entry has the id {related!r}: correct it or take it out")
        for position, sample in enumerate(entry.samples):
            if sample in phrases:
                advice = f"{sample!r} is a phrase of {phrases[sample]}: word the sample differently"
                yield Clash(index, ("samples", position), advice)
