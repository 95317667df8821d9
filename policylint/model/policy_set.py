"""What the policy files of a repository declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.model.device import Device
    from policylint.model.entity import Entity
    from policylint.model.matcher import Conflict, Expansion, Pattern
    from policylint.model.origin import Origin
    from policylint.model.state import State
    from policylint.source import Source
    from policylint.syntax.node import MappingNode


class AccessTest(NamedTuple):
    """A device and the access it must get. `rule` is the key of the rule that must decide."""

    name: str
    device: Device
    mailbox: str | None
    expect: tuple[str, ...]
    reason: str | None
    rule: tuple[str, str] | None
    origin: Origin


class Assertion(NamedTuple):
    """What must hold for every device. `conditions` are the values that each property may have, folded.

    `kind` is never, always, only-if, unchanged-for or no-new-access, empty where nothing is asserted. `since` names
    what the last two compare with.
    """

    name: str
    kind: str
    states: tuple[str, ...]
    conditions: Mapping[str, tuple[str, ...]]
    since: str
    owner: str
    reason: str
    origin: Origin


class PolicySet(NamedTuple):
    """The desired state, the tests, the texts they were read from, and the pairs of objects declared twice.

    `patterns` are the entries with `matches`, `expansions` what came of each, and `conflicts` what they
    want and cannot both be. `roots` are the nodes of the texts, in their order.
    """

    state: State
    tests: tuple[AccessTest, ...]
    sources: tuple[Source, ...]
    duplicates: tuple[tuple[Entity, Entity], ...] = ()
    assertions: tuple[Assertion, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    roots: tuple[MappingNode, ...] = ()
