"""The index of a sealed snapshot: its devices in columns, so that a later run need not read their lines again.

It is good for one content of one file, which the hash of its seal names. What a snapshot holds beside devices is not in
it: that is read from the file each time. See ADR 24.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from policylint.model.device import TIMES, Device
from policylint.model.device_table import NUMBER, TIME, DeviceTable, Stored
from policylint.named_tuple import NamedTuple
from policylint.readers.raw import DEVICES
from policylint.readers.sealed_lines import SEAL
from policylint.regex import regex
from policylint.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

FORMAT = "policylint-index/1"

BEGIN = f'\n"{DEVICES}": [\n'.encode()
"""What stands before the lines of the devices: the line that begins their section, and the end of that before it."""

LAST_BYTES = 1 << 20
"""How many bytes at the end of a snapshot are looked through for its seal."""

_END = b"],\n"
_SHA256 = regex(rb'"sha256": ?"([0-9a-f]{64})"')
_LAYOUT = [__version__, *Device._fields, *(array(code, [1]).tobytes().hex() for code in (NUMBER, TIME))]
"""What the content of an index depends on beside the snapshot: another version, or another machine, has its own."""


class Place(NamedTuple):
    """Where the lines of the devices of a sealed file begin and end, and where that of its seal begins, in bytes."""

    begin: int
    end: int
    seal: int


class DeviceIndex(NamedTuple):
    """What an index says of a file: the hash by its seal, that of all but devices, where these are, and the devices."""

    sha256: str
    around: str
    place: Place
    devices: DeviceTable


class Found(NamedTuple):
    """An index, the pieces of its file without devices, and what says whether the file is the one of its seal."""

    known: DeviceIndex
    pieces: Iterable[bytes]
    is_whole: Callable[[], bool]


class Sealed(NamedTuple):
    """The hash that the seal of a file says, and how many bytes from the end of the file on its line begins."""

    sha256: str
    length: int


def seal_of(last: bytes) -> Sealed | None:
    """Return what the seal at the end of a file says, None where its last bytes hold no seal."""
    at = last.rfind(b"\n" + SEAL) + 1
    said = _SHA256.findall(last, at) if at else []
    return Sealed(said[0].decode(), len(last) - at) if len(said) == 1 else None


def index_name(sha256: str) -> str:
    """Return what the index of a file is called, by the hash that its seal says."""
    return hashlib.sha256(json.dumps([FORMAT, _LAYOUT, sha256]).encode()).hexdigest()


def place_of(begin: int, last: bytes, size: int) -> Place | None:
    """Return where the devices of a sealed file are, which are its last section; None where it has no seal.

    `begin` is where their lines begin, `last` are the last bytes of the file.
    """
    sealed = seal_of(last)
    if sealed is None:
        return None
    seal = size - sealed.length
    return Place(begin, seal - len(_END), seal)


def write_index(index: DeviceIndex) -> Iterator[bytes] | None:
    """Return the pieces of an index, None where its devices cannot be kept."""
    stored = index.devices.stored()
    if stored is None:
        return None
    names = [each for _begin, *both in stored.names for each in map(_encoded, both)]
    head = {
        "format": FORMAT,
        "layout": _LAYOUT,
        "sha256": index.sha256,
        "around": index.around,
        "place": index.place,
        "devices": len(index.devices),
        "begins": [begin for begin, _ids, _guids in stored.names],
        "names": list(map(len, names)),
        "packed": [isinstance(guids, bytes) for _begin, _ids, guids in stored.names],
        "kinds": stored.kinds,
        "owners": stored.owners,
    }
    columns = (stored.kind_of, stored.owner_of, *stored.times)
    body = [json.dumps(head, separators=(",", ":")).encode() + b"\n", *map(array.tobytes, columns), *names]
    digest = hashlib.sha256()
    for piece in body:
        digest.update(piece)
    return iter((f"{FORMAT} {digest.hexdigest()}\n".encode(), *body))


def read_index(data: bytes, sha256: str) -> DeviceIndex | None:
    """Return an index, given its bytes and the hash of the file that it is to be of.

    None where it is damaged, of another version, or of another file.
    """
    first = f"{FORMAT} {'0' * 64}\n"
    body = memoryview(data)[len(first) :]
    if data[: len(first)] != f"{FORMAT} {hashlib.sha256(body).hexdigest()}\n".encode():
        return None
    try:
        index = _index(body)
    except (ValueError, TypeError, KeyError, IndexError):  # somebody wrote it, and its hash
        return None
    return index if index is not None and index.sha256 == sha256 else None


def _index(body: memoryview) -> DeviceIndex | None:
    line, at = _line(body)
    head: dict[str, Any] = json.loads(line)
    if head["format"] != FORMAT or head["layout"] != _LAYOUT:
        return None
    number, columns = head["devices"], []
    for code in (NUMBER, NUMBER, *(TIME for _ in TIMES)):
        column = array(code)
        column.frombytes(body[at : at + number * column.itemsize])
        at += number * column.itemsize
        columns.append(column)
    ends = accumulate(head["names"], initial=at)
    names = [bytes(body[begin:end]) for begin, end in pairwise(ends)]
    kinds = [Device(*fields)._replace(device_class=tuple(fields[2])) for fields in head["kinds"]]
    owners: list[tuple[str, str | None]] = [(name, key) for name, key in head["owners"]]
    kind_of, owner_of, *times = columns
    runs = [
        (begin, _text(ids), guids if is_packed else _text(guids))
        for begin, ids, guids, is_packed in zip(head["begins"], names[::2], names[1::2], head["packed"], strict=True)
    ]
    if not _fits(Stored(kinds, owners, kind_of, owner_of, runs, times), number):
        return None
    table = DeviceTable.restored(Stored(kinds, owners, kind_of, owner_of, runs, times))
    return DeviceIndex(head["sha256"], head["around"], Place(*head["place"]), table)


def _line(body: memoryview) -> tuple[bytes, int]:
    """Return the first line, and where what follows it begins."""
    length = 1 << 20
    while b"\n" not in (line := bytes(body[:length])) and length < len(body):
        length *= 4
    end = line.index(b"\n") + 1
    return line[:end], end


def _fits(stored: Stored, devices: int) -> bool:
    """Return whether columns, names, kinds and owners of a number of devices belong together."""
    begins = [begin for begin, _ids, _guids in stored.names]
    lengths = [(ids.count("\n") + 1, _number(guids)) for _begin, ids, guids in stored.names]
    ends = [begin + length for begin, (length, _) in zip(begins, lengths, strict=True)]
    return (
        all(len(column) == devices for column in (stored.kind_of, stored.owner_of, *stored.times))
        and all(one == other for one, other in lengths)
        and [0, *ends] == [*begins, devices]
        and all(len({*each}) == len(each) for each in (stored.kinds, stored.owners))
        and _below(stored.kind_of, len(stored.kinds))
        and _below(stored.owner_of, len(stored.owners))
    )


def _number(guids: str | bytes) -> float:
    return len(guids) / 16 if isinstance(guids, bytes) else guids.count("\n") + 1


def _encoded(names: str | bytes) -> bytes:
    return names if isinstance(names, bytes) else names.encode("utf-8", "surrogatepass")


def _text(names: bytes) -> str:
    return str(names, "utf-8", "surrogatepass")


def _below(numbers: Sequence[int], limit: int) -> bool:
    return max(numbers, default=-1) < limit
