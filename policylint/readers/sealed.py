"""A sealed snapshot to its rows.

The file is one JSON object laid out line by line, so it is read as a stream: a header, a section for each kind of
object with one object a line, and a seal with counts and a hash. Anything that is not exactly so is refused: a read
that failed or was cut must never look like an organization without rules.
"""

from __future__ import annotations

import codecs
from collections import defaultdict, deque
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header
from policylint.phrases import quoted, show
from policylint.readers.device_lines import DeviceReader, Taken
from policylint.readers.line_blocks import end_of_rows
from policylint.readers.raw import DEVICES, EXPORT_AGAIN, RawSnapshot, refusal
from policylint.readers.row_columns import RowReader
from policylint.readers.sealed_lines import SEAL, SealedLines
from policylint.readers.workers import Divisible
from policylint.regex import regex
from policylint.strict_json import parse_json
from policylint.text import zoned_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.errors import SnapshotError
    from policylint.readers.device_index import DeviceIndex
    from policylint.readers.raw import Row
    from policylint.readers.workers import Workers
    from policylint.schema.store import SchemaStore

FORMAT = "policylint-snapshot/1"
_HEADER = regex(rb'(?:\xef\xbb\xbf)?\s*\{\s*"header"\s*:')
_COMMA = b",\n"
_SECTION_END = b"],\n"
_ENDS = {_COMMA: "a comma", b"\n": "a line feed"}
_TEXT, _FLAG = (str, type(None)), (bool, type(None))
_HEADER_TYPES = dict.fromkeys(("tenant", "organization", "organizationGuid", "tool"), _TEXT) | {"redacted": _FLAG}
_WITHIN_LINE = regex(r"line 1, column [0-9]+: ")
_LINE_ENDS = "git may have done it: put `*.json -text` into .gitattributes, and check the file out or export it again"


def read_sealed(
    pieces: Iterable[bytes], path: str, store: SchemaStore, index: DeviceIndex | None = None
) -> RawSnapshot:
    """Return what a sealed file holds, which is given in pieces of any size; other processes help where they may.

    With an index the pieces are those of the file without the lines of its devices, which are in the index.
    Raises SnapshotError where the file is cut, changed after it was sealed, or not a sealed snapshot.
    """
    with pieces.workers() if isinstance(pieces, Divisible) else nullcontext() as workers:
        reader = _SealedReader(pieces, path, store, workers, index)
        try:
            return reader.read()
        finally:
            reader.close()


def is_sealed(head: bytes) -> bool:
    """Return whether a file that begins so is, or was, a sealed snapshot."""
    text = head[:200]
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = text.replace(b"\0", b"")[2:]
    return _HEADER.match(text) is not None


class _SealedReader:
    """Goes through the lines of a snapshot once, up to the seal and what follows it.

    `_more` says whether another object must follow in the section, as a comma says; None before the first.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        path: str,
        store: SchemaStore,
        workers: Workers | None,
        index: DeviceIndex | None,
    ) -> None:
        self._path = path
        self._workers = workers
        self._index = index
        self._lines = SealedLines(pieces, path)
        self._more: bool | None = None
        kinds = store.sections.items()
        self._single = [section for section, described in kinds if described.single]
        self._lists = [*(section for section, described in kinds if not described.single), DEVICES]
        self._own_names = {
            section: frozenset((*described.ids, *described.names) if "create" not in described.actions else ())
            for section, described in kinds
        }
        self._optional = {section for section, described in kinds if described.optional}

    def read(self) -> RawSnapshot:
        header = self._header()
        sections: dict[str, Sequence[Row]] = {name: [self._member(name, self._lines.next())] for name in self._single}
        devices = self._index.devices if self._index is not None else DeviceTable()
        counts: dict[str, int] = {}
        while not (line := self._lines.next()).startswith(SEAL):
            name = self._section_name(line, counts)
            self._more = None
            if name == DEVICES:
                self._read_devices(devices)
                counts[name] = len(devices)
            else:
                sections[name] = self._rows(name)
                counts[name] = len(sections[name])
        incomplete = self._incomplete(line, counts)
        return RawSnapshot(self._path, self._sha256, header, sections, devices, incomplete)

    @property
    def _sha256(self) -> str:
        """Return the hash of everything before the seal: by the index, where all but devices is as it says."""
        found = self._lines.sha256
        if self._index is None:
            return found
        return self._index.sha256 if found == self._index.around else found

    def close(self) -> None:
        """Leave nothing running."""
        self._lines.close()

    def _refuse(self, why: str, help: str = EXPORT_AGAIN) -> SnapshotError:  # noqa: A002
        return refusal(self._path, why, help)

    def _parse(self, text: bytes) -> dict[str, Any]:
        """Return the object that a text of the current line holds."""
        try:
            value = parse_json(text.decode())
        except UnicodeDecodeError as problem:
            raise self._refuse(f"line {self._lines.number} is cut or damaged: not UTF-8") from problem
        except ValueError as problem:
            why = _WITHIN_LINE.sub("", str(problem))
            raise self._refuse(f"line {self._lines.number} is cut or damaged: {why}") from problem
        if not isinstance(value, dict):
            raise self._refuse(f"line {self._lines.number} does not hold one object")
        return value

    def _member(self, name: str, line: bytes, *, begin: str = "", end: bytes = _COMMA) -> dict[str, Any]:
        """Return the object that a line gives to a name, between what begins and what ends the line."""
        start = f'{begin}"{name}": '.encode()
        if not line.startswith(start):
            raise self._refuse(f"line {self._lines.number} should hold `{name}`" if line else f"cut before `{name}`")
        if not line.endswith(end):
            raise self._refuse(f"line {self._lines.number} is cut or damaged: it does not end with {_ENDS[end]}")
        return self._parse(line[len(start) : -len(end)])

    def _header(self) -> Header:
        line = self._lines.next()
        if not line.startswith(b'{"header": '):
            raise self._refuse(_what_it_is(line))
        if line.endswith(b"\r\n"):
            raise self._refuse("its line ends were changed to CRLF", _LINE_ENDS)
        raw = self._member("header", line, begin="{")
        if raw.get("format") != FORMAT:
            raise self._refuse(f"its format is {quoted(raw.get('format'))}, this version reads `{FORMAT}`")
        if not isinstance(raw.get("edition"), str):
            raise self._refuse("its header has no `edition`")
        taken = raw.get("takenAt")
        taken_at = zoned_time(taken) if isinstance(taken, str) else ""
        if taken is not None and not taken_at:
            said = f"`takenAt: {show(taken)}`"
            raise self._refuse(f"its header says {said}, which is no time in UTC such as 2026-11-20T06:00:00Z")
        for name, types in _HEADER_TYPES.items():
            if not isinstance(raw.get(name), types):
                raise self._refuse(f"its header says `{name}: {show(raw[name])}`, which cannot be")
        return Header(
            edition=raw["edition"],
            tenant=raw.get("tenant"),
            organization=raw.get("organization"),
            organization_guid=raw.get("organizationGuid"),
            taken_at=taken_at,
            tool=raw.get("tool") or "",
            redacted=raw.get("redacted") is True,
        )

    def _section_name(self, line: bytes, seen: Collection[str]) -> str:
        """Return the section that a line begins, which must be one that has not been read."""
        left = [section for section in self._lists if section not in seen]
        for section in left:
            if line == f'"{section}": [\n'.encode():
                return section
        wanted = next((section for section in left if section not in self._optional), None)
        if wanted is None:
            raise self._refuse("not sealed: the export did not run to its end")
        raise self._refuse(f"cut before `{wanted}`, or `{wanted}` does not begin at line {self._lines.number}")

    def _objects(self, section: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a section, a line each; there is a comma after each but the last."""
        while (line := self._lines.next()) != _SECTION_END or self._more:
            if not line:
                raise self._refuse(f"cut within `{section}`, before line {self._lines.number}")
            if self._more is False:
                raise self._refuse(f"line {self._lines.number - 1} is cut or damaged: no comma after it")
            self._more = line.endswith(_COMMA)
            yield self._parse(line.removesuffix(b"\n").removesuffix(b","))

    def _rows(self, section: str) -> Sequence[Row]:
        """Return the objects of a section."""
        reader = RowReader(self._own_names[section])
        self._read_section(section, reader)
        return reader.rows

    def _read_devices(self, devices: DeviceTable) -> None:
        """Read the devices; workers cut blocks of them."""
        reader = DeviceReader(devices, self._parse)
        self._read_section(DEVICES, reader, lambda block: self._divide(reader, block))

    def _read_section(
        self, section: str, reader: RowReader | DeviceReader, divide: Callable[[bytes], bool] = lambda _block: False
    ) -> None:
        """Read the objects of a section, many lines at once where they are as the exporter writes them.

        `divide` takes blocks from the one that is given on, where it can, and says whether it took any.
        """
        rows = self._objects(section)
        while True:
            block = self._lines.peek_block()
            if divide(block):
                continue
            end = end_of_rows(block)
            if self._more is not False and end and (taken := reader.read_block(block[:end])):
                self._more = block.endswith(_COMMA, 0, end)
                self._lines.consume(end, taken)
                continue
            most = block.count(b"\n", 0, end) + 1  # the line after the block may be the one that closes the section
            some = list(islice(rows, most))
            reader.add(some)
            if len(some) < most:
                return

    def _divide(self, reader: DeviceReader, block: bytes) -> bool:
        """Let workers cut blocks, where there are workers and one may be of devices alone; return whether there is."""
        if self._workers is None or not self._is_whole(block):
            return False
        self._read_blocks(reader, self._workers)
        return True

    def _is_whole(self, block: bytes) -> bool:
        """Return whether a block may be one of devices alone, as its last line says, and the comma before it."""
        at_block = self._lines.is_at_block and self._more is not False
        return at_block and block.startswith(b"{", block.rfind(b"\n", 0, -1) + 1)

    def _read_blocks(self, reader: DeviceReader, workers: Workers) -> None:
        """Let workers cut blocks up to the last that may be one of devices alone.

        A block that cannot be taken so is given back with those behind it, and nothing more is asked of workers.
        """
        asked: deque[tuple[bytes, bool | None]] = deque()
        taken: dict[int, Taken] = defaultdict(Taken)
        while True:
            block = self._lines.peek_block() if len(asked) < workers.most else b""
            if self._is_whole(block):
                workers.ask(self._lines.offset, len(block))
                asked.append((block, self._more))
                self._lines.consume(len(block), 0)
                self._more = block.endswith(_COMMA)
                continue
            if not asked:
                return
            worker, part = workers.take()
            lines = reader.take(part, taken[worker]) if part is not None else 0
            if not lines:
                self._more, self._workers = asked[0][1], None
                self._lines.put_back([each for each, _more in asked])
                return
            self._lines.number += lines
            asked.popleft()

    def _incomplete(self, line: bytes, counts: Mapping[str, int]) -> dict[str, str]:
        """Return why each section that is not whole is not, from the seal, which the file must agree with."""
        missing = [section for section in self._lists if section not in counts and section not in self._optional]
        if missing:
            raise self._refuse(f"cut before `{missing[0]}`")
        seal = self._member("seal", line, end=b"\n")
        if self._lines.next() != b"}\n":
            raise self._refuse("cut after the seal")
        if self._lines.next():
            raise self._refuse("something follows the seal")
        if seal.get("sha256") != self._sha256:
            raise self._refuse("changed after it was sealed: the hash does not match")
        sealed_counts = _object(seal.get("counts"))
        for section, number in counts.items():
            if section not in sealed_counts:
                raise self._refuse(f"the seal does not count {section}")
            counted = sealed_counts[section]
            if counted != number or not isinstance(counted, int) or isinstance(counted, bool):
                raise self._refuse(f"the seal counts {show(counted)} {section}, the file holds {number}")
        complete = _object(seal.get("complete"))
        properties = [name for name in complete if "." in name]
        return {
            name: show(why) if isinstance(why := complete.get(name), str) else "the seal does not say why"
            for name in (*self._single, *counts, *properties)
            if complete.get(name) is not True
        }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
"""How files of gzip, zip, bzip2, xz and zstd begin."""


def _what_it_is(line: bytes) -> str:
    """Return why a file that begins with a line is no sealed snapshot."""
    if not line.strip():
        return "empty"
    if line.startswith(codecs.BOM_UTF8):
        return "not a sealed snapshot: it begins with a byte order mark, so something rewrote it"
    if line.startswith(_COMPRESSED):
        return "not a sealed snapshot: it is compressed; unpack it"
    if b"\0" in line[:4]:
        return "not a sealed snapshot: it is UTF-16, so something rewrote it"
    return "not a sealed snapshot"
