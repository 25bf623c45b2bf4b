"""What a page comes to: something to show, somewhere to go, a file; and which pages there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.admin.asked import Asked
from bot.domain.access import Act
from bot.domain.console.visiting import Visit


@dataclass(frozen=True, slots=True)
class View:
    """A page to show: its template and what stands in it; ``part`` is the template of what HTMX asks for alone."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    part: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """Another page to go to, where a sentence (by its key in ``console.yaml``) is said."""

    to: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """A file to keep, or a picture that is shown where it stands (``is_shown``)."""

    name: str
    data: bytes
    media_type: str
    is_shown: bool = False


Outcome = View | Go | Download
Work = Callable[[Visit, Asked], Outcome]


@dataclass(frozen=True, slots=True)
class Page:
    """A page at an address below ``/admin``: who may see it, what it shows, and what it does with a form.

    ``needs`` are acts of which one is enough; none are needed where it is empty. ``writes`` when showing it leaves an
    audit line. A form that is refused is shown again by ``shows`` with what was written into it.
    """

    path: str
    shows: Work
    takes: Work | None = None
    needs: frozenset[Act] = frozenset()
    writes: bool = False
