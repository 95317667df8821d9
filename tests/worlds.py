"""What tests are about: policies, states, snapshots and plans, from YAML as a user writes it; objects, of settings."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.bind.config import bind_config
from policylint.bind.policy import PolicyFile, bind_policy, described_device
from policylint.bind.snapshot import bind_snapshot
from policylint.desired.overlay import overlay
from policylint.model.device_table import DeviceTable
from policylint.model.entity import EMPTY, Entity, ObjectKind
from policylint.model.origin import Origin
from policylint.model.policy_set import PolicySet
from policylint.model.snapshot import Header, Snapshot
from policylint.plan.make import make_plan
from policylint.readers import sealed as sealed_reader
from policylint.schema.validate import validate
from policylint.source import Source
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode
from policylint.syntax.parse import parse
from tests.sealed import seal
from tests.texts import LIVE, TODAY, shared

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from policylint.diagnostic import Diagnostic
    from policylint.model.config import Config
    from policylint.model.device import Device
    from policylint.model.state import State
    from policylint.plan.plan import Plan
    from policylint.schema.compile import CompiledSchema

STORE = shared().store
POLICY_SCHEMA = shared().policy_schema
OBJECT_KINDS = tuple(STORE.object_types)
"""Every kind of object, in the order of a policy file."""

FREE: dict[str, Any] = {
    "max-newly-denied": None,
    "max-newly-denied-percent": None,
    "max-newly-allowed-percent": None,
    "max-newly-disputed": None,
    "max-stricter-policy": None,
    "max-allowed-ids-dropped": None,
    "max-blocked-ids-dropped": None,
    "max-recipients-removed": None,
    "max-recipients-outside": None,
    "max-deletes-percent": None,
    "require-target": False,
    "snapshot-max-age-hours": None,
    "percent-floor": 0,
    "deletes-floor": 0,
}
"""The guards of policylint.yaml, none of which stops anything."""


@dataclass(frozen=True)
class Reading:
    """What the first stages make of one policy file. `value` is None where there is no node."""

    source: Source
    node: Node | None
    value: Any
    diagnostics: tuple[Diagnostic, ...]

    @property
    def lines(self) -> list[str]:
        """Return each diagnostic as `line:column message`."""
        return [str(d.span).removeprefix(f"{self.source.path}:") + f" {d.message}" for d in self.diagnostics]

    @property
    def helps(self) -> list[str | None]:
        """Return the remedy of each diagnostic."""
        return [diagnostic.help for diagnostic in self.diagnostics]


def read(text: str, path: str = "policy/a.yaml", schema: CompiledSchema = POLICY_SCHEMA) -> Reading:
    """Return what parsing and validation make of a text."""
    source = Source(path, text)
    node, problems = parse(source)
    if node is None:
        return Reading(source, None, None, problems)
    value, more = validate(schema, source, node)
    return Reading(source, node, value, problems + more)


def policy_file(text: str, path: str = "policy/a.yaml") -> PolicyFile:
    """Return the policy file of a text, whatever is wrong with it; its root must be a mapping."""
    reading = read(text, path)
    assert isinstance(reading.node, MappingNode)
    return PolicyFile(reading.source, reading.node, reading.value)


def bind(*texts: str) -> PolicySet:
    """Return what the texts declare together; they must be valid."""
    for text in texts:
        assert read(text).lines == []
    return bind_policy([policy_file(text, f"policy/{place}.yaml") for place, text in enumerate(texts)], STORE)


def state(*texts: str) -> State:
    """Return the state that the texts declare."""
    return bind(*texts).state


def access(text: str, *, edition: str = "exchange-online", conditional_access: bool = False) -> AccessModel:
    """Return who gets in under what a text declares."""
    return AccessModel(state(text), Facts(edition=edition, conditional_access=conditional_access))


def device(mailbox: str | None = None, **facts: Any) -> Device:
    """Return the device that a test of a policy file would describe so."""
    return described_device(facts, mailbox)


def shown(kind: str, value: Any) -> Any:
    """Return how Exchange shows a canonical value: scalars as text, lists as lists."""
    if kind == "strings":
        return list(value)
    if kind == "unlimited-bytes" and value != "Unlimited":
        return f"{value // 1024} KB ({value:,} bytes)"
    return None if value is None else str(value)


def live_row(entity: Entity) -> dict[str, Any]:
    """Return a declared object as a snapshot shows it."""
    settings = STORE.object_type(entity.kind).settings
    row = {name: shown(settings[name].kind, value) for name, value in entity.settings.items()}
    if entity.kind == "mailbox":
        row |= {"PrimarySmtpAddress": entity.identity, "Identity": entity.identity.partition("@")[0]}
        row["ActiveSyncMailboxPolicyIsDefaulted"] = str(row.get("ActiveSyncMailboxPolicy") is None)
    return {"Identity": entity.identity, **row}


def sealed(
    text: str = "{}",
    devices: Iterable[Mapping[str, Any]] = (),
    complete: Mapping[str, bool | str] | None = None,
) -> bytes:
    """Return a sealed snapshot of an organization that is as a text declares."""
    sections: dict[str, Any] = {
        STORE.object_type(kind).section: [live_row(entity) for entity in objects.values()]
        for kind, objects in state(text).objects.items()
    }
    (sections["organization"],) = sections.get("organization", [{"Identity": "Mobile Mailbox Settings"}])
    return seal(**sections, devices=list(devices), complete=complete)


def read_sealed(content: bytes, *, allow_incomplete: Collection[str] = ()) -> Snapshot:
    """Return the snapshot that the bytes of a file hold."""
    raw = sealed_reader.read_sealed(BytesIO(content), LIVE, STORE)
    return bind_snapshot(raw, STORE, allow_incomplete=allow_incomplete)


def snapshot(text: str = "{}", devices: Iterable[Mapping[str, Any]] = ()) -> Snapshot:
    """Return a snapshot of an organization that is as a text declares."""
    return read_sealed(sealed(text, devices))


def entity(kind: ObjectKind, path: str = "policy.yaml", **settings: Any) -> Entity:
    """Return an object of no text, known by its settings; a live one also has the names that Exchange gives it."""
    identified = STORE.object_type(kind).identify(settings)
    assert identified is not None
    identity, key = identified
    ids = {"Guid": f"guid-{key}", "PrimarySmtpAddress": identity} if path == LIVE else EMPTY
    return Entity(kind=kind, identity=identity, key=key, settings=settings, origin=Origin(path), ids=ids)


def by_key(entities: Iterable[Entity]) -> dict[str, Entity]:
    """Return objects of one kind as a state holds them; of two with one key the first."""
    found: dict[str, Entity] = {}
    for each in entities:
        found.setdefault(each.key, each)
    return found


def config(**settings: Any) -> Config:
    """Return the settings that policylint.yaml would give."""
    return bind_config(settings, None, None, STORE)


def plan(
    declared: State, live: State, devices: Iterable[Device], settings: Config, previous: State | None = None
) -> Plan:
    """Return the plan that brings live state to what is declared, an hour after it was read.

    `previous` is what was declared when the policy was last applied.
    """
    header = Header(settings.edition, None, None, "g", "2026-11-23T08:00:00Z", "0", redacted=False)
    there = Snapshot(LIVE, "", header, live, DeviceTable(devices), {})
    laid = overlay(declared, live, settings.manage, STORE, previous)
    return make_plan(PolicySet(declared, (), ()), there, settings, STORE, now=TODAY, desired=laid)


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Yield every scalar that is a value, in the order written."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ScalarNode):
            yield current
        elif isinstance(current, SequenceNode):
            stack.extend(reversed(current.items))
        else:
            stack.extend(reversed(current.values.values()))
