"""The entries that are spoken: how they are read from the database, and how many of them fit into the memory."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Select, Text, cast, select
from sqlmodel import col

from bot.domain.answers.aliases import AskedFor
from content.schema import Entry, checked_before
from db.models import EntryRecord, EntryRevision

_REMEMBERED = 256
"""Entries kept as they were read: about a megabyte."""


_WINDOW, _EFFORT, _ROOM = -12, 6, 5
"""How texts are packed: zlib's raw format, looking back 4 KB: an entry is seldom longer."""


class Entries(Mapping[str, Entry]):
    """Entries by id, kept as packed JSON and read when they are asked for; those asked for last are kept as read.

    As objects ten thousand would take 40 MB, as text 10, packed 4, and the holes that reading leaves between texts of
    a kilobyte another 20; to unpack one takes 7 µs, to read it 30. A turn asks for a handful, each several times. A
    later set may know entries that this one does not: they are found there, for a turn that asks an index which has
    moved on meanwhile.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._packed: dict[str, bytes] = {}
        self._alike = b""
        self._marks: dict[str, int] = {}
        self._read: dict[str, Entry] = {}
        self._later: Entries | None = None

    def copy(self) -> "Entries":
        """Return a set with the same entries, to be changed."""
        later = Entries()
        later._packed, later._marks, later._alike = dict(self._packed), dict(self._marks), self._alike
        return later

    def follow(self, later: "Entries") -> None:
        """Let a later set answer for what this one does not know."""
        self._later = later

    def put(self, text: str) -> AskedFor:
        """Keep the JSON text of an entry and return by what it is asked for; it was checked when it was written."""
        body = json.loads(text)
        entry = AskedFor(body["id"], (body["title"], *body["ask"]))
        self._packed[entry.id] = self._pack(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
        self._marks[entry.id] = hash(text)
        self._read.pop(entry.id, None)
        return entry

    def has(self, entry_id: str, text: str) -> bool:
        """Tell whether an entry was put with this very text."""
        return self._marks.get(entry_id) == hash(text)

    def drop(self, entry_id: str) -> None:
        """Keep an entry no more."""
        self._packed.pop(entry_id, None)
        self._read.pop(entry_id, None)

    def __getitem__(self, entry_id: str) -> Entry:
        """Read an entry."""
        if known := self._read.get(entry_id):
            return known
        packed = self._packed.get(entry_id)
        if packed is None:
            if self._later is None:
                raise KeyError(entry_id)
            return self._later[entry_id]
        if len(self._read) >= _REMEMBERED:
            self._read = {}
        entry = self._read[entry_id] = checked_before(json.loads(self._unpack(packed)))
        return entry

    def __contains__(self, entry_id: object) -> bool:
        """Tell whether there is such an entry, without reading it."""
        return entry_id in self._packed

    def __iter__(self) -> Iterator[str]:
        """Go through the ids, in their order."""
        return iter(self._packed)

    def __len__(self) -> int:
        """Count them."""
        return len(self._packed)

    def _pack(self, text: bytes) -> bytes:
        """Pack a text by what it has in common with the first one: the names of the fields, often the publisher."""
        self._alike = self._alike or text
        packer = zlib.compressobj(_EFFORT, zlib.DEFLATED, _WINDOW, _ROOM, zdict=self._alike)
        return packer.compress(text) + packer.flush()

    def _unpack(self, packed: bytes) -> bytes:
        return zlib.decompressobj(_WINDOW, self._alike).decompress(packed)


def spoken_now(only: Sequence[str] | None = None) -> Select[str, int, str]:
    """Return the statement of all entries as they are spoken, or of some: id, number of the revision, JSON text."""
    spoken = (
        select(col(EntryRecord.id), col(EntryRevision.number), cast(col(EntryRevision.body), Text))
        .join(
            EntryRevision,
            (col(EntryRevision.entry_id) == col(EntryRecord.id))
            & (col(EntryRevision.number) == col(EntryRecord.revision)),
        )
        .where(col(EntryRecord.retired).is_(False))
        .order_by(col(EntryRecord.id))
    )
    return spoken if only is None else spoken.where(col(EntryRecord.id).in_(only))
