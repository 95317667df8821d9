"""What is live and stays, though it is not as the policy says or the policy does not speak of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.desired.overlay import by_live_key
from policylint.desired.ownership import is_excepted, management_of, without
from policylint.model.entity import EMPTY
from policylint.plan.plan import Drift
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.desired.overlay import Overlay
    from policylint.model.config import Management
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.schema.store import ObjectType, SchemaStore

READ_ONLY, NOT_DECLARED, RELEASED = "read-only", "not declared", "released"
"""Why something stays: no plan can set it; no file declares it; the files no longer declare it."""

REASONS = frozenset({READ_ONLY, NOT_DECLARED, RELEASED})


def find_drift(
    declared: State, live: State, result: Overlay, manage: Mapping[str, Management], store: SchemaStore
) -> tuple[Drift, ...]:
    """Return what is live in a managed section and stays, although it is not what the policy declares, in order.

    A section is managed where a file has it or `manage` names it. Of a setting that no file declares, it is drift where
    it is not what Exchange gives a new object.
    """
    found = {(each.kind, each.identity, each.property): Drift(*each, None, RELEASED) for each in result.released}
    for kind, described in store.object_types.items():
        management = management_of(manage, described)
        if live.section(kind) is None or (declared.section(kind) is None and not management.named):
            continue
        section = _Section(described, management)
        objects = by_live_key(declared.of_kind(kind), live.of_kind(kind))
        for key, entity in live.of_kind(kind).items():
            stays = result.state.of_kind(kind).get(key)
            own = next(iter(objects.values()), None) if described.single else objects.get(key)
            for drift in section.of(entity, stays, own) if stays is not None else ():
                found.setdefault((kind, entity.identity, drift.property), drift)
    kinds = list(store.object_types)
    order = {place: (kinds.index(place[0]), fold(place[1]), place[2] or "") for place in found}
    return tuple(found[place] for place in sorted(found, key=order.__getitem__))


class _Section:
    """Finds the drift of the objects of one section."""

    def __init__(self, described: ObjectType, management: Management) -> None:
        self._type = described
        self._management = management
        self._unusual: dict[int, tuple[object, dict[str, Value]]] = {}

    def of(self, live: Entity, stays: Entity, declared: Entity | None) -> Iterator[Drift]:
        """Yield the drift of one live object, given what there will be of it and what the policy declares."""
        if declared is None and "create" in self._type.actions:
            yield self._drift(live, None, live.get("AccessLevel"))
            return
        settings = declared.settings if declared is not None else EMPTY
        for name, wanted in settings.items():
            setting = self._type.settings[name]
            if not setting.planned and name in live.settings and not setting.same(live.get(name), wanted):
                yield self._drift(live, name, live.get(name), wanted, READ_ONLY)
        if is_excepted(live, self._management):
            return
        also = self._type.also_set(settings) if self._type.coupled else EMPTY
        for name, value in self._unusual_settings(live).items():
            if isinstance(value, tuple):
                wanted, left = settings.get(name), stays.get(name)
                if left != wanted and (extra := without(left, wanted)):
                    yield self._drift(live, name, extra)
            elif name in also and self._type.settings[name].same(also[name], value):
                continue  # Exchange set it along with what is declared
            elif name not in settings and self._type.settings[name].same(stays.get(name), value):
                yield self._drift(live, name, value)

    def _unusual_settings(self, live: Entity) -> dict[str, Value]:
        """Return the settings that are not what Exchange gives a new object; most mailboxes share theirs."""
        found = self._unusual.get(id(live.settings))
        if found is None or found[0] is not live.settings:
            settings = self._type.settings
            unusual = {
                name: value
                for name, value in live.settings.items()
                if (setting := settings[name]).planned and setting.settable and setting.departs(value)
            }
            found = self._unusual[id(live.settings)] = (live.settings, unusual)
        return found[1]

    def _drift(
        self, live: Entity, name: str | None, value: Value, wanted: Value = None, why: str = NOT_DECLARED
    ) -> Drift:
        return Drift(self._type.name, live.identity, name, value, wanted, why)
