"""The rows of devices of files: a table of devices as that of a sealed snapshot."""

from __future__ import annotations

from array import array
from operator import eq
from typing import TYPE_CHECKING, Any, cast

from policylint.diagnostic import Severity
from policylint.model.device import TIMES
from policylint.model.device_table import DeviceTable, time_number
from policylint.named_tuple import NamedTuple
from policylint.phrases import show
from policylint.readers import shown
from policylint.readers.device_lines import DeviceReader
from policylint.readers.json_values import TIME, plain
from policylint.readers.kinds import ORGANIZATION_ID
from policylint.readers.objects import Placed, fields_of
from policylint.readers.owners import ADDRESSES, hint_of
from policylint.readers.raw import DEVICES
from policylint.readers.rows import picker, shape_of
from policylint.regex import regex
from policylint.text import fold, utc_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policylint.readers.kinds import Kind
    from policylint.readers.owners import Owners
    from policylint.readers.problems import FileRead, Report
    from policylint.readers.shown import Shown

_AT_ONCE = 4096
"""How many devices are added to the table at once."""

_MOST_REPORTS = 100_000
"""How many different reports of devices are remembered."""

_DATE = len(TIME)

_PLACES = frozenset({"Guid", "Identity", "DistinguishedName"})
"""The properties that place a device, which two cmdlets may write differently."""

_TIME = regex(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_OWN = frozenset({"DeviceId", "Guid", "Identity", "DistinguishedName", *TIMES, *ADDRESSES})
"""The properties that are of one device alone."""


class _Layout(NamedTuple):
    """How rows of one shape are read: what they lack, and what gives the properties that are kept.

    `own` and `shared` are the names of what is of one device alone, and of what devices have in common.
    """

    missing: tuple[str, ...]
    own: tuple[str, ...]
    take_own: Callable[[Any], tuple[Any, ...]]
    shared: tuple[str, ...]
    take_shared: Callable[[Any], tuple[Any, ...]]


class DeviceRows:
    """Devices as files show them, one after the other. Memory is that of the table, unless objects are kept.

    Objects are kept where `keep` says so: to show them with their places, or to make one of two rows about a device.
    Where they are not, `owners` must be known before the first row.
    """

    def __init__(self, kind: Kind, report: Report, *, keep: bool) -> None:
        self._kind, self._report, self._keep = kind, report, keep
        self._needed = frozenset(name for names in kind.needed for name in names)
        self.owners: Owners | None = None
        self._table = DeviceTable()
        self._reader = DeviceReader(self._table, lambda _text: {})
        self._some: list[tuple[int, int, str, str, tuple[str, ...]]] = []
        self._keys = array("q")
        self._kept: list[Placed] = []
        self._names: dict[str, int] = {}
        self._layouts: dict[object, _Layout] = {}
        self._reports: dict[tuple[object, ...], int] = {}

    def add(self, file: FileRead, line: int | None, properties: Mapping[str, Any]) -> None:
        """Take a row of a file."""
        shape = shape_of(properties)
        layout = self._layouts.get(shape)
        if layout is None:
            layout = self._layouts[shape] = self._layout(properties)
        own = self._texts(file, line, layout.own, layout.take_own(properties))
        self._look_at(file, line, own)
        if self._keep:
            shared = self._texts(file, line, layout.shared, layout.take_shared(properties))
            self._keep_object(file, line, {**own, **shared})
            return
        if layout.missing or not own.get("DeviceId"):
            self._check(file, line, layout.missing, own)
        if name := own.get("Guid") or own.get("Identity"):
            self._keys.append(hash(fold(name)))
        self._add(own, self._report_of(file, line, layout, layout.take_shared(properties)))

    def _texts(
        self, file: FileRead, line: int | None, names: Sequence[str], values: Sequence[Any]
    ) -> dict[str, str | None]:
        """Return values as texts, without those that were lost, which are noted where a device needs them."""
        found = dict(zip(names, map(_text, values), strict=True))
        lost = [name for name, value in found.items() if value.__class__ is shown.Lost]
        for name in lost:
            loss = found.pop(name)
            if isinstance(loss, shown.Lost) and name in self._needed:
                self._report.add(file, loss.code, f"{name} was lost: {loss.message}", DEVICES, line=line, name=name)
        return cast("dict[str, str | None]", found)

    def __len__(self) -> int:
        return len(self._kept) or len(self._table) + len(self._some)

    @property
    def has_twice(self) -> bool:
        """Return whether two rows may be about one device."""
        keys = sorted(self._keys)
        return any(map(eq, keys, keys[1:]))

    def check(self) -> None:
        """Note what devices lack that were kept."""
        for placed in self._kept:
            self._check(placed.file, placed.line, self._kind.missing(placed.row), placed.row)

    def _check(self, file: FileRead, line: int | None, missing: Sequence[str], own: Mapping[str, Any]) -> None:
        is_empty = "DeviceId" in own and not own["DeviceId"]
        if missing or is_empty:
            self._report.lacks(file, DEVICES, (*(["DeviceId"] if is_empty else []), *missing), line)

    def placed(self, owners: Owners) -> list[Placed]:
        """Return the devices with their places, where they were kept, each with its mailbox."""
        for placed in self._kept:
            placed.row["mailbox"] = owners.find(hint_of(placed.row))[0] or None
        return self._kept

    def table(self, owners: Owners) -> DeviceTable:
        """Return the devices with their owners."""
        self.owners = owners
        for placed in self._kept:
            shared = {name: value for name, value in placed.row.items() if name not in _OWN}
            self._add(placed.row, self._kind_of(shared))
        self._flush()
        return self._table

    def _layout(self, row: Mapping[str, Any]) -> _Layout:
        """Return how rows like one are read; of two names of a property the first that has a value counts."""
        names: dict[str, str] = {}
        for name, kept, _ in fields_of(self._kind, row).plain:
            if not self._report.leaves_out(DEVICES, kept) and not (kept in names and row[names[kept]]):
                names[kept] = name
        own = tuple(kept for kept in names if kept in _OWN)
        shared = tuple(kept for kept in names if kept not in _OWN and kept != ORGANIZATION_ID)
        take_own, take_shared = (picker(row, [names[kept] for kept in each]) for each in (own, shared))
        return _Layout(self._kind.missing(names), own, take_own, shared, take_shared)

    def _report_of(self, file: FileRead, line: int | None, layout: _Layout, values: tuple[Any, ...]) -> int:
        """Return the number of what a device reports."""
        key = (layout.shared, values)
        try:
            number = self._reports.get(key)
        except TypeError:  # a list or an object among them
            return self._kind_of(self._texts(file, line, layout.shared, values))
        if number is None:
            if len(self._reports) > _MOST_REPORTS:
                self._reports.clear()
            number = self._reports[key] = self._kind_of(self._texts(file, line, layout.shared, values))
        return number

    def _kind_of(self, shared: Mapping[str, Any]) -> int:
        return self._table.kind(self._reader.device(shared))

    def _add(self, own: Mapping[str, Any], report: int) -> None:
        assert self.owners is not None
        owner = self._table.owner(*self.owners.find(hint_of(own)))
        times = tuple(utc_time(own.get(name) or "") for name in TIMES)
        self._some.append((report, owner, own.get("DeviceId") or "", own.get("Guid") or "", times))
        if len(self._some) == _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self._some:
            reports, owners, ids, guids, times = zip(*self._some, strict=True)
            self._table.add(reports, owners, ids, guids, [map(time_number, each) for each in zip(*times, strict=True)])
            self._some.clear()

    def _look_at(self, file: FileRead, line: int | None, own: dict[str, Any]) -> None:
        """Note what cannot be told of a device; its times become those of UTC where they can."""
        for name in TIMES:
            text = own.get(name)
            if text and _TIME.fullmatch(text) is None:
                found = shown.moment(text)
                if found is None:
                    words = f"{name} is {show(text)}: day and month are in the order of the machine that wrote it"
                    self._report.add(file, "date-unclear", words, DEVICES, line=line, name=name)
                own[name] = text if found is None else found
        identity = own.get("Identity")
        if identity and "?" in identity:
            words = f"Identity is {show(identity)}: its encoding had no character for what is `?`"
            self._report.add(file, "text-lost", words, DEVICES, line=line, name="Identity", severity=Severity.WARNING)

    def _keep_object(self, file: FileRead, line: int | None, row: dict[str, Shown]) -> None:
        """Keep a device, together with what is known of it already: by its Guid, or else by its identity."""
        names = [fold(str(row[name])) for name in ("Guid", "Identity") if row.get(name)]
        known = next((self._names[name] for name in names if name in self._names), None)
        if known is not None and names and row.get("Guid") and self._differs_in("Guid", row, self._kept[known]):
            known = None  # one that was removed and came again under the same name
        number = len(self._kept) if known is None else known
        self._names.update(dict.fromkeys(names, number))
        if known is None:
            self._kept.append(Placed(row, file, line))
            return
        before = self._kept[known]
        for name in sorted((row.keys() & before.row.keys()) - _PLACES):
            if self._differs_in(name, row, before):
                words = f"{name} is {show(row[name])}, in {before.file.path} {show(before.row[name])}"
                who = show(str(row.get("DeviceId") or names[0]))
                self._report.add(file, "duplicate", f"{who}: {words}", DEVICES, line=line, name=name, identity=who)
        told = {name: value for name, value in before.row.items() if value and not _is_unclear(name, value)}
        self._kept[known] = before._replace(row={**before.row, **row, **told})

    @staticmethod
    def _differs_in(name: str, row: Mapping[str, Shown], before: Placed) -> bool:
        """Return whether two rows know a property, and know it differently. A date that cannot be told is not known."""
        one, other = row.get(name), before.row.get(name)
        if not one or not other or _is_unclear(name, one) or _is_unclear(name, other):
            return False
        return not shown.same_text(one, other)


def _is_unclear(name: str, value: Shown) -> bool:
    return name in TIMES and not str(value).endswith("Z")


def _text(value: Any) -> str | shown.Lost | None:
    """Return a value of a row as a text, None where there is none."""
    if value.__class__ is str:
        if value[:_DATE] == TIME:
            return str(plain(value))
        return shown.rewritten(value) if "+" in value and shown.is_rewritten(value) else shown.scalar(value)
    return shown.fraction(value) if isinstance(value, float) else shown.scalar(value)
