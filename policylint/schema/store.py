"""The schemas: each setting of Exchange with its type, range, editions and default, in one place.

Loaded from texts that the caller read; everything else that must know a setting asks here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from policylint.model.entity import EMPTY
from policylint.schema import values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.model.entity import Value

Schema = dict[str, Any]

POLICY = "policylint:policy/policy"
CONFIG = "policylint:config"


class Setting(NamedTuple):
    """One setting of one kind of object, as its schema describes it."""

    name: str
    kind: str
    schema: Schema
    members: tuple[str, ...] = ()
    editions: frozenset[str] | None = None
    planned: bool = True
    settable: bool = True
    numbers: Mapping[str, str] = EMPTY

    def exists_in(self, edition: str) -> bool:
        """Return whether an edition of Exchange has the setting."""
        return self.editions is None or edition in self.editions

    def from_live(self, raw: Any) -> Value:
        """Return the canonical value of what Exchange showed."""
        return values.from_live(self.kind, raw, self.members, self.numbers)

    def same(self, one: Value, other: Value) -> bool:
        """Return whether Exchange would take two canonical values for the same."""
        return values.same(self.kind, one, other)


class ObjectType(NamedTuple):
    """One kind of object that Exchange keeps, with its cmdlets and settings in canonical order."""

    name: str
    settings: Mapping[str, Setting]
    read: tuple[str, ...]
    annotations: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the properties of a live object that may be its identity, the best first."""
        return tuple(self.annotations.get("names", ()))

    @property
    def optional(self) -> bool:
        """Return whether a snapshot may do without the section."""
        return bool(self.annotations.get("optional", False))

    def exists_in(self, edition: str) -> bool:
        """Return whether an edition of Exchange has objects of this kind."""
        return edition in self.annotations.get("editions", (edition,))

    @property
    def cmdlets(self) -> Mapping[str, str]:
        """Return the cmdlets by what they do: get, new, set, remove; those that exist."""
        return {verb: self.annotations[verb] for verb in ("get", "new", "set", "remove") if verb in self.annotations}


class SchemaStore:
    """Schemas by their `$id`, read when first asked for.

    `read` returns the text of a schema file by its path below `schemas/`.
    """

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._schemas: dict[str, Schema] = {}
        self._types: dict[str, ObjectType] = {}

    def schema(self, identifier: str) -> Schema:
        """Return a schema by its `$id`, which is `policylint:` and its path below `schemas/` without the ending."""
        schema = self._schemas.get(identifier)
        if schema is None:
            text = self._read(f"{identifier.removeprefix('policylint:')}.schema.json")
            schema = self._schemas[identifier] = json.loads(text)
        return schema

    def object_type(self, name: str) -> ObjectType:
        """Return the kind of object of a name: organization, deviceAccessRule, mobileDeviceMailboxPolicy, mailbox."""
        found = self._types.get(name)
        if found is None:
            found = self._types[name] = _object_type(self.schema(f"policylint:policy/{FILES[name]}"))
        return found

    def object_types(self) -> tuple[ObjectType, ...]:
        """Return every kind of object, in the order of a snapshot."""
        return tuple(self.object_type(name) for name in FILES)


FILES: Mapping[str, str] = {
    "organization": "organization",
    "deviceAccessRule": "device-access-rule",
    "mobileDeviceMailboxPolicy": "mobile-device-mailbox-policy",
    "mailbox": "mailbox",
    "mailboxPlan": "mailbox-plan",
    "deviceAutoblockThreshold": "device-autoblock-threshold",
}
"""The schema file of each kind of object."""

SECTIONS: Mapping[str, str] = {
    "organization": "organization",
    "deviceAccessRules": "deviceAccessRule",
    "mobileDeviceMailboxPolicies": "mobileDeviceMailboxPolicy",
    "mailboxes": "mailbox",
    "mailboxPlans": "mailboxPlan",
    "deviceAutoblockThresholds": "deviceAutoblockThreshold",
}
"""The kind of object in each section of a policy file and of a snapshot."""


def _object_type(schema: Schema) -> ObjectType:
    annotations = schema["exchange"]
    settings = {
        name: Setting(
            name=name,
            kind=note["kind"],
            members=tuple(prop.get("enum", ())),
            editions=frozenset(note["editions"]) if "editions" in note else None,
            planned=note.get("planned", True),
            settable=note.get("set", True),
            numbers=note.get("numbers", EMPTY),
            schema=prop,
        )
        for name, prop in schema["properties"].items()
        if (note := prop.get("exchange")) is not None
    }
    return ObjectType(annotations["object"], settings, tuple(annotations["read"]), annotations)
