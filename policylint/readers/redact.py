"""Live state with pseudonyms where it names a person or the organization, by the rules of the exporting script.

The same value gets the same pseudonym, whatever its case: a device is still on the list that it is on. What rules
compare, the names of policies and rules, and what devices report of themselves stay.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any
from uuid import UUID

from policylint.model.device_table import DeviceTable
from policylint.model.state import RULE
from policylint.readers.raw import LEFT_OUT, NOT_GIVEN
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from policylint.readers.raw import RawSnapshot, Row
    from policylint.schema.store import ObjectType, SchemaStore

NOT_WHOLE = "not all of it was read"
"""Why a section is not whole, where the reason may name somebody."""

_ADDRESS = regex(r"\S+@\S+$")
_TYPED = regex(r"([A-Za-z][A-Za-z0-9]*:)(\S+@\S+)")
_GUID = regex(r"\s*[({]?[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}(?:\1[0-9a-fA-F]{4}){2}\1[0-9a-fA-F]{12}[)}]?\s*")
_DISTINGUISHED = regex(r"(?:CN|OU|DC)=")
_FIRST_NAME = regex(r"([A-Za-z]+)=((?:\\.|[^,\\])*),(.+)$")
_ESCAPED = regex(r"\\(.)")
_SEPARATOR = regex(r"[\\/]")
_SHOWN_BY = ("Name", "BehaviorType")
"""The properties by which the objects of a section are shown in a redacted file too."""


def redact(raw: RawSnapshot, store: SchemaStore, key: bytes) -> RawSnapshot:
    """Return live state with pseudonyms, which nobody can tell from one another without the key.

    What is not of the properties that an export reads is left out.
    """
    sections = store.sections
    staying = [name for section, rows in raw.sections.items() for name in _staying(sections[section], rows)]
    characteristics = store.object_type(RULE).settings["Characteristic"].members
    pseudonyms = Pseudonyms(key, staying, characteristics)
    header = raw.header
    return raw._replace(
        header=header._replace(
            tenant=pseudonyms.value(header.tenant),
            organization=pseudonyms.value(header.organization),
            organization_guid=pseudonyms.value(header.organization_guid),
            redacted=True,
        ),
        sections={
            section: [_redact_row(row, sections[section], pseudonyms) for row in rows]
            for section, rows in raw.sections.items()
        },
        devices=redact_devices(raw.devices, pseudonyms),
        incomplete={name: why if why in {NOT_GIVEN, LEFT_OUT} else NOT_WHOLE for name, why in raw.incomplete.items()},
    )


class Pseudonyms:
    """Gives pseudonyms. Those of other keys are others, so a key that is forgotten cannot be asked about a name."""

    def __init__(self, key: bytes, staying: Collection[str], characteristics: Sequence[str]) -> None:
        self._key = key
        self._staying = frozenset(map(fold, staying))
        self._characteristics = characteristics

    def value(self, value: Any) -> Any:
        """Return the pseudonym of a text, or those of the texts of a list; null stays."""
        if isinstance(value, list):
            return [self.text(str(item)) for item in value if item is not None]
        return None if value is None else self.text(str(value))

    def text(self, text: str) -> str:
        """Return the pseudonym of a text, which is an address for an address, and a Guid for a Guid."""
        if not text:
            return ""
        if (typed := _TYPED.fullmatch(text)) is not None:
            return typed[1] + self.text(typed[2])
        digits = hmac.digest(self._key, fold(text).encode(), "sha256").hex()
        if _ADDRESS.match(text):
            return f"user-{digits[:16]}@redacted.invalid"
        if _GUID.fullmatch(text):
            return str(UUID(digits[:32]))
        return f"CN=x{digits[:24]}" if _DISTINGUISHED.match(text) else f"x{digits[:24]}"

    def path(self, value: Any) -> Any:
        """Return a path or a name with what is before and after the name of a policy or a rule hidden.

        Of anything else, only what a rule compares stays.
        """
        path = str(value or "")
        if not path or self._stays(path):
            return value
        match = _FIRST_NAME.match(path)
        if match is not None and self._stays(_ESCAPED.sub(r"\1", match[2])):
            return f"{match[1]}={match[2]},{self.text(match[3])}"
        for separator in _SEPARATOR.finditer(path):
            if self._stays(path[separator.end() :]):
                return self.text(path[: separator.start()]) + path[separator.start() :]
        ends = (f" ({name})" for name in self._characteristics if fold(f"({name})") in fold(path))
        return self.text(path) + next(ends, "")

    def _stays(self, name: str) -> bool:
        return fold(name) in self._staying


def _staying(described: ObjectType, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the names of policies and rules: those they have, and those of a rule as Exchange derives them."""
    hidden = {*described.personal, *described.paths}
    known = {*described.ids, *described.settings}
    names = [name for name in _SHOWN_BY if name in known and name not in hidden]
    for row in rows:
        yield from (str(row[name]) for name in names if row.get(name))
        if described.name == RULE:
            query, characteristic = row.get("QueryString") or "", row.get("Characteristic") or ""
            yield f"{query}({characteristic})"
            yield f"{query} ({characteristic})"


def _redact_row(row: Row, described: ObjectType, pseudonyms: Pseudonyms) -> dict[str, Any]:
    known = {*described.ids, described.addresses, *described.names, *described.read, *described.settings}
    found = {name: value for name, value in row.items() if name in known}
    found |= {name: pseudonyms.value(found[name]) for name in described.personal if name in found}
    found |= {name: pseudonyms.path(found[name]) for name in described.paths if name in found}
    return found


def redact_devices(devices: DeviceTable, pseudonyms: Pseudonyms) -> DeviceTable:
    """Return the devices, in the order they were added in, with pseudonyms for what is of each alone."""
    hidden = DeviceTable()
    kinds = [
        hidden.kind(device._replace(live_rule=pseudonyms.path(device.live_rule))) for device in devices.all_kinds()
    ]
    owners = [_redact_owner(hidden, name, key, pseudonyms) for name, key in devices.owners()]
    for columns in devices.columns():
        hidden.add(
            [kinds[number] for number in columns.kinds],
            [owners[number] for number in columns.owners],
            [pseudonyms.text(device_id) for device_id in columns.ids],
            [pseudonyms.text(guid) for guid in columns.guids],
            columns.times,
        )
    return hidden


def _redact_owner(devices: DeviceTable, name: str, key: str | None, pseudonyms: Pseudonyms) -> int:
    text = pseudonyms.text(name)
    return devices.owner(text, fold(text) if key is not None else None)
