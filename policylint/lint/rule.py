"""A lint rule: data, and the predicate it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from policylint.model.entity import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from policylint.diagnostic import Label, Severity
    from policylint.model.config import Config
    from policylint.model.device import DeviceClass
    from policylint.model.entity import Entity
    from policylint.model.policy_set import PolicySet
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.schema.store import SchemaStore
    from policylint.source import Span


class Finding(NamedTuple):
    """A place where a rule applies, the words for its message, and other places it speaks of.

    `help` replaces the rule's own where the remedy depends on what was found.
    """

    span: Span
    values: Mapping[str, str] = EMPTY
    related: tuple[Label, ...] = ()
    help: str | None = None


class Context(NamedTuple):
    """Everything a predicate may look at beside its subject.

    `desired` is the policy laid over the snapshot. `catalog` returns rows of values that devices are known to
    report, in the order of `policylint.model.device.CHARACTERISTICS`; it is read when first asked for.
    `cache` keeps what is worked out once a run.
    """

    policy: PolicySet
    desired: State
    snapshot: Snapshot | None
    config: Config
    store: SchemaStore
    catalog: Callable[[], Sequence[DeviceClass]]
    today: date
    cache: dict[str, Any]


class Predicate(NamedTuple):
    """A question that rules ask. `params` is the JSON Schema of what they pass, `placeholders` what it answers with.

    `apply` is called once an object of the rule's subject, or once with None where the subject is the whole policy.
    It does not raise.
    """

    name: str
    params: Mapping[str, Any]
    placeholders: tuple[str, ...]
    apply: Callable[[Entity | None, Mapping[str, Any], Context], Iterator[Finding]]


class Rule(NamedTuple):
    """A rule as its folder describes it. `mandatory` ones cannot be switched off."""

    id: str
    title: str
    severity: Severity
    subject: str
    predicate: str
    params: Mapping[str, Any]
    message: str
    help: str
    group: str
    packs: tuple[str, ...]
    editions: tuple[str, ...] = ()
    mandatory: bool = False
    aliases: tuple[str, ...] = ()
