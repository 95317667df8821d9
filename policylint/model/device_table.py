"""The devices of an organization, kept small: of a million phones most say the same of themselves.

Columns hold them: what a device reports, as the number of its kind; its owner, as a number; its own ID, GUID and times.
Devices are made of the columns when they are asked for one by one; what is counted is counted over the columns.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from contextlib import suppress
from itertools import compress, count, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeGuard, TypeVar

from policylint.model.device import TIMES
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

    from policylint.model.device import Device

Profile: TypeAlias = "tuple[Hashable, Mapping[str, Hashable]]"
"""What devices have from their mailbox: all of them, and those of certain IDs (folded) besides."""

T = TypeVar("T")

_NUMBER, _TIME = "I", "Q"
_LAST = TIMES.index("LastSuccessSync")
_LEAST = 1900_00_00_00_00_00
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
_END = "\n"


_Packed: TypeAlias = "str | tuple[str, ...]"


def _pack(names: Sequence[str]) -> _Packed:
    """Return names as one text, which takes half the room; as they are where that would not give them back."""
    text = _END.join(names)
    return text if text.count(_END) == len(names) - 1 else tuple(names)


def _unpack(names: _Packed) -> Sequence[str]:
    return names.split(_END) if isinstance(names, str) else names


def time_words(number: int) -> str:
    """Return a time whose digits are a number, as `2026-11-20T06:00:00Z`; the empty text where it is none."""
    if number < _LEAST:
        return ""
    digits = f"{number:014}"
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}Z"


def time_number(words: str) -> int:
    """Return the number that the digits of a time make, 0 of the empty text."""
    return int(words.translate(_NO_PUNCTUATION) or "0")


_NO_PUNCTUATION = dict.fromkeys(map(ord, "-:TZ"))


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

    A time is the number that its digits make, 0 where it is not known; `times` are in the order of `TIMES`.
    """

    kinds: Sequence[int]
    owners: Sequence[int]
    ids: Sequence[str]
    guids: Sequence[str]
    times: Sequence[Sequence[int]]


class Stored(NamedTuple):
    """All of a table, as values that a file can keep.

    `kinds` and `owners` are by number, and for each device there is the number of its own in `kind_of` and `owner_of`.
    `names` are the IDs and GUIDs of runs of devices, a line each, with the row that the run begins at. `times` are in
    the order of `TIMES`.
    """

    kinds: Sequence[Device]
    owners: Sequence[tuple[str, str | None]]
    kind_of: array[int]
    owner_of: array[int]
    names: Sequence[tuple[int, str, str]]
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
        self._kind_of, self._owner_of = array(_NUMBER), array(_NUMBER)
        self._names: list[tuple[int, _Packed, _Packed]] = []
        self._times = tuple(array(_TIME) for _ in TIMES)
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
        names = [each for each in self._names if _is_text(each)]
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
        return self._kinds[device._replace(**_NOTHING_OWN)]

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

        A time is the number that its digits make, 0 where it is not known; without `times` none is.
        """
        begin = len(self._kind_of)
        self._kind_of.extend(kinds)
        self._owner_of.extend(owners)
        for column, numbers in zip(self._times, times or (repeat(0, len(ids)),) * len(self._times), strict=True):
            column.extend(numbers)
        if ids:
            self._names.append((begin, _pack(ids), _pack(guids)))

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

    def owned(self, label: Callable[[Device], T]) -> Mapping[tuple[str, str | None], Counter[T]]:
        """Return how many devices of each label each owner has; the label is of what a device reports."""
        labels, owners = [label(kind) for kind in self._kinds], self.owners()
        found: dict[tuple[str, str | None], Counter[T]] = {}
        for (owner, kind), number in Counter(zip(self._owner_of, self._kind_of, strict=True)).items():
            found.setdefault(owners[owner], Counter())[labels[kind]] += number
        return found

    def owning(self, wanted: Callable[[Device], bool]) -> Mapping[tuple[str, str | None], int]:
        """Return how many of some devices each owner has that has one; which those are is of what a device reports."""
        kinds = {number for number, kind in enumerate(self._kinds) if wanted(kind)}
        if not kinds:
            return {}
        found = Counter(owner for owner, kind in zip(self._owner_of, self._kind_of, strict=True) if kind in kinds)
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

    def ids_of(self, rows: Iterable[int]) -> Iterator[tuple[int, str]]:
        """Yield rows, in rising order, with the ID of the device there."""
        return ((row, device_id) for row, device_id, _guid in self._named(rows))

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

    def _rows_of(self, mailbox: str) -> list[int]:
        """Return the rows of the devices of a mailbox, in rising order."""
        return _rows_with(self._owner_of, {number for number, (_, key) in enumerate(self.owners()) if key == mailbox})

    def _rows_near(self, near: Callable[[str], bool]) -> Iterator[int]:
        """Yield the rows, in rising order, of runs of names of which one may be wanted."""
        ends = [*(begin for begin, _ids, _guids in self._names), len(self)][1:]
        for (begin, *names), end in zip(self._names, ends, strict=True):
            if any(not isinstance(each, str) or near(each) for each in names):
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
        """Yield the devices of some rows in their order, at most a number of them."""
        if limit is not None and len(rows) > limit:
            owners, counts = self.owners(), Counter(map(self._owner_of.__getitem__, rows))
            wanted, found = set(), 0
            for number in sorted(counts, key=lambda number: _order(owners[number])):
                if found >= limit:
                    break
                wanted.add(number)
                found += counts[number]
            rows = [row for row in rows if self._owner_of[row] in wanted]
        return islice(self._materialize(rows), limit)

    def _materialize(self, rows: Iterable[int]) -> Iterator[Device]:
        return (device for _row, device in self.placed(rows))

    def placed(self, rows: Iterable[int]) -> Iterator[tuple[int, Device]]:
        """Yield the devices of some rows in their order, each with its row."""
        owners, kinds = self.owners(), list(self._kinds)
        by_owner: dict[int, list[tuple[str, str, str, int, tuple[str, ...], int]]] = {}
        for row, device_id, guid in self._named(rows):
            kind, times = self._kind_of[row], tuple(time_words(column[row]) for column in self._times)
            named = (device_id, kinds[kind].client_type, guid, kind, times, row)
            by_owner.setdefault(self._owner_of[row], []).append(named)
        for number in sorted(by_owner, key=lambda number: _order(owners[number])):
            owner, mailbox = owners[number]
            mine = by_owner.pop(number)
            mine.sort(key=lambda names: names[:3])
            if len({names[:3] for names in mine}) < len(mine):  # the order must not be that of the file
                mine.sort(key=lambda names: (names[:3], repr(kinds[names[3]]), names[4]))
            for device_id, _client, guid, kind, (first_sync, last_sync, changed), row in mine:
                own = {"device_id": device_id, "mailbox": mailbox, "guid": guid, "owner": owner}
                when = {"first_sync": first_sync, "last_sync": last_sync, "changed": changed}
                yield row, kinds[kind]._replace(**own, **when)

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


def _is_text(names: tuple[int, _Packed, _Packed]) -> TypeGuard[tuple[int, str, str]]:
    return isinstance(names[1], str) and isinstance(names[2], str)


def _times_of(device: Device) -> tuple[str, str, str]:
    return device.first_sync, device.last_sync, device.changed


def _rows_with(owner_of: array[int], owners: Collection[int]) -> list[int]:
    """Return the rows of the devices of some owners, in rising order."""
    if len(owners) > _FEW_OWNERS:
        return [row for row, owner in enumerate(owner_of) if owner in owners]
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

    A cohort is named by its number, its place in `cohorts`.
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
        self._profile_of = array(_NUMBER)
        self._listed: dict[int, Mapping[str, Hashable]] = {}
        self._examples: dict[tuple[int, int, Hashable], tuple[int, str]] = {}
        first = self._profiles(profile)
        counts = self._counts()
        self._numbers = {key: number for number, key in enumerate(counts)}
        owners = devices.owners()
        self.cohorts = tuple(
            self._cohort(kinds[key[1]], owners, self._examples.get(key, (first[key[0]], "")), counts[key])
            for key in self._numbers
        )

    def _counts(self) -> Counter[tuple[int, int, Hashable]]:
        """Return how many devices each cohort has.

        Nearly all mailboxes mostly have one profile. Its devices are those that the others leave of each kind.
        """
        ((usual, number),) = Counter(self._profile_of).most_common(1) or [(0, 0)]
        if number * 2 < len(self._profile_of):
            return Counter(self._keys())
        owners = self._owner_of
        rows = _rows_with(owners, {owner for owner, profile in enumerate(self._profile_of) if profile != usual})
        found: Counter[tuple[int, int, Hashable]] = Counter(
            (self._profile_of[owners[row]], self._kind_of[row], None) for row in rows
        )
        left = Counter(self._kind_of)
        left.subtract(map(self._kind_of.__getitem__, rows))
        found.update({(usual, kind, None): number for kind, number in left.items() if number})
        for row, listing in self._listings():
            found[(self._profile_of[owners[row]], self._kind_of[row], None)] -= 1
            found[(self._profile_of[owners[row]], self._kind_of[row], listing)] += 1
        return +found

    def _profiles(self, profile: Callable[[str | None], Profile]) -> Mapping[int, int]:
        """Number what devices have from their owners' mailboxes; return an owner of each number."""
        numbers, first = _Interner(), dict[int, int]()
        for number, (_owner, mailbox) in enumerate(self._devices.owners()):
            common, listed = profile(mailbox)
            self._profile_of.append(numbers[common])
            first.setdefault(numbers[common], number)
            if listed:
                self._listed[number] = listed
        return first

    @staticmethod
    def _cohort(
        reported: Device, owners: Sequence[tuple[str, str | None]], example: tuple[int, str], number: int
    ) -> Cohort:
        owner, mailbox = owners[example[0]]
        return Cohort(reported._replace(device_id=example[1], mailbox=mailbox, owner=owner), number)

    def _keys(self) -> Iterator[tuple[int, int, Hashable]]:
        """Yield for each device the number of its mailbox's profile, that of its kind, and what lists it."""
        profiles = map(self._profile_of.__getitem__, self._owner_of)
        listed = dict(self._listings())
        listings = map(listed.get, range(len(self._kind_of))) if listed else repeat(None, len(self._kind_of))
        return zip(profiles, self._kind_of, listings, strict=True)

    def _listings(self) -> Iterator[tuple[int, Hashable]]:
        """Yield the rows of devices that a list of their mailbox holds, with what lists them."""
        rows = _rows_with(self._owner_of, self._listed)
        for row, device_id in self._devices.ids_of(rows):
            owner, kind = self._owner_of[row], self._kind_of[row]
            listing = self._listed[owner].get(fold(device_id)) if device_id else None
            if listing is not None:
                self._examples.setdefault((self._profile_of[owner], kind, listing), (owner, device_id))
                yield row, listing

    def rows(self, wanted: Collection[int]) -> list[int]:
        """Return the rows of the devices of some cohorts."""
        if not wanted:
            return []
        keys = set(compress(self._numbers, map(frozenset(wanted).__contains__, count())))
        return list(compress(count(), map(keys.__contains__, self._keys())))

    def members(self, wanted: Collection[int], limit: int | None = None) -> Iterator[Device]:
        """Yield the devices of some cohorts in their order, at most a number of them."""
        return self._devices.take(self.rows(wanted), limit)

    def labeled(self, labels: Mapping[int, T]) -> Iterator[tuple[Device, T]]:
        """Yield the devices of the cohorts that have a label, in their order, with it; `labels` are by cohort."""
        label_of = {key: labels[number] for key, number in self._numbers.items() if number in labels}
        found = {row: label_of[key] for row, key in enumerate(self._keys() if label_of else ()) if key in label_of}
        return ((device, found[row]) for row, device in self._devices.placed(found))

    def first_of(self, labels: Mapping[int, T]) -> dict[T, Device]:
        """Return the first device of each label, in the order of devices; `labels` are by cohort."""
        owners = self._devices.owners()
        rank = array(_NUMBER, bytes(array(_NUMBER).itemsize * len(owners)))
        for place, number in enumerate(sorted(range(len(owners)), key=lambda number: _order(owners[number]))):
            rank[number] = place
        best: dict[T, tuple[int, list[int]]] = {}
        label_of = {key: labels[number] for key, number in self._numbers.items() if number in labels}
        for row, key in enumerate(self._keys() if label_of else ()):
            if key not in label_of:
                continue
            label, own = label_of[key], rank[self._owner_of[row]]
            known = best.get(label)
            if known is None or own < known[0]:
                best[label] = (own, [row])
            elif own == known[0]:
                known[1].append(row)
        return {label: next(self._devices.take(rows, 1)) for label, (_, rows) in best.items()}

    def mailboxes(self, wanted: Collection[int]) -> Counter[str | None]:
        """Return how many devices of some cohorts each mailbox has, by its key."""
        owners = self._devices.owners()
        found: Counter[str | None] = Counter()
        for number, devices in Counter(map(self._owner_of.__getitem__, self.rows(wanted))).items():
            found[owners[number][1]] += devices
        return found
