"""The configuration of an organization, declared or live, or what comes of laying one over the other."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from policylint.model.entity import OBJECT_KINDS
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity, ObjectKind


class _Sections(NamedTuple):
    organization: Entity | None
    rules: Mapping[str, Entity] | None
    policies: Mapping[str, Entity] | None
    mailboxes: Mapping[str, Entity] | None
    plans: Mapping[str, Entity] | None = None
    thresholds: Mapping[str, Entity] | None = None


class State(_Sections):
    """The objects of a configuration by kind and key.

    A kind whose mapping is None is not spoken of at all: unmanaged when declared, not read when live.
    """

    def section(self, kind: ObjectKind) -> Mapping[str, Entity] | None:
        """Return the objects of a kind by key, None where the kind is not spoken of."""
        match kind:
            case "organization":
                return None if self.organization is None else {self.organization.key: self.organization}
            case "deviceAccessRule":
                return self.rules
            case "mobileDeviceMailboxPolicy":
                return self.policies
            case "mailbox":
                return self.mailboxes
            case "mailboxPlan":
                return self.plans
            case "deviceAutoblockThreshold":
                return self.thresholds

    def of_kind(self, kind: ObjectKind) -> Mapping[str, Entity]:
        """Return the objects of a kind by key; empty where the kind is not spoken of."""
        return self.section(kind) or {}

    def entities(self) -> Iterator[Entity]:
        """Yield every object, by kind and in the order read."""
        for kind in OBJECT_KINDS:
            yield from self.of_kind(kind).values()

    @cached_property
    def default_policy(self) -> Entity | None:
        """Return the mailbox policy of every mailbox without one of its own, None where none is known."""
        return next((policy for policy in (self.policies or {}).values() if policy.get("IsDefault") is True), None)

    @cached_property
    def _policies_by_name(self) -> Mapping[str, Entity]:
        names: dict[str, Entity] = {}
        for policy in (self.policies or {}).values():
            for name in (policy.identity, *policy.ids.values()):
                names.setdefault(fold(name), policy)
        return names

    def find_policy(self, reference: str) -> Entity | None:
        """Return the mailbox policy of a name, distinguished name or GUID."""
        return self._policies_by_name.get(fold(reference))

    def policy_of(self, mailbox: Entity | None) -> Entity | None:
        """Return the policy that governs a mailbox: its own or the default; None where that is not known."""
        reference = mailbox.get("ActiveSyncMailboxPolicy") if mailbox is not None else None
        if isinstance(reference, str):
            return self.find_policy(reference)
        return self.default_policy
