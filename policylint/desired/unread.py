"""Settings of live objects that were not read, and that what there would be rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import DEFAULT, REFERENCE
from policylint.model.state import MAILBOX, POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.desired.overlay import Overlay
    from policylint.model.entity import ObjectKind
    from policylint.model.state import State


def settings_not_read(result: Overlay, live: State) -> Mapping[tuple[ObjectKind, str], Sequence[str]]:
    """Return the objects in which a setting was not read, by their kind and its name: it may be anything.

    A policy that goes away must be in use by no mailbox and must not be the default one, so what policy each mailbox
    has, and whether the policy is the default one, must then be known.
    """
    objects: dict[tuple[ObjectKind, str], list[str]] = {}
    for kind, identity, name in result.not_read:
        objects.setdefault((kind, name), []).append(identity)
    kept = result.state.section(POLICY)
    gone = [policy for key, policy in live.of_kind(POLICY).items() if kept is not None and key not in kept]
    if gone:
        doubtful = [policy.identity for policy in gone if not isinstance(policy.get(DEFAULT), bool)]
        unread = [each.identity for each in live.of_kind(MAILBOX).values() if REFERENCE not in each.settings]
        for key, identities in (((POLICY, DEFAULT), doubtful), ((MAILBOX, REFERENCE), unread)):
            if identities:
                objects[key] = [*dict.fromkeys((*objects.get(key, ()), *identities))]
    return objects
