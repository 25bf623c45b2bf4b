"""What a browser asked for: the address, the query, a form that was sent, a file that came along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bot.domain.messages import readable
from bot.errors import HongyanError
from bot.web.guard import SMALL, Refusal, read_body

LARGEST = 20 * 1024 * 1024
"""Bytes of the largest form with a file."""

_MOST_FIELDS = 200
_SECONDS = 30.0
_SECONDS_FOR_A_FILE = 120.0
_LONGEST_NUMBER = 9
_LARGEST_ID = 10**_LONGEST_NUMBER - 1
_FORM = "application/x-www-form-urlencoded"
_WITH_FILE = "multipart/form-data"


class Misfilled(HongyanError):
    """A field cannot be taken: ``key`` names the sentence, ``field`` whose it is, ``most`` what is allowed."""

    def __init__(self, key: str, field: str, *, most: int = 0) -> None:
        """Keep what to say."""
        super().__init__(f"{field}: {key}")
        self.key = key
        self.field = field
        self.most = most


class NoSuchPage(HongyanError):
    """There is no such page, or it is not theirs: which of both is not told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read: ``place`` holds the parts of the address, ``form`` the last value of each field."""

    path: str
    place: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict[str, str])
    many: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    file: bytes = b""
    file_name: str = ""
    is_part: bool = False

    def number(self, name: str) -> int:
        """Return a number of the address; what is none leads nowhere."""
        found = _plain_number(self.place.get(name, ""))
        if found is None:
            raise NoSuchPage(name)
        return found

    def text(self, name: str, *, most: int, least: int = 1) -> str:
        """Return what was written into a field, without blanks around it, or raise :class:`Misfilled`."""
        given = self.form.get(name, "").replace("\r\n", "\n").strip()
        if len(given) < least:
            raise Misfilled("empty", name)
        if len(given) > most:
            raise Misfilled("too_long", name, most=most)
        return given

    def typed(self, name: str, *, most: int = 4000) -> str:
        """Return what was written into a field as it stands, to be shown again."""
        return self.form.get(name, "")[:most]

    def whole(self, name: str, *, least: int, most: int) -> int:
        """Return a whole number that was written into a field; raise :class:`Misfilled` for any other."""
        found = _plain_number(self.form.get(name, "").strip())
        if found is None or not least <= found <= most:
            raise Misfilled("not_a_number", name, most=most)
        return found

    def id(self, name: str) -> int:
        """Return the number of something that a field names; raise :class:`Misfilled` for what is none."""
        return self.whole(name, least=1, most=_LARGEST_ID)

    def ids(self, name: str) -> list[int]:
        """Return the numbers of the boxes that were ticked."""
        found = [_plain_number(one) for one in self.many.get(name, [])]
        if not all(found):
            raise Misfilled("not_a_number", name)
        return [one for one in found if one]

    def with_query(self, **changed: str) -> str:
        """Return this page's address with some of its query changed; what is empty goes."""
        kept = {**self.query, **changed}
        left = {name: value for name, value in kept.items() if value and name != "said"}
        return f"{self.path}?{urlencode(left)}" if left else self.path


def has_file(request: Request) -> bool:
    """Tell whether a form may bring a file, and so be large."""
    return _kind(request) == _WITH_FILE


async def read_asked(request: Request) -> Asked:
    """Read a request, without what no text may hold; raise :class:`Refusal` for a body too large, too slow, no form."""
    query = {name: readable(value[:_LONGEST_QUERY]) for name, value in request.query_params.items()}
    fields, file, file_name = dict[str, list[str]](), b"", ""
    if request.method == "POST":
        fields, file, file_name = await _read_form(request)
    return Asked(
        path=request.scope["path"],
        place={name: readable(str(value)) for name, value in request.path_params.items()},
        query=query,
        form={name: values[-1] for name, values in fields.items()},
        many=fields,
        file=file,
        file_name=file_name,
        is_part=request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers,
    )


async def _read_form(request: Request) -> tuple[dict[str, list[str]], bytes, str]:
    if has_file(request):
        return await _read_parts(request)
    if _kind(request) not in {_FORM, ""}:
        raise Refusal(415, "not_a_form")
    body = await read_body(request, limit=4 * SMALL, seconds=_SECONDS)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:  # no UTF-8, or too many fields
        raise Refusal(400, "unreadable") from error
    return {name: [readable(one) for one in values] for name, values in fields.items()}, b"", ""


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _read_parts(request: Request) -> tuple[dict[str, list[str]], bytes, str]:
    body = await read_body(request, limit=LARGEST, seconds=_SECONDS_FOR_A_FILE)

    async def once():  # noqa: ANN202  # an async generator of bytes
        yield body

    try:
        parts = await MultiPartParser(request.headers, once(), max_files=1, max_fields=_MOST_FIELDS).parse()
    except (MultiPartException, UnicodeDecodeError, KeyError) as error:
        raise Refusal(400, "unreadable") from error
    fields, file, file_name = dict[str, list[str]](), b"", ""
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile):
            file, file_name = await value.read(), value.filename or ""
            await value.close()
        else:
            fields.setdefault(name, []).append(readable(value))
    return fields, file, file_name


def _plain_number(text: str) -> int | None:
    is_plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_plain else None


_LONGEST_QUERY = 300
