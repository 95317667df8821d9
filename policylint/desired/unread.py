"""Settings of live objects that were not read, and that what there would be rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import REFERENCE
from policylint.model.state import MAILBOX, POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.desired.overlay import Overlay
    from policylint.model.entity import ObjectKind
    from policylint.model.state import State


def settings_not_read(result: Overlay, live: State) -> Mapping[tuple[ObjectKind, str], Sequence[str]]:
    """Return the objects in which a setting was not read, by their kind and its name: it may be anything.

    A policy that goes away must be in use by no mailbox, so what policy each mailbox has must then be known.
    """
    objects: dict[tuple[ObjectKind, str], list[str]] = {}
    for kind, identity, name in result.not_read:
        objects.setdefault((kind, name), []).append(identity)
    kept = result.state.section(POLICY)
    if kept is not None and live.of_kind(POLICY).keys() - kept.keys():
        unread = [each.identity for each in live.of_kind(MAILBOX).values() if REFERENCE not in each.settings]
        objects.update({(MAILBOX, REFERENCE): unread} if unread else {})
    return objects
