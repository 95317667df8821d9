"""Sections that a policy declares and a snapshot does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policylint.model.snapshot import Snapshot
    from policylint.model.state import State
    from policylint.schema.store import SchemaStore


def sections_not_held(declared: State, snapshot: Snapshot, store: SchemaStore) -> tuple[str, ...]:
    """Return the declared sections that were not read, in the order of a policy file: that is not the same as empty.

    One that the snapshot says is incomplete, and that was allowed to be, is none of them.
    """
    return tuple(
        section
        for section, kind in store.sections.items()
        if declared.section(kind.name) is not None
        and snapshot.state.section(kind.name) is None
        and section not in snapshot.incomplete
    )
