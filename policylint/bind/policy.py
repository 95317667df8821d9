"""The nodes of policy files to the desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.model.device import PROPERTIES, Device, client_type
from policylint.model.entity import EMPTY, EXEMPTIONS, Entity, ListEdit, ObjectKind
from policylint.model.matcher import KEY, Pattern
from policylint.model.origin import Origin
from policylint.model.policy_set import AccessTest, Assertion, PolicySet
from policylint.model.state import State
from policylint.named_tuple import NamedTuple
from policylint.schema.values import Unreadable
from policylint.syntax.node import MappingNode, SequenceNode
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.schema.store import ObjectType, SchemaStore, Setting
    from policylint.source import Source


class PolicyFile(NamedTuple):
    """A policy file after validation: its text, its nodes, and their typed values."""

    source: Source
    node: MappingNode
    value: dict[str, Any]


def bind_policy(files: Iterable[PolicyFile], store: SchemaStore) -> PolicySet:
    """Return what the files declare together, objects in the order of the files and of their text.

    What validation could not read is left out. Of an object that is declared twice the first counts; the pairs are in
    `PolicySet.duplicates`. Entries with `matches` are its `patterns` and not yet expanded.
    """
    files = sorted(files, key=lambda file: file.source.path)
    objects: dict[ObjectKind, dict[str, Entity] | None] = dict.fromkeys(store.object_types)
    twice: list[tuple[Entity, Entity]] = []
    tests: list[AccessTest] = []
    assertions: list[Assertion] = []
    patterns: list[Pattern] = []
    for file in files:
        for described in store.object_types.values():
            if described.section not in file.value:
                continue
            known = objects[described.name]
            if known is None:
                known = objects[described.name] = {}
            for entity in _entities(file, described, patterns):
                first = known.setdefault(entity.key, entity)
                if first is not entity:
                    twice.append((first, entity))
        tests.extend(_tests(file))
        assertions.extend(_assertions(file))
    state = State({kind: known for kind, known in objects.items() if known is not None})
    sources, roots = tuple(file.source for file in files), tuple(file.node for file in files)
    return PolicySet(
        state, tuple(tests), sources, tuple(twice), tuple(assertions), patterns=tuple(patterns), roots=roots
    )


_TEXT = frozenset({str})


def _entities(file: PolicyFile, described: ObjectType, patterns: list[Pattern]) -> Iterator[Entity]:
    """Yield the objects of a section; its entries with `matches` are added to the patterns."""
    node, value = file.node.values[described.section], file.value[described.section]
    known = described.settings
    lists = frozenset(described.lists)
    for item, data in [(node, value)] if described.single else _pairs(node, value):
        if not isinstance(item, MappingNode) or not isinstance(data, dict):
            continue
        settings: dict[str, Any] = {}
        notes: dict[str, str] = {}
        exemptions: dict[str, dict[str, str]] = {}
        for name, part in data.items():
            if name not in known:
                if type(part) is str:
                    notes[name] = part
                elif name == EXEMPTIONS and type(part) is dict:
                    exemptions.update((fold(each), _texts(own)) for each, own in part.items())
            elif type(part) is list:
                if name in lists and _TEXT.issuperset(map(type, part)):
                    settings[name] = tuple(part)
            elif type(part) is dict:
                if name in lists:
                    settings[name] = ListEdit(*(_words(part.get(verb, [])) for verb in ("Add", "Remove")))
            elif type(part) is not Unreadable and (type(part) is not str or not _is_too_long(part, known[name])):
                settings[name] = part
        origin = Origin(file.source.path, file.source, item)
        if KEY in data:
            from policylint.bind.matcher import bind_matcher  # few policies have such entries

            matcher = bind_matcher(data[KEY])
            named = [settings.get(name) for name in described.key[:-1]]
            if matcher is not None and described.key[-1] not in settings and all(type(each) is str for each in named):
                name = described.identity_of(settings, str(matcher))
                entry = Entity(described.name, name, fold(name), settings, origin, notes or EMPTY)
                patterns.append(Pattern(entry._replace(exemptions=exemptions or EMPTY), matcher))
            continue
        identified = described.identify(settings)
        if identified is None:
            continue
        yield Entity(
            kind=described.name,
            identity=identified[0],
            key=identified[1],
            settings=settings,
            origin=origin,
            notes=notes or EMPTY,
            exemptions=exemptions or EMPTY,
        )


def _texts(data: Any) -> dict[str, str]:
    """Return the members of a value that are texts."""
    return {name: part for name, part in data.items() if type(part) is str} if type(data) is dict else {}


def _is_too_long(text: str, setting: Setting) -> bool:
    """Return whether nothing is to be done with a text but to say that it is too long."""
    most: int | None = setting.schema.get("maxLength")
    return most is not None and len(text) > most


def _pairs(node: Any, value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(node, SequenceNode) and isinstance(value, list):
        return zip(node.items, value, strict=True)
    return ()


def _tests(file: PolicyFile) -> Iterator[AccessTest]:
    for item, data in _pairs(file.node.values.get("tests"), file.value.get("tests")):
        if not isinstance(item, MappingNode) or not isinstance(data, dict) or not _is_whole_test(data):
            continue
        mailbox, expect, rule = data.get("mailbox"), data["expect"], data.get("rule")
        yield AccessTest(
            name=data["name"],
            device=described_device(data["device"], mailbox),
            mailbox=mailbox,
            expect=tuple(expect) if isinstance(expect, list) else (expect,),
            reason=data.get("reason"),
            rule=(rule["Characteristic"], rule["QueryString"]) if rule is not None else None,
            origin=Origin(file.source.path, file.source, item),
        )


def _is_whole_test(data: dict[str, Any]) -> bool:
    """Return whether each part of a test could be read."""
    device, expect, rule = data.get("device"), data.get("expect"), data.get("rule", _NO_RULE)
    if not isinstance(device, dict) or not isinstance(rule, dict):
        return False
    texts = (data.get("name"), data.get("mailbox", ""), data.get("reason", ""))
    states = expect if isinstance(expect, list) else [expect]
    pair = (rule.get("Characteristic"), rule.get("QueryString"))
    return all(type(text) is str for text in (*texts, *states, *pair)) and all(
        type(fact) in (str, bool) for fact in device.values()
    )


ASSERTIONS = ("never", "always", "only-if", "unchanged-for", "no-new-access")
"""The kinds of assertion."""


def _assertions(file: PolicyFile) -> Iterator[Assertion]:
    """Yield an assertion for each kind that an entry has; one that asserts nothing where it has none."""
    for item, data in _pairs(file.node.values.get("assertions"), file.value.get("assertions")):
        if not isinstance(item, MappingNode) or not isinstance(data, dict) or type(data.get("name")) is not str:
            continue
        for kind in [name for name in ASSERTIONS if isinstance(data.get(name), dict)] or [""]:
            parts = {name: _words(value) for name, value in (data[kind] if kind else {}).items()}
            yield Assertion(
                name=data["name"],
                kind=kind,
                states=parts.pop("state", ()) or ("Allowed",),
                since="".join(parts.pop("since", ())),
                conditions={name: tuple(map(fold, words)) for name, words in parts.items()},
                owner="".join(_words(data.get("owner"))),
                reason="".join(_words(data.get("reason"))),
                origin=Origin(file.source.path, file.source, item),
            )


def _words(value: Any) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [value]
    return tuple(word for word in words if type(word) is str)


_NO_RULE = {"Characteristic": "", "QueryString": ""}


def described_device(facts: dict[str, Any], mailbox: str | None) -> Device:
    """Return the device that somebody describes; what is left out is a value that no rule names."""
    values = [facts.get(name) or None for name in PROPERTIES]
    return Device(
        device_id=facts.get("DeviceId", ""),
        mailbox=fold(mailbox) if mailbox else None,
        device_class=(values[0], values[1], values[2], values[3]),
        client_type=client_type(facts.get("ClientType", "")),
        client_version=facts.get("ClientVersion", ""),
        provisionable=facts.get("provisionable", "full"),
        managed=facts.get("IsManaged", False),
        owner=mailbox or "",
    )
