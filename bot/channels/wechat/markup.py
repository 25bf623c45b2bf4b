"""WeChat's XML, read and written: nothing in it refers to anything outside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from bot.channels.wechat.envelope import UnreadableCallback
from bot.domain.messages import readable

_DEEPEST = 5
_MOST = 500
_LONGEST_NAME = 40
_REPEATED = {"List", "item"}
"""The elements of which WeChat sends several side by side."""


@dataclass(slots=True)
class Element:
    """One element: its text, and what stands inside it."""

    name: str
    text: str = ""
    children: list["Element"] = field(default_factory=list["Element"])

    def get(self, name: str) -> str:
        """Return the text of a child, or nothing where there is none."""
        found = self.find(name)
        return found.text.strip() if found else ""

    def find(self, name: str) -> "Element | None":
        """Return a child, if it is there."""
        return next((one for one in self.children if one.name == name), None)


def read(data: bytes) -> Element:
    """Read a document; raise :class:`UnreadableCallback` for one that WeChat would never write.

    Document types, entities of one's own, and elements that are there twice are refused, whatever they say.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ProcessingInstructionHandler = reader.refuse
    try:
        parser.Parse(data.decode(), True)  # as bytes, another encoding's mark at their beginning would be believed
    except UnicodeDecodeError:
        raise UnreadableCallback("not UTF-8") from None
    except expat.ExpatError as error:
        raise UnreadableCallback(expat.ErrorString(error.code)) from None
    return reader.root


def write(fields: Mapping[str, str | int]) -> str:
    """Write fields as one flat document; texts lose what no XML may hold, and cannot end their section early."""
    inside = "".join(f"<{name}>{_written(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{inside}</xml>"


class _Reader:
    """Builds elements from what the parser meets."""

    def __init__(self) -> None:
        self.root = Element("")
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MOST or len(name) > _LONGEST_NAME or attributes:
            raise UnreadableCallback("no message looks like this")
        one = Element(name)
        if self._open:
            parent = self._open[-1]
            if name not in _REPEATED and parent.find(name):
                raise UnreadableCallback("an element is there twice")
            parent.children.append(one)
        else:
            self.root = one
        self._open.append(one)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].text += data

    def refuse(self, *_given: object) -> None:
        raise UnreadableCallback("it declares something")


def _written(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return f"<![CDATA[{readable(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
