"""The devices of an organization, kept small: of a million phones most say the same of themselves.

Columns hold them: what a device reports, as the number of its kind; its owner, as a number; its own ID, GUID and times.
Devices are made of the columns when they are asked for one by one; what is counted is counted over the columns.
"""

from __future__ import annotations

from array import array
from binascii import unhexlify
from bisect import bisect_left, bisect_right
from collections import Counter
from contextlib import suppress
from itertools import chain, compress, count, islice, pairwise, repeat
from operator import add
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from policylint.model.device import TIMES, Device
from policylint.model.lazy_sequence import LazySequence
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

Profile: TypeAlias = "tuple[Hashable, Mapping[str, Hashable]]"
"""What devices have from their mailbox: all of them, and those of certain IDs (folded) besides."""

T = TypeVar("T")

NUMBER, TIME = "I", "Q"
"""The types of the arrays of numbers, and of times."""

_LAST = TIMES.index("LastSuccessSync")
_LEAST = 0x1900_00_00_00_00_00
"""What is less is no time: 0 is not known, and the year 1 is how .NET writes a time that was never set.

Source: https://learn.microsoft.com/dotnet/api/system.datetime.minvalue
"""
_NOTHING_OWN: Mapping[str, Any] = {
    "device_id": "",
    "mailbox": None,
    "guid": "",
    "owner": "",
    "first_sync": "",
    "last_sync": "",
    "changed": "",
}
_REPORTED = slice(Device._fields.index("device_class"), Device._fields.index("guid"))
"""The fields of a device that it shares with all of its kind."""
_END = "\n"
_JOINT = "\1"
_AT_ONCE = 50_000
"""Of how many devices the names are taken out of the columns at a time."""

Packed: TypeAlias = "str | bytes | tuple[str, ...]"
"""Names as one text of a line each, as the 16 bytes of each GUID, or as they are where one of them holds a line end."""


def _pack(names: Sequence[str]) -> Packed:
    """Return names as one text, which takes half the room; as they are where that would not give them back."""
    text = _END.join(names)
    return text if text.count(_END) == len(names) - 1 else tuple(names)


def _unpack(names: Packed) -> Sequence[str]:
    if isinstance(names, bytes):
        return _Guids(names)
    return names.split(_END) if isinstance(names, str) else names


def _lines(names: str | bytes) -> str:
    """Return packed names, a line each; GUIDs without what stands between their digits."""
    return names.hex(_END, 16) if isinstance(names, bytes) else names


def pack_guids(texts: Sequence[bytes]) -> bytes | None:
    """Return the bytes of GUIDs; None where one is not in the form that .NET writes: 8-4-4-4-12 digits.

    Source: https://learn.microsoft.com/dotnet/api/system.guid.tostring
    """
    text = b"\n".join(texts)
    if text.translate(_DIGITS_AS_ZEROS) + b"\n" != _GUID * len(texts):
        return None
    return unhexlify(text.translate(None, b"-\n"))


_GUID = b"00000000-0000-0000-0000-000000000000\n"
_DIGITS_AS_ZEROS = bytes(ord("0") if each in b"0123456789abcdef" else each for each in range(256))


class _Guids(LazySequence[str]):
    """GUIDs by their place, of the bytes of all."""

    __slots__ = ("_bytes",)

    def __init__(self, of: bytes) -> None:
        self._bytes = of

    def __len__(self) -> int:
        return len(self._bytes) // 16

    def at(self, place: int) -> str:
        """Return the GUID at a place."""
        digits = self._bytes[place * 16 : place * 16 + 16].hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def time_words(number: int) -> str:
    """Return the time of a number, as `2026-11-20T06:00:00Z`; the empty text where it is none."""
    if number < _LEAST:
        return ""
    digits = f"{number:014x}"
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}Z"


def time_number(words: str) -> int:
    """Return the number of a time, 0 of the empty text: of two times the later one has the greater number.

    Its hexadecimal digits are those of the time, so that many times are read at once.
    """
    return int(words.translate(_NO_PUNCTUATION) or "0", 16)


def pack_times(times: Iterable[bytes]) -> array[int]:
    """Return the numbers of times such as `2026-11-20T06:00:00Z`; 0 of the empty text."""
    digits = b"00".join((b"", *[each or _NO_TIME for each in times])).translate(None, _PUNCTUATION)
    numbers = array(TIME, unhexlify(digits))
    if array(NUMBER, [1]).tobytes()[0] == 1:
        numbers.byteswap()
    return numbers


def zeros(number: int) -> array[int]:
    """Return a number of times that are not known."""
    return array(TIME, bytes(array(TIME).itemsize * number))


_PUNCTUATION, _NO_TIME = b"-:TZ", bytes(14).replace(b"\0", b"0")
_NO_PUNCTUATION = dict.fromkeys(map(ord, "-:TZ"))


def without_own_names(device: Device) -> Device:
    """Return what a device reports, without what is of it alone: owner, ID, GUID and times."""
    return device._replace(**_NOTHING_OWN)


class Cohort(NamedTuple):
    """Devices that report the same and have the same from their mailbox: one of them, and how many there are."""

    representative: Device
    size: int


class SeenKind(NamedTuple):
    """Devices that report the same: one of them, how many, when the last of them synced, and of how many none knows."""

    representative: Device
    size: int
    last_sync: str
    without_last_sync: int


class Columns(NamedTuple):
    """Devices in the order they were added in: the numbers of their kinds and owners, their IDs, GUIDs and times.

    A time is its `time_number`, 0 where it is not known; `times` are in the order of `TIMES`.
    """

    kinds: Sequence[int]
    owners: Sequence[int]
    ids: Sequence[str]
    guids: Sequence[str]
    times: Sequence[Sequence[int]]


class Stored(NamedTuple):
    """All of a table, as values that a file can keep.

    `kinds` and `owners` are by number, and for each device there is the number of its own in `kind_of` and `owner_of`.
    `names` are the IDs and GUIDs of runs of devices, packed, with the row that the run begins at. `times` are in the
    order of `TIMES`.
    """

    kinds: Sequence[Device]
    owners: Sequence[tuple[str, str | None]]
    kind_of: array[int]
    owner_of: array[int]
    names: Sequence[tuple[int, str, str | bytes]]
    times: Sequence[array[int]]


class _Interner(dict[Any, int]):
    """Numbers things in the order they are first asked for."""

    def __missing__(self, thing: Any) -> int:
        number = self[thing] = len(self)
        return number


class DeviceTable:
    """Devices in the order of their owners and IDs, whatever order they were added in."""

    def __init__(self, devices: Iterable[Device] = ()) -> None:
        self._kinds, self._owners = _Interner(), _Interner()
        self._kind_of, self._owner_of = array(NUMBER), array(NUMBER)
        self._names: list[tuple[int, Packed, Packed]] = []
        self._times = tuple(array(TIME) for _ in TIMES)
        self.extend(devices)

    @classmethod
    def of(cls, devices: Iterable[Device]) -> DeviceTable:
        """Return devices as a table: themselves where they are one."""
        return devices if isinstance(devices, DeviceTable) else cls(devices)

    @classmethod
    def restored(cls, stored: Stored) -> DeviceTable:
        """Return the table that was stored; its columns are those given, not copies of them."""
        table = cls()
        table._kinds.update(zip(stored.kinds, count()))
        table._owners.update(zip(stored.owners, count()))
        table._kind_of, table._owner_of, table._times = stored.kind_of, stored.owner_of, tuple(stored.times)
        table._names = list(stored.names)
        return table

    def stored(self) -> Stored | None:
        """Return all of the table as values, None where an ID or a GUID holds the end of a line."""
        names = [
            (begin, ids, guids)
            for begin, ids, guids in self._names
            if isinstance(ids, str) and not isinstance(guids, tuple)
        ]
        if len(names) < len(self._names):
            return None
        return Stored(self.all_kinds(), self.owners(), self._kind_of, self._owner_of, names, self._times)

    def extend(self, devices: Iterable[Device]) -> None:
        """Add devices."""
        devices = tuple(devices)
        self.add(
            [self.kind(device) for device in devices],
            [self.owner(device.owner, device.mailbox) for device in devices],
            [device.device_id for device in devices],
            [device.guid for device in devices],
            [map(time_number, times) for times in zip(*(_times_of(device) for device in devices), strict=True)],
        )

    def kind(self, device: Device) -> int:
        """Return the number of what a device reports, whatever its owner, ID, GUID and times."""
        return self._kinds[without_own_names(device)]

    def owner(self, name: str, mailbox: str | None) -> int:
        """Return the number of an owner: the name, and the key of the mailbox, None where it is not known."""
        return self._owners[(name, mailbox)]

    def add(
        self,
        kinds: Iterable[int],
        owners: Iterable[int],
        ids: Sequence[str],
        guids: Sequence[str],
        times: Sequence[Iterable[int]] = (),
    ) -> None:
        """Add devices by the numbers of their kinds and owners, by their own names, and by their times.

        A time is its `time_number`, 0 where it is not known; without `times` none is.
        """
        if ids:
            self.add_packed(kinds, owners, _pack(ids), _pack(guids), times or (zeros(len(ids)),) * len(self._times))

    def add_packed(
        self,
        kinds: Iterable[int],
        owners: Iterable[int],
        ids: Packed,
        guids: Packed,
        times: Sequence[Iterable[int]],
    ) -> None:
        """Add devices, at least one, whose own names are packed: one text of a line each is."""
        self._names.append((len(self._kind_of), ids, guids))
        self._kind_of.extend(kinds)
        self._owner_of.extend(owners)
        for column, numbers in zip(self._times, times, strict=True):
            column.extend(numbers)

    def __len__(self) -> int:
        return len(self._kind_of)

    def __iter__(self) -> Iterator[Device]:
        return self._materialize(range(len(self)))

    def kinds(self) -> Iterator[Cohort]:
        """Yield what devices report, and how many do; owner, ID and GUID are empty."""
        counts = Counter(self._kind_of)
        return (Cohort(device, counts[number]) for device, number in self._kinds.items() if counts[number])

    def seen_kinds(self) -> Iterator[SeenKind]:
        """Yield what devices report, how many do, and when the last of them synced."""
        sizes, latest, unknown = Counter(self._kind_of), [0] * len(self._kinds), Counter[int]()
        for kind, last in zip(self._kind_of, self._times[_LAST], strict=True):
            if last < _LEAST:
                unknown[kind] += 1
            elif last > latest[kind]:
                latest[kind] = last
        for device, number in self._kinds.items():
            if sizes[number]:
                yield SeenKind(device, sizes[number], time_words(latest[number]), unknown[number])

    def owning(self, wanted: Callable[[Device], bool]) -> Mapping[tuple[str, str | None], int]:
        """Return how many of some devices each owner has that has one; which those are is of what a device reports."""
        is_wanted = [wanted(kind) for kind in self._kinds]
        if not any(is_wanted):
            return {}
        found = Counter(compress(self._owner_of, map(is_wanted.__getitem__, self._kind_of)))
        owners = self.owners()
        return {owners[owner]: number for owner, number in found.items()}

    def all_kinds(self) -> list[Device]:
        """Return what devices report, by number; owner, ID, GUID and times are empty."""
        return list(self._kinds)

    def columns(self) -> Iterator[Columns]:
        """Yield the devices, some at a time, which takes little memory."""
        for begin, ids, guids in self._names:
            names = _unpack(ids)
            end = begin + len(names)
            times = [column[begin:end] for column in self._times]
            yield Columns(self._kind_of[begin:end], self._owner_of[begin:end], names, _unpack(guids), times)

    def cohorts(self, profile: Callable[[str | None], Profile]) -> CohortIndex:
        """Return the devices by what they report and what they have from their mailbox, which `profile` says."""
        return CohortIndex(self, list(self._kinds), self._kind_of, self._owner_of, profile)

    def owners(self) -> list[tuple[str, str | None]]:
        """Return each owner's name and the key of the mailbox, by number."""
        return list(self._owners)

    def ids(self) -> Iterator[str]:
        """Yield the ID of each device in the order they were added."""
        for _begin, ids, _guids in self._names:
            yield from _unpack(ids)

    def select(
        self,
        wanted: Callable[[str, str], bool],
        mailbox: str | None = None,
        *,
        near: Callable[[str], bool] = lambda _names: True,
    ) -> Iterator[Device]:
        """Yield devices in their order, by their ID and GUID, and by the key of their mailbox where one is given.

        `near` says of the IDs or the GUIDs of many devices, a line each, whether one of them may be wanted: the devices
        where it says no of both are not looked at.
        """
        rows = self._rows_of(mailbox) if mailbox is not None else self._rows_near(near)
        return self._materialize([row for row, device_id, guid in self._named(rows) if wanted(device_id, guid)])

    def named_of(self, owners: Collection[int]) -> Iterator[tuple[int, str, str]]:
        """Yield the rows of the devices of some owners, by number, with the ID and the GUID of the device there."""
        return self._named(_rows_with(self._owner_of, owners))

    def _rows_of(self, mailbox: str) -> Sequence[int]:
        """Return the rows of the devices of a mailbox, in rising order."""
        return _rows_with(self._owner_of, {number for number, (_, key) in enumerate(self.owners()) if key == mailbox})

    def _rows_near(self, near: Callable[[str], bool]) -> Iterator[int]:
        """Yield the rows, in rising order, of runs of names of which one may be wanted."""
        ends = [*(begin for begin, _ids, _guids in self._names), len(self)][1:]
        for (begin, *names), end in zip(self._names, ends, strict=True):
            if any(isinstance(each, tuple) or near(_lines(each)) for each in names):
                yield from range(begin, end)

    def synced_until(self, time: str) -> Iterator[Device]:
        """Yield the devices that last synced at a time or before, in their order; not those with no time of it."""
        limit = time_number(time)
        return self._materialize([row for row, last in enumerate(self._times[_LAST]) if _LEAST <= last <= limit])

    @property
    def without_last_sync(self) -> int:
        """Return how many devices have no time of a last sync."""
        return sum(last < _LEAST for last in self._times[_LAST])

    def take(self, rows: Collection[int], limit: int | None) -> Iterator[Device]:
        """Yield the devices of some rows, which rise, in their order, at most a number of them."""
        if limit is not None and len(rows) > limit:
            owners, counts = self.owners(), Counter(map(self._owner_of.__getitem__, rows))
            wanted, found = set(), 0
            for number in sorted(counts, key=lambda number: _order(owners[number])):
                if found >= limit:
                    break
                wanted.add(number)
                found += counts[number]
            rows = list(compress(rows, self._of(rows, wanted)))
        return islice(self._materialize(rows), limit)

    def _materialize(self, rows: Collection[int]) -> Iterator[Device]:
        return (device for _row, device in self.placed(rows))

    def placed(self, rows: Collection[int]) -> Iterator[tuple[int, Device]]:
        """Yield the devices of some rows, which rise, in the order of devices, each with its row."""
        owners, reported = self.owners(), [kind[_REPORTED] for kind in self._kinds]
        for row, device_id, guid in self.in_order(rows):
            yield row, self._device(row, device_id, guid, owners, reported)

    def _device(
        self,
        row: int,
        device_id: str,
        guid: str,
        owners: Sequence[tuple[str, str | None]],
        reported: Sequence[tuple[Any, ...]],
    ) -> Device:
        """Return the device of a row, of the names that are its own and of what its kind reports."""
        owner, mailbox = owners[self._owner_of[row]]
        own = device_id, mailbox, *reported[self._kind_of[row]], guid, owner, *self._when(row)
        return Device._make(own)

    def in_order(self, rows: Collection[int]) -> Iterator[tuple[int, str, str]]:
        """Yield some rows, which rise, in the order of devices, each with the ID and the GUID of the device there."""
        owners = self.owners()
        return chain.from_iterable(self._in_groups(rows, lambda number: _order(owners[number])))

    def by_owner(self, key: Callable[[str, str | None], Any]) -> Iterator[list[tuple[int, Device]]]:
        """Yield the devices by a key of their owner's name and mailbox, sorted, in their order, each with its row.

        Devices of the same key are together, whatever the names of their owners.
        """
        owners, reported = self.owners(), [kind[_REPORTED] for kind in self._kinds]
        for mine in self._in_groups(range(len(self)), lambda number: key(*owners[number])):
            yield [(row, self._device(row, device_id, guid, owners, reported)) for row, device_id, guid in mine]

    def _in_groups(self, rows: Collection[int], key: Callable[[int], Any]) -> Iterator[Iterator[tuple[int, str, str]]]:
        """Yield some rows by a key of the number of their owner, sorted, those of one key in the order of devices."""
        kinds, kind_of = self.all_kinds(), self._kind_of
        clients = [kind.client_type for kind in kinds]
        for mine in self._by_owner(rows, key):
            named = [(device_id, clients[kind_of[row]], guid, row) for row, device_id, guid in mine]
            named.sort()
            if any(one[:3] == other[:3] for one, other in pairwise(named)):  # the order must not be that of the file
                named.sort(key=lambda each: (each[:3], repr(kinds[kind_of[each[3]]]), self._when(each[3])))
            yield ((row, device_id, guid) for device_id, _client, guid, row in named)

    def folded_names(self, rows: Sequence[int]) -> Iterator[str]:
        """Yield what devices of some rows, which rise, are known by, folded and sorted: owner, ID and GUID, joined."""
        names, owner_of = [f"{name}{_JOINT}" for name, _mailbox in self.owners()], self._owner_of
        # Names are in the order of their owners where no owner's name is the beginning of another one's.
        clear = all(name.count(_JOINT) == 1 for name in names)
        folded = list(map(fold, names)) if clear else [""] * len(names)
        for numbers in _some_at_a_time(Counter(map(owner_of.__getitem__, rows)), folded.__getitem__):
            of_these = array(NUMBER, compress(rows, self._of(rows, {*chain.from_iterable(numbers)})))
            found: list[str] = []
            for begin, packed_ids, packed_guids in self._names:
                ids, guids = _unpack(packed_ids), _unpack(packed_guids)
                here = of_these[bisect_left(of_these, begin) : bisect_left(of_these, begin + len(ids))]
                owners = map(names.__getitem__, map(owner_of.__getitem__, here))
                places = [row - begin for row in here]
                own = zip(owners, map(ids.__getitem__, places), repeat(_JOINT), map(guids.__getitem__, places))
                found += _folded(list(map("".join, own)))
            found.sort()
            yield from found

    def _by_owner(self, rows: Collection[int], key: Callable[[int], Any]) -> Iterator[list[tuple[int, str, str]]]:
        """Yield some rows, which rise, by a key of the number of their owner, sorted, each with the ID and the GUID."""
        owner_of = self._owner_of
        for groups in _some_at_a_time(Counter(map(owner_of.__getitem__, rows)), key):
            group_of: dict[int, list[tuple[int, str, str]]] = {}
            for numbers in groups:
                together: list[tuple[int, str, str]] = []
                group_of.update(zip(numbers, repeat(together)))
            for named in self._named(compress(rows, self._of(rows, group_of))):
                group_of[owner_of[named[0]]].append(named)
            yield from (group_of[numbers[0]] for numbers in groups)

    def _of(self, rows: Iterable[int], owners: Collection[int]) -> Iterator[bool]:
        return map(owners.__contains__, map(self._owner_of.__getitem__, rows))

    def _when(self, row: int) -> tuple[str, ...]:
        return tuple(time_words(column[row]) for column in self._times)

    def _named(self, rows: Iterable[int]) -> Iterator[tuple[int, str, str]]:
        """Yield rows, in rising order, with the ID and the GUID of the device there."""
        begins = [begin for begin, _ids, _guids in self._names]
        begin = end = 0
        ids: Sequence[str] = ()
        guids: Sequence[str] = ()
        for row in rows:
            if row >= end:
                begin, *packed = self._names[bisect_right(begins, row) - 1]
                ids, guids = map(_unpack, packed)
                end = begin + len(ids)
            yield row, ids[row - begin], guids[row - begin]


def _some_at_a_time(counts: Mapping[int, int], key: Callable[[int], Any]) -> Iterator[list[list[int]]]:
    """Yield the numbers of owners, sorted by a key, those of the same key together, some of them at a time.

    `counts` are how many devices each has: names are taken out of the columns for few at once, to keep memory small.
    """
    numbers: dict[Any, list[int]] = {}
    for number in counts:
        numbers.setdefault(key(number), []).append(number)
    some, size = list[list[int]](), 0
    for each in sorted(numbers):
        some.append(numbers[each])
        size += sum(map(counts.__getitem__, numbers[each]))
        if size >= _AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _folded(texts: Sequence[str]) -> Sequence[str]:
    """Return each of some texts folded, all of them at once where they can be parted again."""
    whole = _pack(texts)
    return _unpack(fold(whole)) if isinstance(whole, str) else list(map(fold, texts))


def _times_of(device: Device) -> tuple[str, str, str]:
    return device.first_sync, device.last_sync, device.changed


def _rows_with(owner_of: array[int], owners: Collection[int]) -> Sequence[int]:
    """Return the rows of the devices of some owners, in rising order."""
    if len(owners) > _FEW_OWNERS:
        return array(NUMBER, compress(count(), map(owners.__contains__, owner_of)))
    return sorted(row for owner in owners for row in _places(owner_of, owner))


_FEW_OWNERS = 4
"""For how many owners the column is searched for each; of more, each row is looked at."""


def _places(numbers: array[int], number: int) -> Iterator[int]:
    """Yield where a number is among others."""
    at = -1
    with suppress(ValueError):
        while True:
            at = numbers.index(number, at + 1)
            yield at


def _order(owner: tuple[str, str | None]) -> tuple[str, str]:
    return owner[0], owner[1] or ""


class CohortIndex:
    """Devices counted by what they report and what they have from their mailbox.

    A cohort is named by its number, its place in `cohorts`. What the devices of one have in common is a single number,
    its key: of the lists that name the device, of what its mailbox gives to all, and of what it reports.
    """

    def __init__(
        self,
        devices: DeviceTable,
        kinds: Sequence[Device],
        kind_of: array[int],
        owner_of: array[int],
        profile: Callable[[str | None], Profile],
    ) -> None:
        self._devices, self._kind_of, self._owner_of = devices, kind_of, owner_of
        self._examples: dict[tuple[int, int], tuple[int, str]] = {}
        first, profile_of = self._profiles(profile)
        numbers, width = _Interner(), len(kinds)
        keys = map(add, map([number * width for number in range(len(first))].__getitem__, profile_of), kind_of)
        self._cohort_of = array(NUMBER, map(numbers.__getitem__, keys if len(first) > 1 else kind_of))
        counts, owners = Counter(self._cohort_of), devices.owners()
        self.cohorts = tuple(
            self._cohort(kinds[kind], owners, self._examples.get((number, kind), (first[number], "")), counts[cohort])
            for cohort, (number, kind) in enumerate(divmod(key, width) for key in numbers)
        )

    def _profiles(self, profile: Callable[[str | None], Profile]) -> tuple[Sequence[int], Iterable[int]]:
        """Number what devices have from their owners' mailboxes; return an owner of each number, and that of each row.

        What lists a device is part of it.
        """
        numbers, first, of_owner = _Interner(), list[int](), array(NUMBER)
        listed: dict[int, Mapping[str, Hashable]] = {}
        for owner, (_name, mailbox) in enumerate(self._devices.owners()):
            common, own = profile(mailbox)
            of_owner.append(numbers[common, None])
            if len(numbers) > len(first):
                first.append(owner)
            if own:
                listed[owner] = own
        profile_of = map(of_owner.__getitem__, self._owner_of)
        if not listed:
            return first, profile_of
        commons, found = list(numbers), array(NUMBER, profile_of)
        for row, device_id, _guid in self._devices.named_of(listed):
            owner = self._owner_of[row]
            listing = listed[owner].get(fold(device_id)) if device_id else None
            if listing is not None:
                found[row] = numbers[commons[of_owner[owner]][0], listing]
                if len(numbers) > len(first):
                    first.append(owner)
                self._examples.setdefault((found[row], self._kind_of[row]), (owner, device_id))
        return first, found

    @staticmethod
    def _cohort(
        reported: Device, owners: Sequence[tuple[str, str | None]], example: tuple[int, str], number: int
    ) -> Cohort:
        owner, mailbox = owners[example[0]]
        return Cohort(reported._replace(device_id=example[1], mailbox=mailbox, owner=owner), number)

    def cohort_at(self, row: int) -> int:
        """Return the number of the cohort of the device in a row."""
        return self._cohort_of[row]

    def rows(self, wanted: Collection[int]) -> Sequence[int]:
        """Return the rows of the devices of some cohorts, which rise."""
        if not wanted:
            return ()
        is_wanted = bytearray(map(frozenset(wanted).__contains__, range(len(self.cohorts))))
        return array(NUMBER, compress(count(), map(is_wanted.__getitem__, self._cohort_of)))

    def names(self, wanted: Collection[int], mailboxes: Collection[str | None] | None = None) -> Iterator[str]:
        """Yield what devices of some cohorts, and of some mailboxes by their keys, are known by: folded and sorted."""
        rows = self.rows(wanted)
        if mailboxes is not None:
            owners = [mailbox in mailboxes for _, mailbox in self._devices.owners()]
            rows = array(NUMBER, (row for row in rows if owners[self._owner_of[row]]))
        return self._devices.folded_names(rows)

    def members(self, wanted: Collection[int], limit: int | None = None) -> Iterator[Device]:
        """Yield the devices of some cohorts in their order, at most a number of them."""
        return self._devices.take(self.rows(wanted), limit)

    def named(self, wanted: Collection[int]) -> Iterator[tuple[str, str, int]]:
        """Yield the owner's name, the ID and the cohort of each device of some cohorts, in the order of devices."""
        owners, owner_of, cohort_of = self._devices.owners(), self._owner_of, self._cohort_of
        for row, device_id, _guid in self._devices.in_order(self.rows(wanted)):
            yield owners[owner_of[row]][0], device_id, cohort_of[row]

    def first_of(self, labels: Mapping[int, T]) -> dict[T, Device]:
        """Return the first device of each label, in the order of devices; `labels` are by cohort."""
        owners = self._devices.owners()
        rank = array(NUMBER, bytes(array(NUMBER).itemsize * len(owners)))
        for place, number in enumerate(sorted(range(len(owners)), key=lambda number: _order(owners[number]))):
            rank[number] = place
        best: dict[T, tuple[int, list[int]]] = {}
        for row in self.rows(labels):
            label, own = labels[self._cohort_of[row]], rank[self._owner_of[row]]
            known = best.get(label)
            if known is None or own < known[0]:
                best[label] = (own, [row])
            elif own == known[0]:
                known[1].append(row)
        return {label: next(self._devices.take(rows, 1)) for label, (_, rows) in best.items()}

    def owners(self, wanted: Collection[int]) -> Mapping[tuple[str, str | None], int]:
        """Return how many devices of some cohorts each owner has that has one, by name and key, sorted."""
        owners, counts = self._devices.owners(), Counter(map(self._owner_of.__getitem__, self.rows(wanted)))
        return {owners[number]: counts[number] for number in sorted(counts, key=lambda number: _order(owners[number]))}

    def mailboxes(self, wanted: Collection[int]) -> Counter[str | None]:
        """Return how many devices of some cohorts each mailbox has, by its key."""
        owners = self._devices.owners()
        found: Counter[str | None] = Counter()
        for number, devices in Counter(map(self._owner_of.__getitem__, self.rows(wanted))).items():
            found[owners[number][1]] += devices
        return found
