"""The schemas: each setting of Exchange with its type, range, editions and default, in one place.

Loaded from texts that the caller read; everything else that must know a setting asks here.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple
from policylint.schema import values
from policylint.schema.keywords import is_nullable
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from policylint.model.entity import Value

Schema = dict[str, Any]

POLICY = "policylint:policy/policy"
CONFIG = "policylint:config"
LOCK = "policylint:lock"
DEVICE = "policylint:snapshot-device"


class Also(NamedTuple):
    """Other settings of an object that Exchange sets by itself when a setting is given a value."""

    value: Value
    sets: Mapping[str, Value]


Stricter: TypeAlias = "bool | str | tuple[str, ...]"
"""Which way a setting holds devices to more: the value of a switch that does, a higher or lower number, more items of a
list, or the members of an enumeration from the loosest to the strictest."""


class Setting(NamedTuple):
    """One setting of one kind of object, as its schema describes it.

    `stricter` is None where no value holds devices to more than another. `only_with` are the values of other settings
    without which devices ignore this one.
    """

    name: str
    kind: str
    schema: Schema
    members: tuple[str, ...] = ()
    editions: frozenset[str] | None = None
    planned: bool = True
    settable: bool = True
    numbers: Mapping[str, str] = EMPTY
    also: Also | None = None
    stricter: Stricter | None = None
    only_with: Mapping[str, Value] = EMPTY

    def exists_in(self, edition: str) -> bool:
        """Return whether an edition of Exchange has the setting."""
        return self.editions is None or edition in self.editions

    def from_live(self, raw: Any) -> Value:
        """Return the canonical value of what Exchange showed."""
        return values.from_live(self.kind, raw, self.members, self.numbers)

    def can_be(self, value: Value) -> bool:
        """Return whether a canonical value is one that the setting can have, as far as its kind says."""
        return self.may_be_null if value is None else values.is_canonical(self.kind, value, self.members)

    @property
    def may_be_null(self) -> bool:
        """Return whether null is a value of the setting."""
        return is_nullable(self.schema)

    def same(self, one: Value, other: Value) -> bool:
        """Return whether Exchange would take two canonical values for the same."""
        return values.same(self.kind, one, other)

    def departs(self, value: Value) -> bool:
        """Return whether a live value is not what Exchange documents for a new object.

        Of a default that was only observed nobody knows whether it is that of every organization.
        """
        if isinstance(value, tuple):
            return bool(value)
        if "default" in self.schema:
            observed = "defaultSource" in self.schema.get("exchange", {})
            return not observed and not self.same(value, self.schema["default"])
        return value is not None and is_nullable(self.schema)


class ObjectType(NamedTuple):
    """One kind of object that Exchange keeps: what it is called, how it is found and changed, and its settings.

    `section` is its key in a policy file and in a snapshot. `key` are the settings that it is known by, none where
    there is only one object of the kind; `identity` is the format of the name that Exchange shows. `names` are the
    properties of a live object that may be its identity, the best first; `target` those by which a script finds it;
    `ids` other properties that name it, `addresses` the list of all its addresses, if it has some. `read` are further
    properties that are read beside the settings. `point_at` is the setting that a finding about the whole object is
    placed at. `personal` are the properties that tell of people or of the organization, `paths` those that hold the
    name of a policy or a rule, and where in the organization it is. `cleared` are the settings of which the mode exact
    removes what nobody declares. A snapshot may lack an `optional` section. `coupled` are the settings that set others
    too, `tell_edition` those that only objects of the editions have that have the setting. Settings are in canonical
    order.
    """

    name: str
    section: str
    title: str
    plural: str
    settings: Mapping[str, Setting]
    key: tuple[str, ...]
    identity: str
    names: tuple[str, ...]
    target: tuple[str, ...]
    point_at: str | None
    personal: tuple[str, ...]
    paths: tuple[str, ...]
    optional: bool
    ids: tuple[str, ...]
    addresses: str | None
    read: tuple[str, ...]
    cleared: tuple[str, ...]
    editions: frozenset[str] | None
    cmdlets: Mapping[str, str]
    coupled: tuple[str, ...]
    tell_edition: tuple[str, ...]
    schema: Schema

    @property
    def single(self) -> bool:
        """Return whether there is only one object of this kind."""
        return not self.key

    @property
    def needed(self) -> tuple[str, ...]:
        """Return the settings that a declared object must have, those of its key among them."""
        required = self.schema.get("required", ())
        return tuple(name for name in self.settings if name in self.key or name in required)

    def identity_of(self, settings: Mapping[str, Any], last: str) -> str:
        """Return the name of an object whose last setting of its key is words about several."""
        return self.identity.format_map({**settings, self.key[-1]: last})

    def identify(self, settings: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return the name and the key of a declared object, None where a setting of its key is not known."""
        folded = []
        for name in self.key:
            value = settings.get(name)
            if not isinstance(value, str):
                return None
            folded.append(fold(value))
        return self.identity.format_map(settings), "\n".join(folded) or fold(self.identity)

    def identify_live(self, shown: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return the name and the key of an object as Exchange shows it, None where it shows none."""
        if not self.names:
            known = {name: self.settings[name].from_live(shown.get(name)) for name in self.key}
            return self.identify(known) if all(known.values()) else None
        identity = next((str(shown[name]) for name in self.names if shown.get(name)), None)
        return None if identity is None else (identity, fold(identity))

    def identify_target(self, target: Mapping[str, str | None]) -> str | None:
        """Return the name of the object that a script finds by a target, None where it says none."""
        if not self.names:
            found = self.identify(target)
            return found[0] if found is not None else None
        return next((name for each in (*self.names, *self.target) if (name := target.get(each))), None)

    def also_set(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """Return what Exchange sets by itself where settings are given values: of settings that are not given."""
        found: dict[str, Value] = {}
        for name in self.coupled:
            also = self.settings[name].also
            if also is not None and name in given and self.settings[name].same(given[name], also.value):
                found.update((other, value) for other, value in also.sets.items() if other not in given)
        return found

    def exists_in(self, edition: str) -> bool:
        """Return whether an edition of Exchange has objects of this kind."""
        return self.editions is None or edition in self.editions

    def planned_in(self, edition: str) -> dict[str, Setting]:
        """Return the settings that a plan for an edition of Exchange can be about, by name."""
        settings = self.settings.items()
        return {name: setting for name, setting in settings if setting.planned and setting.exists_in(edition)}

    @property
    def actions(self) -> Mapping[Action, str]:
        """Return what a plan can do to an object of this kind, with the cmdlet that does it."""
        return {action: self.cmdlets[verb] for action, verb in _VERBS.items() if verb in self.cmdlets}

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the properties that are read beside the settings and are true or false; the others are times."""
        return tuple(name for name in self.read if not name.startswith("When"))

    @property
    def lists(self) -> tuple[str, ...]:
        """Return the settings that are lists."""
        return tuple(name for name, setting in self.settings.items() if setting.kind == "strings")


Action: TypeAlias = Literal["create", "update", "delete"]
"""What a plan does to an object."""

_VERBS: Mapping[Action, str] = {"create": "new", "update": "set", "delete": "remove"}
"""The cmdlet that does it, by its verb in the schema."""


class SchemaStore:
    """Schemas by their `$id`, read when first asked for.

    `read` returns the text of a schema file by its path below `schemas/`.
    """

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._schemas: dict[str, Schema] = {}

    def schema(self, identifier: str) -> Schema:
        """Return a schema by its `$id`, which is `policylint:` and its path below `schemas/` without the ending."""
        schema = self._schemas.get(identifier)
        if schema is None:
            text = self._read(f"{identifier.removeprefix('policylint:')}.schema.json")
            schema = self._schemas[identifier] = json.loads(text)
        return schema

    def define(self, identifier: str, schema: Schema) -> None:
        """Keep a schema that no file holds under an `$id`."""
        self._schemas[identifier] = schema

    @cached_property
    def object_types(self) -> Mapping[str, ObjectType]:
        """Return every kind of object by its name, in the order of a policy file, whose sections they are."""
        found = {}
        for section, prop in self.schema(POLICY)["properties"].items():
            reference = prop.get("$ref") or prop.get("items", {}).get("$ref")
            if reference is not None and "exchange" in (schema := self.schema(reference)):
                described = _object_type(schema, section)
                found[described.name] = described
        return found

    @property
    def sections(self) -> Mapping[str, ObjectType]:
        """Return the kind of object of each section of a policy file and of a snapshot."""
        return {described.section: described for described in self.object_types.values()}

    def object_type(self, name: str) -> ObjectType:
        """Return the kind of object of a name: organization, deviceAccessRule, mobileDeviceMailboxPolicy, mailbox."""
        return self.object_types[name]


def _object_type(schema: Schema, section: str) -> ObjectType:
    annotations = schema["exchange"]
    title, plural = annotations["title"]
    settings = {
        name: Setting(
            name=name,
            kind=note["kind"],
            members=tuple(prop.get("enum", ())),
            editions=frozenset(note["editions"]) if "editions" in note else None,
            planned=note.get("planned", True),
            settable=note.get("set", True),
            numbers=note.get("numbers", EMPTY),
            also=Also(note["also"]["value"], note["also"]["sets"]) if "also" in note else None,
            stricter=tuple(way) if isinstance(way := note.get("stricter"), list) else way,
            only_with=note.get("onlyWith", EMPTY),
            schema=prop,
        )
        for name, prop in schema["properties"].items()
        if (note := prop.get("exchange")) is not None
    }
    return ObjectType(
        name=annotations["object"],
        section=section,
        title=title,
        plural=plural,
        settings=settings,
        key=tuple(annotations.get("key", ())),
        identity=annotations.get("identity", f"{{{next(iter(annotations.get('key', ())), '')}}}"),
        names=tuple(annotations.get("names", ())),
        target=tuple(annotations["target"]),
        point_at=annotations.get("pointAt", next(iter(annotations.get("key", ())), None)),
        personal=tuple(annotations.get("personal", ())),
        paths=tuple(annotations.get("paths", ())),
        optional=annotations.get("optional", False),
        ids=tuple(annotations["ids"]),
        addresses=annotations.get("addresses"),
        read=tuple(annotations.get("read", ())),
        cleared=tuple(annotations.get("cleared", ())),
        editions=frozenset(annotations["editions"]) if "editions" in annotations else None,
        cmdlets={verb: annotations[verb] for verb in ("get", "new", "set", "remove") if verb in annotations},
        coupled=tuple(name for name, setting in settings.items() if setting.also is not None),
        tell_edition=tuple(annotations.get("files", {}).get("tellEdition", ())),
        schema=schema,
    )
