"""The rows of one section of files: objects under the names and in the values of a sealed snapshot."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed, quoted, show
from policylint.readers import shown
from policylint.readers.kinds import ORGANIZATION_ID
from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex
from policylint.schema.values import TEXT_KINDS
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from policylint.readers.kinds import Kind
    from policylint.readers.problems import FileRead, Report
    from policylint.readers.shown import Shown
    from policylint.schema.store import ObjectType, Setting

_SPREAD = regex(r"(.+?)[._ ]?\[?[0-9]{1,4}\]?")
"""How the columns of a list are called where each item has one of its own.

Source: ConvertTo-FlatObject, https://github.com/EvotecIT/PSSharedGoods/blob/master/Public/Converts/ConvertTo-FlatObject.ps1
"""


_TEXTS = TEXT_KINDS - {"enum"}
_ENSURE, _ABSENT = "ENSURE", "ABSENT"
_UNREADABLE = "unreadable-value"
_FLAT = frozenset({str, bool})
_FLAGS = {"TRUE": "True", "FALSE": "False"}


class Placed(NamedTuple):
    """An object as files show it, and where: the file, and the line where that is known."""

    row: dict[str, Shown]
    file: FileRead
    line: int | None


class Fields(NamedTuple):
    """The properties that are kept of rows with the same names.

    `plain` is each one's name in the file, the name that it is kept under, and whether it is a list. `spread` are lists
    of which each item has a column of its own, with those columns. `ensure` is what says whether the object is there.
    """

    plain: tuple[tuple[str, str, bool], ...]
    spread: Mapping[str, tuple[str, ...]]
    ensure: str | None = None


def fields_of(kind: Kind, names: Collection[str], line: int | None = None) -> Fields:
    """Return which properties of rows with some names are kept; the first such row is on a line.

    Raises Unreadable where two of them are one to Exchange, which does not tell capital letters from small ones.
    """
    plain, spread = [], defaultdict(list)
    seen: set[str] = set()
    for name in names:
        folded = fold(name)
        kept = kind.names.get(folded)
        if kept is not None:
            if folded in seen:
                message = f"property {quoted(name)} is there twice in an object, with other capital letters"
                raise Unreadable(Loss("damaged", message, line, property=name))
            seen.add(folded)
            plain.append((name, kept, kept in kind.lists))
        elif (match := _SPREAD.fullmatch(name)) and (kept := kind.names.get(fold(match[1]))) in kind.lists:
            spread[kept].append(name)
    ensure = next((name for name in names if fold(name) == _ENSURE), None)
    return Fields(tuple(plain), {name: tuple(columns) for name, columns in spread.items()}, ensure)


class Objects:
    """The objects of one kind, from whatever files they come. Two rows about one object are one where they agree."""

    def __init__(self, kind: Kind, described: ObjectType, report: Report) -> None:
        self._kind, self._described, self._report = kind, described, report
        self._objects: dict[str, Placed] = {}
        self._keys: dict[str, str] = {}
        self._fields: dict[tuple[str, ...], Fields] = {}
        self._joined: FileRead | None = None
        self._lost: set[tuple[str, str]] = set()
        self._empty: set[tuple[str, str]] = set()
        self._told: dict[tuple[str, Any], str] = {}
        self._left_out = {name for name in kind.names.values() if report.leaves_out(kind.section, name)}
        self._coded = {name for name, setting in described.settings.items() if setting.kind not in _TEXTS}
        self._flags = frozenset(described.flags)
        self._lists = tuple(name for name in kind.lists if kind.needs(name))

    def add(self, file: FileRead, line: int | None, properties: Mapping[str, Any], form: str) -> dict[str, Shown]:
        """Take a row of a file of some form, and return what is kept of it."""
        row = self._values(file, line, properties)
        row.pop(ORGANIZATION_ID, None)
        if form == "csv" and any(name in row for name in self._lists):
            self._joined = file
        self._keep(file, line, row)
        return row

    def __len__(self) -> int:
        return len(self._objects)

    def placed(self) -> list[Placed]:
        """Return the objects in the order in which they were found."""
        return list(self._objects.values())

    def check(self) -> None:
        """Note what objects lack, and lists that may never have been read."""
        for placed in self._objects.values():
            self._check_needed(placed)
        if self._joined is None or any(name in self._lists for _, name in self._lost):
            return
        if not any(placed.row.get(name) for placed in self._objects.values() for name in self._lists):
            words = f"no {self._kind.title} has an ID at all; in CSV a list that was never read looks the same"
            self._report.add(self._joined, "list-unproven", words, self._kind.section)

    def _check_needed(self, placed: Placed) -> None:
        known = {name for name, value in placed.row.items() if not _is_empty(value)}
        may_be_empty = {name for name, flag in self._kind.empty_where.items() if placed.row.get(flag) == "True"}
        path = placed.file.path
        missing = [
            name
            for name in self._kind.missing(known | (may_be_empty & placed.row.keys()))
            if (path, name) not in self._lost
        ]
        empty = [name for name in missing if name in placed.row or (path, name) in self._empty]
        absent = [name for name in missing if name not in empty]
        for names, words in ((absent, "not in it"), (empty, "empty")):
            if names:
                self._report.lacks(placed.file, self._kind.section, names, placed.line, words)

    def _values(self, file: FileRead, line: int | None, properties: Mapping[str, Any]) -> dict[str, Shown]:
        """Return the properties that are kept; what was lost is left out and noted."""
        key = tuple(properties)
        fields = self._fields.get(key)
        if fields is None:
            fields = self._fields[key] = fields_of(self._kind, key, line)
        if fields.ensure is not None and fold(str(properties[fields.ensure])) == _ABSENT:
            message = f"it is no export: a {self._kind.title} is to be absent"
            raise Unreadable(Loss("unknown-format", message, line))
        row: dict[str, Shown] = {}
        for name, kept, is_list in fields.plain:
            value = properties[name]
            known = self._told.get((kept, value)) if kept in self._coded and value.__class__ in _FLAT else None
            if known is not None and kept not in row:
                row[kept] = known
            else:
                self._take(file, line, row, kept, self._read(kept, value, is_list=is_list))
        for kept, columns in fields.spread.items():
            self._take(file, line, row, kept, self._read(kept, [properties[name] for name in columns], is_list=True))
        return {name: value for name, value in row.items() if name not in self._left_out} if self._left_out else row

    def _read(self, name: str, value: Any, *, is_list: bool) -> Shown | shown.Lost:
        """Return what a file says of a property, or how that was lost."""
        if is_list:
            return shown.items(value, self._kind.forms.get(name))
        found = shown.scalar(value)
        setting = self._described.settings.get(name)
        if not isinstance(found, str) or not found:
            return found
        if setting is not None and setting.kind not in _TEXTS:
            if setting.kind == "enum" and found.removeprefix("-").isdecimal():
                return found
            if not setting.can_be(setting.from_live(found)):
                return _unreadable(found, setting)
            if value.__class__ in _FLAT:
                self._told[name, value] = found
            return found
        if name in self._flags:
            return _FLAGS.get(fold(found)) or _unreadable(found, None)
        if isinstance(value, float):
            return shown.fraction(value)
        if setting is not None and shown.is_rewritten(found):
            return shown.rewritten(found)
        return found if setting is None or not isinstance(value, bool) else _unreadable(found, setting)

    def _take(
        self, file: FileRead, line: int | None, row: dict[str, Shown], name: str, found: Shown | shown.Lost
    ) -> None:
        """Put a property into a row, unless there is nothing of it, or what there is says nothing."""
        if isinstance(found, shown.Lost):
            if name in self._described.settings or name in self._flags or self._kind.needs(name):
                self._lost.add((file.path, name))
                verb = "cannot be told" if found.code == _UNREADABLE else "was lost"
                self._note(file, found.code, f"{name} {verb}: {found.message}", line, name)
        elif found is None and name in self._kind.lists:
            return
        elif not found and not isinstance(found, list) and not self._may_be_null(name):
            self._empty.add((file.path, name))
        elif name not in row:
            row[name] = self._checked(file, line, name, found)
        elif not self._agree(name, found, row[name]):
            words = f"{name} is {_said(found)}, and under another name {_said(row[name])}"
            self._note(file, "duplicate", words, line, name)

    def _may_be_null(self, name: str) -> bool:
        setting = self._described.settings.get(name)
        return name not in self._flags if setting is None else setting.may_be_null

    def _note(self, file: FileRead, code: str, words: str, line: int | None, name: str) -> None:
        self._report.add(file, code, words, self._kind.section, line=line, name=name)

    def _checked(self, file: FileRead, line: int | None, name: str, value: Shown) -> Shown:
        """Return a value, after noting what cannot be told of it."""
        if not isinstance(value, str) or not value:
            return value
        setting = self._described.settings.get(name)
        if setting is None:
            return self._time(file, line, name, value) if name.startswith("When") else value
        if setting.kind == "enum" and value.removeprefix("-").isdecimal() and value not in setting.numbers:
            self._note(file, "unknown-number", f"{name} is the number {show(value)}, which has no name", line, name)
        return value

    def _time(self, file: FileRead, line: int | None, name: str, value: str) -> str:
        """Return a time in UTC, as it is where it cannot be told."""
        found = shown.moment(value)
        if found is None:
            words = f"{name} is {show(value)}: day and month are in the order of the machine that wrote it"
            self._note(file, "date-unclear", words, line, name)
        return value if found is None else found

    def _keep(self, file: FileRead, line: int | None, row: dict[str, Shown]) -> None:
        """Keep an object, together with what is known of it already."""
        identified = self._described.identify_live(row)
        own = identified[1] if identified is not None else f"\n{file.path}\n{len(self._objects)}"
        guid = fold(str(row.get("Guid") or "")) or own
        key = self._keys.get(guid) or self._keys.get(own) or own
        self._keys[guid] = self._keys[own] = key
        known = self._objects.get(key)
        if known is None:
            self._objects[key] = Placed(row, file, line)
            return
        for name in row.keys() & known.row.keys() & (self._described.settings.keys() | self._flags):
            if not self._agree(name, row[name], known.row[name]):
                who = f"{show(identified[0])}: " if identified is not None else ""
                words = f"{who}{name} is {_said(row[name])}, in {known.file.path} {_said(known.row[name])}"
                identity = identified[0] if identified is not None else None
                self._report.add(file, "duplicate", words, self._kind.section, line=line, name=name, identity=identity)
        told = {name: value for name, value in known.row.items() if not _is_empty(value)}
        self._objects[key] = known._replace(row={**known.row, **row, **told})

    def _agree(self, name: str, one: Shown, other: Shown) -> bool:
        setting = self._described.settings.get(name)
        if setting is None:
            return shown.same_text(one, other)
        if name in self._described.key:
            return fold(str(one)) == fold(str(other))
        if setting.kind == "policy-ref":
            short = [re.split(r"[\\/]", str(each or ""))[-1] for each in (one, other)]
            return fold(short[0]) == fold(short[1])
        return setting.same(setting.from_live(one), setting.from_live(other))


def _unreadable(text: str, setting: Setting | None) -> shown.Lost:
    """Return that a text is no value of a setting, or of what is true or false and no setting."""
    if setting is not None and setting.kind == "enum":
        why = f"none of {listed(setting.members, None)}"
    elif setting is None or setting.kind == "bool":
        why = "neither True nor False"
    else:
        why = "not what Exchange shows of it"
    return shown.Lost(_UNREADABLE, f"{quoted(text)} is {why}")


def _is_empty(value: Shown) -> bool:
    """Return whether there is no value, or a text without characters; an empty list is a value."""
    return value is None or (isinstance(value, str) and not value.strip())


def _said(value: Shown) -> str:
    return show(value) if isinstance(value, str) else count(len(value), "item") if value is not None else "null"
