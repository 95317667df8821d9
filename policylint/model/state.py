"""The configuration of an organization, declared or live, or what comes of laying one over the other."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from policylint.model.entity import Entity, ObjectKind

ORGANIZATION: ObjectKind = "organization"
RULE: ObjectKind = "deviceAccessRule"
POLICY: ObjectKind = "mobileDeviceMailboxPolicy"
MAILBOX: ObjectKind = "mailbox"
"""The kinds of object that decisions depend on. Every kind, these too, is described in `schemas/policy/`."""

_SEPARATORS = regex(r"[\\/]")


class _Objects(NamedTuple):
    objects: Mapping[ObjectKind, Mapping[str, Entity]] = EMPTY


class State(_Objects):
    """The objects of a configuration by kind and key, in the order read.

    A kind that is not in `objects` is unmanaged when declared and was not read when live.
    """

    @classmethod
    def of(
        cls,
        organization: Entity | None = None,
        rules: Mapping[str, Entity] | None = None,
        policies: Mapping[str, Entity] | None = None,
        mailboxes: Mapping[str, Entity] | None = None,
    ) -> State:
        """Return a state of the kinds that decisions depend on; None where a kind is not known."""
        single = None if organization is None else {organization.key: organization}
        kinds = {ORGANIZATION: single, RULE: rules, POLICY: policies, MAILBOX: mailboxes}
        return cls({kind: objects for kind, objects in kinds.items() if objects is not None})

    def section(self, kind: ObjectKind) -> Mapping[str, Entity] | None:
        """Return the objects of a kind by key, None where the kind is not known."""
        return self.objects.get(kind)

    def of_kind(self, kind: ObjectKind) -> Mapping[str, Entity]:
        """Return the objects of a kind by key; empty where the kind is not known."""
        return self.objects.get(kind, EMPTY)

    def with_kind(self, kind: ObjectKind, objects: Mapping[str, Entity] | None) -> State:
        """Return a state with other objects of a kind; None where the kind is not known."""
        others = {name: known for name, known in self.objects.items() if name != kind or objects is not None}
        return State(others if objects is None else {**others, kind: objects})

    def entities(self) -> Iterator[Entity]:
        """Yield every object, by kind and in the order read."""
        for objects in self.objects.values():
            yield from objects.values()

    @property
    def organization(self) -> Entity | None:
        """Return the organization settings, None where they are not known."""
        return next(iter(self.of_kind(ORGANIZATION).values()), None)

    @property
    def rules(self) -> Mapping[str, Entity] | None:
        """Return the device access rules by key, None where they are not known."""
        return self.objects.get(RULE)

    @property
    def policies(self) -> Mapping[str, Entity] | None:
        """Return the mobile device mailbox policies by key, None where they are not known."""
        return self.objects.get(POLICY)

    @property
    def mailboxes(self) -> Mapping[str, Entity] | None:
        """Return the mailboxes by key, None where they are not known."""
        return self.objects.get(MAILBOX)

    @cached_property
    def default_policy(self) -> Entity | None:
        """Return the mailbox policy of every mailbox without one of its own, None where none is known."""
        return next((policy for policy in self.of_kind(POLICY).values() if policy.get("IsDefault") is True), None)

    @cached_property
    def _policies_by_name(self) -> Mapping[str, tuple[Entity, ...]]:
        return self._policies_by(lambda policy: (policy.identity, *policy.ids.values()))

    @cached_property
    def _policies_by_identity(self) -> Mapping[str, tuple[Entity, ...]]:
        return self._policies_by(lambda policy: (policy.identity,))

    def _policies_by(self, names_of: Callable[[Entity], Iterable[str]]) -> Mapping[str, tuple[Entity, ...]]:
        """Return the mailbox policies by some of their names, without regard to case."""
        found: dict[str, tuple[Entity, ...]] = {}
        for policy in self.of_kind(POLICY).values():
            for name in {*map(fold, names_of(policy))}:
                found[name] = (*found.get(name, ()), policy)
        return found

    def find_policy(self, reference: str) -> Entity | None:
        """Return the mailbox policy of a name, distinguished name or GUID, None where it is that of none or of two."""
        found = self._policies_by_name.get(fold(reference), ())
        return found[0] if len(found) == 1 else None

    def policies_shown_as(self, reference: str) -> tuple[Entity, ...]:
        """Return the mailbox policies that Exchange may mean: by a name, or else by a path that ends in a name.

        Names may hold the separators of paths: `East\\West` is the policy of that name before it is a path to `West`.
        """
        if found := self._policies_by_name.get(key := fold(reference)):
            return found
        ends = {key[place.end() :] for place in _SEPARATORS.finditer(key)}
        return tuple(policy for end in ends for policy in self._policies_by_identity.get(end, ()))

    def policy_of(self, mailbox: Entity | None) -> Entity | None:
        """Return the policy that governs a mailbox: its own or the default; None where that is not known."""
        reference = mailbox.get("ActiveSyncMailboxPolicy") if mailbox is not None else None
        if isinstance(reference, str):
            return self.find_policy(reference)
        return self.default_policy
