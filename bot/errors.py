"""Every error Hongyan raises on purpose.

::

    HongyanError
    ├── SettingsError          a HONGYAN_* setting is missing or wrong
    ├── ContentError           content files do not hold together; lists every problem
    ├── DomainError            a rule said no; names the message that tells the person why
    ├── DatabaseUnavailable    the database cannot take the turn now: the platform should try again
    │   ├── TooBusy            too many turns wait already: the same
    │   └── KeepsNothing       its disk is full or broken, or it may only be read: the same, until somebody mends it
    ├── SchemaMismatch         the database is behind or ahead of this version
    ├── UnreadableSheet        a file cannot be read as a table; it stands in ``bot.sheets.faults``
    ├── CommandRefused         a command cannot do what it was asked; one sentence for whoever typed it
    └── DeliveryError          a channel could not deliver (its kinds stand in ``bot.channels.base``)

Some stay near where they are raised, and become a reply or a page: ``MalformedUpdate`` (an update of Telegram that
cannot be read), ``ForgedCallback`` and ``UnreadableCallback`` (what calls us as WeChat and is not, or makes no sense),
``WechatError`` (a refusal of WeChat, with its number), ``Refusal`` (a request to a page that is turned down),
``InvalidAnswer`` (an answer no form can take), ``Unread`` (a cell of a roster that cannot be read), and the console's
``NotIn`` (nobody who was let in asks), ``NoSuchPage`` (nothing of theirs is there), ``Misfilled`` (a field that cannot
be taken).

Expected outcomes are returned, not raised.
"""

from dataclasses import dataclass


class HongyanError(Exception):
    """Base of every error Hongyan raises on purpose."""


class SettingsError(HongyanError):
    """A setting is missing or wrong; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class ContentProblem:
    """One thing wrong in a content file, said so that its author can mend it."""

    file: str
    line: int
    field: str
    advice: str

    def __str__(self) -> str:
        """Read as ``file:line field: advice``."""
        return f"{self.file}:{self.line} {self.field}: {self.advice}"


class ContentError(HongyanError):
    """Content files do not hold together; ``problems`` has every one of them, at least one."""

    def __init__(self, problems: list[ContentProblem]) -> None:
        """Keep the problems and say them one a line."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class DomainError(HongyanError):
    """A rule said no. ``template`` names the message for the person, ``values`` what it shows."""

    def __init__(self, template: str, **values: object) -> None:
        """Keep what the person is to be told."""
        super().__init__(template)
        self.template = template
        self.values = values


class DatabaseUnavailable(HongyanError):
    """The database cannot take this now (locked, full, read-only, gone); nothing was changed."""


class TooBusy(DatabaseUnavailable):
    """More turns wait than can be taken soon; nothing was changed."""


class KeepsNothing(DatabaseUnavailable):
    """Nothing that is written is kept until somebody mends the disk, the rights or the database."""


class SchemaMismatch(HongyanError):
    """The database schema is behind or ahead of the one this version was written for."""


class CommandRefused(HongyanError):
    """A command cannot do what it was asked; the message is one sentence for whoever typed it."""


class DeliveryError(HongyanError):
    """A channel could not deliver a message."""
