"""Policies, states, snapshots and devices for tests, from YAML as a user writes it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.adapters.resources import read_schema
from policylint.bind.policy import PolicyFile, bind_policy, described_device
from policylint.bind.snapshot import bind_snapshot
from policylint.readers import sealed as sealed_reader
from policylint.schema.compile import CompiledSchema
from policylint.schema.store import POLICY, SchemaStore
from policylint.schema.validate import validate
from policylint.source import Source
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode
from policylint.syntax.parse import parse
from tests.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from policylint.diagnostic import Diagnostic
    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State

STORE = SchemaStore(read_schema)
POLICY_SCHEMA = CompiledSchema(STORE, POLICY)
OBJECT_KINDS = tuple(STORE.object_types)
"""Every kind of object, in the order of a policy file."""

HEADER: dict[str, Any] = {
    "tool": "0.1.0",
    "edition": "exchange-online",
    "tenant": "11111111-2222-4333-8444-555555555555",
    "organization": "contoso.onmicrosoft.com",
    "organizationGuid": "99999999-2222-4333-8444-555555555555",
    "takenAt": "2026-11-23T08:00:00Z",
    "redacted": False,
}
"""The header of a snapshot without its format."""


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
    text: str = "",
    devices: Iterable[Mapping[str, Any]] = (),
    header: Mapping[str, Any] = HEADER,
    complete: Mapping[str, bool | str] | None = None,
) -> bytes:
    """Return a sealed snapshot of an organization that is as a text declares."""
    there = state(text) if text else state("{}")
    organization = there.organization
    return seal(
        header,
        live_row(organization) if organization is not None else {"Identity": "Mobile Mailbox Settings"},
        [live_row(entity) for entity in (there.rules or {}).values()],
        [live_row(entity) for entity in (there.policies or {}).values()],
        [live_row(entity) for entity in (there.mailboxes or {}).values()],
        list(devices),
        complete=complete,
    )


def read_sealed(content: bytes, *, allow_incomplete: Collection[str] = ()) -> Snapshot:
    """Return the snapshot that the bytes of a file hold."""
    raw = sealed_reader.read_sealed(BytesIO(content), "live.json", STORE)
    return bind_snapshot(raw, STORE, allow_incomplete=allow_incomplete)


def snapshot(text: str = "", devices: Iterable[Mapping[str, Any]] = ()) -> Snapshot:
    """Return a snapshot of an organization that is as a text declares."""
    return read_sealed(sealed(text, devices))


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
