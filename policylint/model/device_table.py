"""The devices of an organization, kept small: of a million phones most say the same of themselves.

Columns hold them: what a device reports, as the number of its kind; its owner, as a number; its own ID and GUID.
Devices are made of the columns when they are asked for one by one; what is counted is counted over the columns.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from itertools import compress, count, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

    from policylint.model.device import Device

Profile: TypeAlias = "tuple[Hashable, Mapping[str, Hashable]]"
"""What devices have from their mailbox: all of them, and those of certain IDs (folded) besides."""

_NUMBER = "I"
_END = "\n"


_Packed: TypeAlias = "str | tuple[str, ...]"


def _pack(names: Sequence[str]) -> _Packed:
    """Return names as one text, which takes half the room; as they are where that would not give them back."""
    text = _END.join(names)
    return text if text.count(_END) == len(names) - 1 else tuple(names)


def _unpack(names: _Packed) -> Sequence[str]:
    return names.split(_END) if isinstance(names, str) else names


class Cohort(NamedTuple):
    """Devices that report the same and have the same from their mailbox: one of them, and how many there are."""

    one: Device
    devices: int


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
        self.extend(devices)

    def extend(self, devices: Iterable[Device]) -> None:
        """Add devices."""
        devices = tuple(devices)
        self.add(
            [self.kind(device) for device in devices],
            [self.owner(device.owner, device.mailbox) for device in devices],
            [device.device_id for device in devices],
            [device.guid for device in devices],
        )

    def kind(self, device: Device) -> int:
        """Return the number of what a device reports, whatever its owner, ID and GUID."""
        return self._kinds[device._replace(device_id="", mailbox=None, guid="", owner="")]

    def owner(self, name: str, mailbox: str | None) -> int:
        """Return the number of an owner: the name, and the key of the mailbox, None where it is not known."""
        return self._owners[(name, mailbox)]

    def add(self, kinds: Iterable[int], owners: Iterable[int], ids: Sequence[str], guids: Sequence[str]) -> None:
        """Add devices by the numbers of their kinds and owners, and by their own names."""
        begin = len(self._kind_of)
        self._kind_of.extend(kinds)
        self._owner_of.extend(owners)
        if ids:
            self._names.append((begin, _pack(ids), _pack(guids)))

    def __len__(self) -> int:
        return len(self._kind_of)

    def __iter__(self) -> Iterator[Device]:
        return self._made(range(len(self)))

    def kinds(self) -> Iterator[Cohort]:
        """Yield what devices report, and how many do; owner, ID and GUID are empty."""
        counts = Counter(self._kind_of)
        return (Cohort(device, counts[number]) for device, number in self._kinds.items() if counts[number])

    def census(self, profile: Callable[[str | None], Profile]) -> CohortIndex:
        """Return the devices by what they report and what they have from their mailbox, which `profile` says."""
        return CohortIndex(self, list(self._kinds), self._kind_of, self._owner_of, profile)

    def owners(self) -> list[tuple[str, str | None]]:
        """Return each owner's name and the key of the mailbox, by number."""
        return list(self._owners)

    def ids(self) -> Iterator[str]:
        """Yield the ID of each device in the order they were added."""
        for _begin, ids, _guids in self._names:
            yield from _unpack(ids)

    def first(self, places: Collection[int], most: int | None) -> Iterator[Device]:
        """Yield the devices at places in their order, at most some of them."""
        if most is not None and len(places) > most:
            owners, counts = self.owners(), Counter(map(self._owner_of.__getitem__, places))
            wanted, found = set(), 0
            for number in sorted(counts, key=lambda number: _order(owners[number])):
                if found >= most:
                    break
                wanted.add(number)
                found += counts[number]
            places = [place for place in places if self._owner_of[place] in wanted]
        for number, device in enumerate(self._made(places)):
            if number == most:
                return
            yield device

    def _made(self, places: Collection[int]) -> Iterator[Device]:
        owners, kinds = self.owners(), list(self._kinds)
        by_owner: dict[int, list[tuple[str, str, str, int]]] = {}
        for place, device_id, guid in self._named(places):
            kind = self._kind_of[place]
            by_owner.setdefault(self._owner_of[place], []).append((device_id, kinds[kind].client_type, guid, kind))
        for number in sorted(by_owner, key=lambda number: _order(owners[number])):
            owner, mailbox = owners[number]
            mine = by_owner.pop(number)
            mine.sort(key=lambda names: names[:3])
            if len({names[:3] for names in mine}) < len(mine):  # the order must not be that of the file
                mine.sort(key=lambda names: (names[:3], repr(kinds[names[3]])))
            for device_id, _client, guid, kind in mine:
                yield kinds[kind]._replace(device_id=device_id, mailbox=mailbox, guid=guid, owner=owner)

    def _named(self, places: Collection[int]) -> Iterator[tuple[int, str, str]]:
        """Yield places, in rising order, with the ID and the GUID of the device there."""
        begins = [begin for begin, _ids, _guids in self._names]
        begin = end = 0
        ids: Sequence[str] = ()
        guids: Sequence[str] = ()
        for place in places:
            if place >= end:
                begin, *packed = self._names[bisect_right(begins, place) - 1]
                ids, guids = map(_unpack, packed)
                end = begin + len(ids)
            yield place, ids[place - begin], guids[place - begin]


def _order(owner: tuple[str, str | None]) -> tuple[str, str]:
    return owner[0], owner[1] or ""


class CohortIndex:
    """Devices counted by what they report and what they have from their mailbox."""

    def __init__(
        self,
        devices: DeviceTable,
        kinds: Sequence[Device],
        kind_of: Sequence[int],
        owner_of: Sequence[int],
        profile: Callable[[str | None], Profile],
    ) -> None:
        self._devices = devices
        self._kind_of, self._owner_of = kind_of, owner_of
        self._profile_of = array(_NUMBER)
        self._listed: dict[int, Mapping[str, Hashable]] = {}
        owners, numbers, first = devices.owners(), _Interner(), _Interner()
        for number, (_owner, mailbox) in enumerate(owners):
            common, own = profile(mailbox)
            self._profile_of.append(numbers[common])
            first.setdefault(numbers[common], number)
            if own:
                self._listed[number] = own
        self._marked: dict[tuple[int, int, Hashable], tuple[int, str]] = {}
        counts = Counter(self._keys())
        self._groups = tuple(counts)
        cohorts = []
        for group, number in counts.items():
            place, device_id = self._marked[group] if group in self._marked else (first[group[0]], "")
            owner, mailbox = owners[place]
            one = kinds[group[1]]._replace(device_id=device_id, mailbox=mailbox, owner=owner)
            cohorts.append(Cohort(one, number))
        self.cohorts = tuple(cohorts)

    def _keys(self) -> Iterator[tuple[int, int, Hashable]]:
        """Yield for each device the number of its mailbox's profile, that of its kind, and its mark."""
        profiles = map(self._profile_of.__getitem__, self._owner_of)
        marks = self._marks() if self._listed else repeat(None, len(self._kind_of))
        return zip(profiles, self._kind_of, marks, strict=True)

    def _marks(self) -> Iterator[Hashable]:
        for owner, kind, device_id in zip(self._owner_of, self._kind_of, self._devices.ids(), strict=True):
            mark = None
            if owner in self._listed:
                mark = self._listed[owner].get(fold(device_id)) if device_id else None
                if mark is not None:
                    self._marked.setdefault((self._profile_of[owner], kind, mark), (owner, device_id))
            yield mark

    def places(self, wanted: Collection[int]) -> list[int]:
        """Return the places of the devices of some cohorts, named by their numbers."""
        groups = {self._groups[number] for number in wanted}
        return list(compress(count(), map(groups.__contains__, self._keys()))) if groups else []

    def members(self, wanted: Collection[int], most: int | None = None) -> Iterator[Device]:
        """Yield the devices of some cohorts in their order, at most some of them."""
        return self._devices.first(self.places(wanted), most)

    def mailboxes(self, wanted: Collection[int]) -> Counter[str | None]:
        """Return how many devices of some cohorts each mailbox has, by its key."""
        owners = self._devices.owners()
        counts = Counter(map(self._owner_of.__getitem__, self.places(wanted)))
        found: Counter[str | None] = Counter()
        for number, devices in counts.items():
            found[owners[number][1]] += devices
        return found
